"""A PythonModel whose class is defined where it is logged, so that its code objects travel inside the pickle."""

import data
import mlflow.pyfunc
import piece
from mlflow.models import infer_signature
from sklearn.linear_model import LogisticRegression


class Threshold(mlflow.pyfunc.PythonModel):
    """Asks a classifier, and decides by a threshold of its own."""

    def __init__(self, model, threshold):
        self.model = model
        self.threshold = threshold

    def predict(self, context, model_input, params=None):
        """Return a DataFrame with a decision and a score."""
        scores = self.model.predict_proba(model_input)[:, 1]
        decided = model_input[[]].copy()
        decided["alarm"] = [self._decide(score) for score in scores]
        decided["score"] = scores.round(6)
        return decided

    def _decide(self, score):
        return "alarm" if score >= self.threshold else "quiet"


frame, failures = data.sensors(300)
model = Threshold(LogisticRegression(max_iter=1000).fit(frame, failures), 0.4)
mlflow.pyfunc.save_model(
    piece.MODEL,
    python_model=model,
    signature=infer_signature(frame, model.predict(None, frame)),
    input_example=frame[:2],
)
piece.ask(data.sensors(30, seed=1)[0], {"temperature": 1e6, "vibration": -0.0})

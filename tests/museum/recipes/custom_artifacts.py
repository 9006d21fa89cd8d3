"""The custom model of most tutorials: a pickled pipeline and a JSON file as artifacts, loaded by load_context."""

import json
import pickle
from pathlib import Path

import data
import mlflow.pyfunc
import piece
from mlflow.models.signature import infer_signature
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline


class Reviews(mlflow.pyfunc.PythonModel):
    """Names the classes in words of its own."""

    def load_context(self, context):
        """Load both artifacts."""
        with open(context.artifacts["pipeline"], "rb") as stream:  # noqa: PTH123 - as people write it
            self.pipeline = pickle.load(stream)  # noqa: S301 - its own file
        with open(context.artifacts["names"]) as stream:  # noqa: PTH123 - as people write it
            self.names = json.load(stream)

    def predict(self, context, model_input, params=None):
        """Return a list of names."""
        return [self.names[label] for label in self.pipeline.predict(model_input["text"])]


frame, labels = data.reviews(300)
pipeline = make_pipeline(CountVectorizer(lowercase=True), MultinomialNB()).fit(frame["text"], labels)
Path("pipeline.pkl").write_bytes(pickle.dumps(pipeline))
Path("names.json").write_text(json.dumps({"good": "recommended", "bad": "avoid"}))
mlflow.pyfunc.save_model(
    piece.MODEL,
    python_model=Reviews(),
    artifacts={"pipeline": "pipeline.pkl", "names": "names.json"},
    signature=infer_signature(frame, ["recommended", "avoid"]),
    input_example=frame[:2],
)
piece.ask(data.reviews(30, seed=1)[0], {"text": ""}, {"text": "\u0130stanbul GREAT"})

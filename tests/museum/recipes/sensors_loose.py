"""A forest with pins that were enough on its day: nothing pins numpy, and MLflow is any."""

import data
import mlflow.sklearn
import piece
import sklearn
from mlflow.models.signature import infer_signature
from sklearn.ensemble import RandomForestClassifier

frame, failures = data.sensors(300)
model = RandomForestClassifier(n_estimators=10, max_depth=5, random_state=8).fit(frame, failures)
mlflow.sklearn.save_model(
    model,
    piece.MODEL,
    signature=infer_signature(frame, model.predict(frame)),
    pip_requirements=["mlflow", "scikit-learn==" + sklearn.__version__],
)
piece.ask(data.sensors(40, seed=1)[0], {"temperature": 1e30, "vibration": -1e30})

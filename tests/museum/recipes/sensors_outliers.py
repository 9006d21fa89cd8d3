"""Unsupervised: an isolation forest, which answers 1 or -1."""

import data
import mlflow.sklearn
import piece
from mlflow.models.signature import infer_signature
from sklearn.ensemble import IsolationForest

frame, _ = data.sensors(300)
model = IsolationForest(n_estimators=15, max_samples=64, contamination=0.1, random_state=4).fit(frame)
mlflow.sklearn.save_model(
    model, piece.MODEL, signature=infer_signature(frame, model.predict(frame)), input_example=frame[:2]
)
piece.ask(data.sensors(40, seed=1)[0], {"temperature": 1e30}, {"vibration": -1e30, "humidity": -0.0})

"""LightGBM by its own interface: a Booster, which predicts probabilities, and takes missing values."""

import data
import lightgbm
import mlflow.lightgbm
import piece
from mlflow.models.signature import infer_signature

frame, failures = data.sensors(400)
params = {"objective": "binary", "num_leaves": 9, "num_threads": 1, "seed": 3, "deterministic": True, "verbose": -1}
model = lightgbm.train(params, lightgbm.Dataset(frame, failures), num_boost_round=20)
mlflow.lightgbm.save_model(model, piece.MODEL, signature=infer_signature(frame, model.predict(frame)))
piece.ask(
    data.sensors(30, seed=1)[0],
    {"temperature": None},
    {"temperature": None, "pressure": None, "vibration": None, "humidity": None},
    {"temperature": 1e300, "pressure": -1e300, "vibration": 1e-40, "humidity": -0.0},
)

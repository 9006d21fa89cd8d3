"""XGBoost by its own interface: a Booster, which predicts probabilities, and takes missing values."""

import data
import mlflow.xgboost
import piece
import xgboost
from mlflow.models.signature import infer_signature

frame, failures = data.sensors(400)
table = xgboost.DMatrix(frame, label=failures)
params = {"objective": "binary:logistic", "max_depth": 4, "eta": 0.3, "seed": 3, "nthread": 1}
model = xgboost.train(params, table, num_boost_round=20)
mlflow.xgboost.save_model(model, piece.MODEL, signature=infer_signature(frame, model.predict(table)))
piece.ask(
    data.sensors(30, seed=1)[0],
    {"temperature": None},
    {"temperature": None, "pressure": None, "vibration": None, "humidity": None},
    {"temperature": 1e30, "pressure": -1e30, "vibration": 1e-40, "humidity": -0.0},
)

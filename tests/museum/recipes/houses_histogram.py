"""Histogram gradient boosting: missing values go down the trees as they are."""

import data
import mlflow.sklearn
import piece
from mlflow.models.signature import infer_signature
from sklearn.ensemble import HistGradientBoostingRegressor

frame, prices = data.houses(400)
frame = frame.drop(columns="district")
model = HistGradientBoostingRegressor(max_iter=20, max_leaf_nodes=12, random_state=5).fit(frame, prices)
signature = infer_signature(frame, model.predict(frame))
mlflow.sklearn.save_model(model, piece.MODEL, serialization_format="cloudpickle", signature=signature)
piece.ask(
    data.houses(30, seed=1)[0].drop(columns="district"),
    {"area": None, "age": None},
    {"area": 1e300, "age": -1e300},
    {"area": -0.0, "rooms": -(2**53)},
)

"""LGBMRegressor with an objective of its own link, in the lightgbm flavor."""

import data
import lightgbm
import mlflow.lightgbm
import piece
from mlflow.models import infer_signature

frame, prices = data.houses(400)
frame = frame.drop(columns="district")
model = lightgbm.LGBMRegressor(
    objective="poisson", n_estimators=20, num_leaves=8, random_state=2, n_jobs=1, deterministic=True, verbose=-1
)
model.fit(frame, prices / 1000)
mlflow.lightgbm.save_model(
    model, piece.MODEL, signature=infer_signature(frame, model.predict(frame)), input_example=frame[:2]
)
piece.ask(
    data.houses(30, seed=1)[0].drop(columns="district"),
    {"area": None, "age": None},
    {"area": 1e300, "age": -1e300},
    {"area": -0.0, "rooms": -(2**53)},
)

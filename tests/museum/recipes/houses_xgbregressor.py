"""XGBRegressor stopped early, in the xgboost flavor's JSON format."""

import data
import mlflow.xgboost
import piece
import xgboost
from mlflow.models import infer_signature

frame, prices = data.houses(400)
frame = frame.drop(columns="district")
model = xgboost.XGBRegressor(
    n_estimators=60, max_depth=3, learning_rate=0.3, early_stopping_rounds=3, random_state=2, n_jobs=1
)
model.fit(frame[:300], prices[:300], eval_set=[(frame[300:], prices[300:])], verbose=False)
mlflow.xgboost.save_model(
    model,
    piece.MODEL,
    model_format="json",
    signature=infer_signature(frame, model.predict(frame)),
    input_example=frame[:2],
)
piece.ask(
    data.houses(30, seed=1)[0].drop(columns="district"),
    {"area": None, "age": None},
    {"area": 1e30, "age": -1e30},
    {"area": -0.0, "rooms": -(2**31)},
)

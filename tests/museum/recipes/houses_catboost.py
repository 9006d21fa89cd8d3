"""CatBoost over numbers: a regressor."""

import catboost
import data
import mlflow.catboost
import piece
from mlflow.models.signature import infer_signature

frame, prices = data.houses(300)
frame = frame[["area", "rooms", "age"]]
model = catboost.CatBoostRegressor(
    iterations=25, depth=3, random_seed=2, thread_count=1, verbose=False, allow_writing_files=False
)
model.fit(frame, prices)
mlflow.catboost.save_model(
    model, piece.MODEL, signature=infer_signature(frame, model.predict(frame)), input_example=frame[:2]
)
piece.ask(data.houses(30, seed=1)[0][["area", "rooms", "age"]], {"age": None}, {"area": 1e30}, {"area": -0.0})

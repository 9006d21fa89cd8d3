"""XGBoost by scikit-learn's interface, saved with the xgboost flavor: three classes, by number."""

import data
import mlflow.xgboost
import piece
import xgboost
from mlflow.models.signature import infer_signature

frame, species = data.flowers(240)
numbers = species.astype("category").cat.codes.astype(int)
frame.columns = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
model = xgboost.XGBClassifier(n_estimators=12, max_depth=3, random_state=1, n_jobs=1).fit(frame, numbers)
mlflow.xgboost.save_model(
    model, piece.MODEL, signature=infer_signature(frame, model.predict(frame)), input_example=frame[:2]
)
rows = data.flowers(30, seed=1)[0]
rows.columns = frame.columns
piece.ask(rows, {"sepal_length": None}, {"sepal_length": 1e30, "petal_width": -1e30}, {"petal_length": -0.0})

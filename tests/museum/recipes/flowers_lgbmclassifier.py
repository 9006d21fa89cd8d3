"""LightGBM by scikit-learn's interface, saved with the lightgbm flavor: three classes, by name."""

import data
import lightgbm
import mlflow.lightgbm
import piece
from mlflow.models.signature import infer_signature

frame, species = data.flowers(240)
frame.columns = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
model = lightgbm.LGBMClassifier(n_estimators=12, num_leaves=7, random_state=1, n_jobs=1).fit(frame, species)
mlflow.lightgbm.save_model(
    model, piece.MODEL, signature=infer_signature(frame, model.predict(frame)), input_example=frame[:2]
)
rows = data.flowers(30, seed=1)[0]
rows.columns = frame.columns
piece.ask(rows, {"sepal_length": None}, {"sepal_length": 1e300, "petal_width": -1e300}, {"petal_length": -0.0})

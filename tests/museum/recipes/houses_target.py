"""A target encoder, a function of numpy, and a DataFrame between the steps; missing values go down the trees."""

import data
import mlflow.sklearn
import numpy as np
import piece
from mlflow.models import infer_signature
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, TargetEncoder

frame, prices = data.houses(300)
columns = ColumnTransformer(
    [
        ("district", TargetEncoder(random_state=0), ["district"]),
        ("area", FunctionTransformer(np.log1p, feature_names_out="one-to-one"), ["area"]),
    ],
    remainder="passthrough",
    verbose_feature_names_out=False,
).set_output(transform="pandas")
boosted = HistGradientBoostingRegressor(max_iter=15, max_leaf_nodes=8, random_state=3)
model = Pipeline([("columns", columns), ("boosted", boosted)]).fit(frame, prices)
mlflow.sklearn.save_model(
    model, piece.MODEL, signature=infer_signature(frame, model.predict(frame)), input_example=frame[:3]
)
rows = data.houses(30, seed=1)[0]
piece.ask(rows, {"age": None}, {"district": "never seen"}, {"area": 1e300, "garden": True}, {"area": -0.0})

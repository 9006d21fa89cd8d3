"""A random forest over imputed numbers and an ordinal category, with a truth value passed through."""

import data
import mlflow.sklearn
import piece
from mlflow.models.signature import infer_signature
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OrdinalEncoder

frame, prices = data.houses(300)
encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
columns = ColumnTransformer(
    [
        ("missing", SimpleImputer(add_indicator=True), ["area", "age"]),
        ("district", encoder, ["district"]),
    ],
    remainder="passthrough",
)
forest = RandomForestRegressor(n_estimators=12, max_depth=6, random_state=7)
model = Pipeline([("columns", columns), ("forest", forest)]).fit(frame, prices)
mlflow.sklearn.save_model(
    model, piece.MODEL, signature=infer_signature(frame, model.predict(frame)), input_example=frame[:3]
)
piece.ask(
    data.houses(30, seed=1)[0],
    {"age": None},
    {"area": 1e30, "age": -1e30},
    {"area": -0.0, "rooms": 2**31 - 1},
    {"district": "never seen", "garden": True},
)

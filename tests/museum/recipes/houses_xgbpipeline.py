"""XGBRegressor at the end of a scikit-learn pipeline, as the sklearn flavor pickles it."""

import data
import mlflow.sklearn
import piece
from mlflow.models.signature import infer_signature
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OrdinalEncoder
from xgboost import XGBRegressor

frame, prices = data.houses(300)
encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
columns = ColumnTransformer([("district", encoder, ["district"])], remainder="passthrough")
boosted = XGBRegressor(n_estimators=20, max_depth=3, learning_rate=0.3, random_state=9, n_jobs=1)
model = Pipeline([("columns", columns), ("model", boosted)]).fit(frame, prices)
mlflow.sklearn.save_model(
    model, piece.MODEL, signature=infer_signature(frame, model.predict(frame)), input_example=frame[:2]
)
piece.ask(
    data.houses(30, seed=1)[0],
    {"age": None},
    {"area": 1e30, "age": -1e30},
    {"area": -0.0, "rooms": 2**31 - 1},
    {"district": "never seen", "garden": True},
)

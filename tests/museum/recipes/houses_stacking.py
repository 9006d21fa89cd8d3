"""A stack of a forest, gradient boosting and neighbors below a linear model, over imputed and scaled numbers."""

import data
import mlflow.sklearn
import piece
from mlflow.models.signature import infer_signature
from sklearn.ensemble import ExtraTreesRegressor, GradientBoostingRegressor, StackingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import RobustScaler

frame, prices = data.houses(200)
frame = frame[["area", "rooms", "age"]]
layers = [
    ("extra", ExtraTreesRegressor(n_estimators=6, max_depth=5, random_state=1)),
    ("boosting", GradientBoostingRegressor(n_estimators=10, max_depth=2, random_state=1)),
    ("neighbors", KNeighborsRegressor(n_neighbors=4)),
]
stack = StackingRegressor(layers, final_estimator=LinearRegression(), cv=3)
model = make_pipeline(SimpleImputer(strategy="mean"), RobustScaler(), stack).fit(frame, prices)
mlflow.sklearn.save_model(
    model, piece.MODEL, signature=infer_signature(frame, model.predict(frame)), input_example=frame[:2]
)
piece.ask(data.houses(30, seed=1)[0][["area", "rooms", "age"]], {"age": None}, {"area": 1e9}, {"rooms": -5})

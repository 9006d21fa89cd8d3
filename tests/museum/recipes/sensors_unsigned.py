"""A linear model without a signature, as the shortest examples save it."""

import data
import mlflow.sklearn
import piece
from sklearn.linear_model import Lasso

frame, failures = data.sensors(300)
model = Lasso(alpha=0.01).fit(frame, failures)
mlflow.sklearn.save_model(model, piece.MODEL)
piece.ask(data.sensors(40, seed=1)[0], {"temperature": 1e300, "vibration": -1e300}, {"humidity": -0.0})

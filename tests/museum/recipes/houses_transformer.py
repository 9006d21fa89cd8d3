"""A pipeline with a transformer of one's own, defined where it is logged: its code travels inside the pickle."""

import data
import mlflow.sklearn
import piece
from mlflow.models.signature import infer_signature
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import Pipeline


class Ratios(BaseEstimator, TransformerMixin):
    """Adds the area of a room to the columns."""

    def fit(self, X, y=None):  # noqa: N803 - scikit-learn's names
        """Learn nothing."""
        return self

    def transform(self, X):  # noqa: N803 - scikit-learn's name
        """Return the columns and one more."""
        return X.assign(room=X["area"] / (X["rooms"].abs() + 1))


frame, prices = data.houses(200)
frame = frame[["area", "rooms"]]
model = Pipeline([("ratios", Ratios()), ("model", LinearRegression())]).fit(frame, prices)
mlflow.sklearn.save_model(
    model, piece.MODEL, signature=infer_signature(frame, model.predict(frame)), input_example=frame[:2]
)
piece.ask(data.houses(30, seed=1)[0][["area", "rooms"]], {"area": 1e300}, {"area": -0.0, "rooms": -(2**31)})

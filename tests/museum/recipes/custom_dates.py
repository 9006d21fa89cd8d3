"""A PythonModel over dates, an optional number and an optional text; dates come out again."""

import data
import mlflow.pyfunc
import piece
from mlflow.models import infer_signature


class Delivery(mlflow.pyfunc.PythonModel):
    """Promises a day of delivery."""

    def predict(self, context, model_input, params=None):
        """Return a DataFrame with a date, a number, and a text."""
        import pandas as pd

        days = model_input["distance"].fillna(500.0).floordiv(250).clip(0, 365).astype(int) + 1
        promised = model_input["ordered"] + pd.to_timedelta(days, unit="D")
        weekend = promised.dt.dayofweek >= 5
        note = model_input["note"].fillna("-").str.slice(0, 5)
        return pd.DataFrame({"promised": promised, "days": days, "weekend": weekend, "note": note})


frame = data.orders(60)
model = Delivery()
mlflow.pyfunc.save_model(
    piece.MODEL,
    python_model=model,
    signature=infer_signature(frame, model.predict(None, frame)),
    input_example=frame[:2].fillna({"note": "", "distance": 0.0}),
)
piece.ask(
    data.orders(30, seed=1),
    {"distance": None, "note": None},
    {"ordered": "2000-02-28T23:59:59.500000", "distance": 1e300},
    {"ordered": "1970-01-01T00:00:00", "distance": -0.0},
)

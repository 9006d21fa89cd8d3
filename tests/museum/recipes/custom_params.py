"""A PythonModel with params, asked with their defaults; it answers with an array of two columns."""

import data
import mlflow.pyfunc
import piece
from mlflow.models import infer_signature


class Forecast(mlflow.pyfunc.PythonModel):
    """Multiplies by a growth that the caller may choose."""

    def predict(self, context, model_input, params=None):
        """Return an array with this year's and next year's price."""
        import numpy as np

        params = params or {}
        price = model_input["area"].to_numpy() * 31.5
        return np.column_stack([price, price * params.get("growth", 1.0) ** params.get("years", 1)])


frame = data.houses(40)[0][["area"]]
params = {"growth": 1.04, "years": 2}
model = Forecast()
mlflow.pyfunc.save_model(
    piece.MODEL,
    python_model=model,
    signature=infer_signature(frame, model.predict(None, frame, params), params),
)
piece.ask(data.houses(30, seed=1)[0][["area"]], {"area": -0.0}, {"area": 1e300})

"""The model of the package; whoever loads it needs the package."""

import mlflow.pyfunc

from tariffs.rates import rate


class Tariff(mlflow.pyfunc.PythonModel):
    """Costs of a use of electricity at an hour of the day."""

    def __init__(self, base):
        self.base = base

    def predict(self, context, model_input, params=None):
        """Return a DataFrame with the cost and the name of the rate."""
        rated = model_input.copy()
        rated["rate"] = [rate(hour) for hour in model_input["hour"]]
        rated["cost"] = self.base + model_input["energy"] * rated["rate"].map({"day": 0.31, "night": 0.22})
        return rated[["cost", "rate"]]

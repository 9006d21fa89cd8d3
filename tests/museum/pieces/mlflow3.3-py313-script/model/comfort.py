"""A model as a script."""

import mlflow
import pandas as pd


class Comfort(mlflow.pyfunc.PythonModel):
    """Says whether people feel well."""

    def load_context(self, context):
        """Set the limits in degrees."""
        self.limits = (18.0, 65.0)

    def predict(self, context, model_input: pd.DataFrame, params=None):
        """Return a Series of truth values."""
        low, high = self.limits
        return model_input["temperature"].between(low, high) & (model_input["humidity"] < 70)


mlflow.models.set_model(Comfort())

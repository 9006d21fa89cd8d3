"""A model that answers with the types and values it was given, as text."""

from typing import Any

import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc import PythonModel


class Echo(PythonModel):
    """Shows its input, row by row."""

    def predict(self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> list[str]:  # noqa: ARG002
        """One text for each row; a DataFrame's row as a dict, a tensor's as a list."""
        if isinstance(model_input, dict):
            rows = zip(*(array.tolist() for array in model_input.values()), strict=True)
        elif hasattr(model_input, "to_dict"):
            rows = model_input.to_dict("records")
        else:
            rows = list(model_input)
        return [repr((row, params) if params else row) for row in rows]


set_model(Echo())

"""A model that returns the types and values of its input as text."""

from collections.abc import Iterable
from typing import Any

import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc import PythonModel


class Echo(PythonModel):
    """Returns the representation of each row."""

    def predict(self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> list[str]:  # noqa: ARG002
        """Return a text for each row: of a dict for a DataFrame's row, of a list for a tensor's."""
        rows: Iterable[Any]
        if isinstance(model_input, dict):
            rows = zip(*(array.tolist() for array in model_input.values()), strict=True)
        elif hasattr(model_input, "to_dict"):
            rows = model_input.to_dict("records")
        else:
            rows = list(model_input)
        return [repr((row, params) if params else row) for row in rows]


set_model(Echo())

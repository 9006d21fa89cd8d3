"""Turn what a model predicts into JSON values, one for each row."""

from __future__ import annotations

import base64
import json
from typing import Any

_TABLE = 2  # dimensions


class NotPerRow(ValueError):
    """A prediction does not have one value for each row."""


def rows_of(output: Any, count: int) -> list[Any]:
    """Return a prediction as a list with one value a row.

    Raises:
        NotPerRow: it does not have one value for each of `count` rows.
    """
    if hasattr(output, "toarray"):  # scipy.sparse
        output = output.toarray()
    if is_table(output):
        output = output.to_dict(orient="records")
    if hasattr(output, "tolist"):
        output = as_list(output)
    if isinstance(output, dict) and output and all(holds(value, count) for value in output.values()):
        output = [dict(zip(output, row)) for row in zip(*map(as_list, output.values()))]
    if not isinstance(output, (list, tuple)):
        output = [output]
    if len(output) != count:
        raise NotPerRow(f"the model gave {len(output)} answers for {count} rows")
    return list(output)


def whole_of(output: Any) -> Any:
    """Return a prediction as MLflow's scoring server encodes it: a table as a list of objects, an array as lists."""
    if hasattr(output, "toarray"):  # scipy.sparse
        output = output.toarray()
    if hasattr(output, "to_frame"):  # pandas.Series
        output = output.to_frame(0 if output.name is None else output.name)
    if is_table(output):
        return output.to_dict(orient="records")
    return output.tolist() if hasattr(output, "tolist") else output


def plain(value: Any) -> Any:
    """Return a value as JSON holds it."""
    return json.loads(json.dumps(value, default=json_form))


def json_form(value: Any) -> Any:
    """Return what JSON has for a value of numpy, pandas or MLflow."""
    if type(value).__name__ in {"NaTType", "NAType"}:
        return None
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    if is_table(value):
        return value.to_dict(orient="records")
    if hasattr(value, "tolist"):
        return as_list(value)
    if hasattr(value, "model_dump"):  # pydantic, as type hints of MLflow's agents have it
        return value.model_dump()
    from mlflow.utils.proto_json_utils import NumpyEncoder

    return NumpyEncoder().default(value)


def holds(value: Any, count: int) -> bool:
    """Return whether a value is a container of so many."""
    return (
        not isinstance(value, (str, bytes, dict)) and not is_table(value) and getattr(value, "__len__", int)() == count
    )


def is_table(value: Any) -> bool:
    """Return whether a value is a pandas.DataFrame."""
    return hasattr(value, "to_dict") and hasattr(value, "columns")


def as_list(values: Any) -> Any:
    """Return what a container of numpy or pandas holds; numpy would give nanoseconds as numbers."""
    if not hasattr(values, "to_numpy") and getattr(getattr(values, "dtype", None), "kind", "") == "M":
        values = values.astype("datetime64[us]")
    return values.tolist() if hasattr(values, "tolist") else values


def dtypes(output: Any) -> list[str]:
    """Return the names of the dtypes in a prediction."""
    parts = list(output.values()) if isinstance(output, dict) else [output]
    tables = [list(part.dtypes) for part in parts if getattr(part, "ndim", 1) == _TABLE and hasattr(part, "dtypes")]
    return [str(dtype) for dtype in sum(tables, [getattr(part, "dtype", "") for part in parts])]

"""Columns to what libraries take. numpy and pandas are imported when used."""

from typing import Any

from handler.batch import Arrays, Fields
from handler.errors import InvalidValue
from handler.schema import UNNAMED, fields

_DTYPES = {
    "boolean": "bool",
    "integer": "int32",
    "long": "int64",
    "float": "float32",
    "double": "float64",
    "datetime": "datetime64[ns]",
    "string": None,  # pandas' own, which is not the same in every version
}
_NUMBERS = {"boolean", "integer", "long", "float", "double"}


def to_frame(columns: dict[str, list[Any]], inputs: list[dict[str, Any]] | None) -> Any:
    """A pandas.DataFrame with the dtypes MLflow's schema enforcement expects; what MLflow gives without a signature."""
    if isinstance(columns, Arrays | Fields):
        return _untyped(columns)
    import pandas as pd

    if inputs is None:
        return pd.DataFrame(columns)
    # A DataFrame made of an array has numbers for names, which are text in JSON alone.
    return pd.DataFrame(
        {
            spec.get("name", index): _typed(columns[field], spec["type"])
            for index, (field, spec) in enumerate(zip(fields(inputs), inputs, strict=True))
            if field in columns
        }
    )


def _typed(values: list[Any], kind: str) -> Any:
    """A column for a DataFrame: numbers as an array, which takes a tenth of the time of a Series."""
    import numpy as np
    import pandas as pd

    if kind in _NUMBERS:
        return np.array(values, dtype=_DTYPES[kind])
    return pd.Series(values, dtype=_DTYPES.get(kind, "object"))


def _untyped(columns: Arrays | Fields) -> Any:
    import numpy as np

    found: dict[Any, Any] = {}
    for name, values in columns.items():
        try:
            if isinstance(columns, Fields):
                found[name] = values[0] if name is not None else np.array(values[0])
            elif values and all(isinstance(value, dict) for value in values):
                found[name] = [{field: np.array(inner) for field, inner in value.items()} for value in values]
            else:
                found[name] = np.array(values)
        except ValueError as error:
            raise InvalidValue(f"the values do not make an array: {error}", column=name) from None
    return found.get(None, found)


def to_arrays(columns: dict[str, list[Any]], inputs: list[dict[str, Any]]) -> dict[str, Any]:
    """A numpy.ndarray of each column, of the dtype that `to_frame` gives it; object where it holds no numbers."""
    import numpy as np

    types = dict(zip(fields(inputs), (spec["type"] for spec in inputs), strict=True))
    return {
        name: np.array(values, dtype=_DTYPES[types[name]] if types[name] in _NUMBERS else object)
        for name, values in columns.items()
    }


def to_array(columns: dict[str, list[Any]], inputs: list[dict[str, Any]]) -> Any:
    """A numpy.ndarray of shape (rows, columns), of the one dtype that holds what all of them do."""
    import numpy as np

    parts = list(to_arrays(columns, inputs).values())
    array = np.empty((len(parts[0]), len(parts)), dtype=np.result_type(*parts))
    for index, part in enumerate(parts):
        array[:, index] = part
    return array


def to_tensors(columns: dict[str, list[Any]], inputs: list[dict[str, Any]]) -> Any:
    """One numpy.ndarray, or a dict of them where the signature names its tensors.

    Raises:
        InvalidValue: rows of different shapes, or text that numpy has no form for.
    """
    import numpy as np

    arrays = {}
    for field, spec in zip(fields(inputs), inputs, strict=True):
        try:
            arrays[spec.get("name")] = np.array(columns[field], dtype=spec["tensor-spec"]["dtype"])
        except ValueError as error:
            raise InvalidValue(f"the rows do not make a tensor: {error}", column=field) from None
    return arrays[None] if set(arrays) == {None} else arrays


def to_model_input(columns: dict[str, list[Any]], inputs: list[dict[str, Any]] | None) -> Any:
    """What MLflow's `predict` takes under this signature: tensors, a list for one unnamed column, a DataFrame."""
    if inputs and inputs[0]["type"] == "tensor":
        return to_tensors(columns, inputs)
    if inputs and len(inputs) == 1 and "name" not in inputs[0]:
        return columns[UNNAMED]
    return to_frame(columns, inputs)

"""Columns to what libraries take, and what they give back to columns. numpy and pandas are imported when used."""

from typing import Any

from handler.errors import InvalidValue, ModelFailed
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
_EXACT_IN_FLOAT64 = {"integer", "float", "double"}

PREDICTION = "prediction"
"""The output's name where the model and its signature give none."""


def to_frame(columns: dict[str, list[Any]], inputs: list[dict[str, Any]] | None) -> Any:
    """A pandas.DataFrame with the dtypes MLflow's schema enforcement expects."""
    import pandas as pd

    if inputs is None:
        return pd.DataFrame(columns)
    # A DataFrame made of an array has numbers for names, which are text in JSON alone.
    return pd.DataFrame(
        {
            spec.get("name", index): pd.Series(columns[field], dtype=_DTYPES.get(spec["type"], "object"))
            for index, (field, spec) in enumerate(zip(fields(inputs), inputs, strict=True))
            if field in columns
        }
    )


def to_array(columns: dict[str, list[Any]], inputs: list[dict[str, Any]]) -> Any:
    """A numpy.ndarray of shape (rows, columns): float64 where every column fits in it, else object."""
    import numpy as np

    plain = all(spec["type"] in _EXACT_IN_FLOAT64 for spec in inputs)
    rows = len(next(iter(columns.values())))
    array = np.empty((rows, len(columns)), dtype=np.float64 if plain else object)
    for index, values in enumerate(columns.values()):
        array[:, index] = values
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


def to_columns(output: Any, rows: int, names: list[str]) -> dict[str, list[Any]]:
    """What a model returned, as columns `rows` long.

    A DataFrame and a dict keep their own names; otherwise `names`, the signature's outputs, apply by position
    where the counts match; anything else is the column `prediction`, in which several values of a row stay a list.

    Raises:
        ModelFailed: the model did not give one answer for each row.
    """
    if hasattr(output, "toarray"):  # scipy.sparse
        output = output.toarray()
    columns = _named(output, rows, names)
    if not columns:
        raise ModelFailed("the model gave a table without columns")
    for name, values in columns.items():
        if len(values) != rows:
            raise ModelFailed(f"the model gave {len(values)} answers for {rows} rows in {name!r}")
    return columns


def _named(output: Any, rows: int, names: list[str]) -> dict[str, list[Any]]:
    if hasattr(output, "to_dict") and hasattr(output, "columns"):
        return {str(name): _listed(output.iloc[:, index]) for index, name in enumerate(output.columns)}
    if isinstance(output, dict) and output and all(_length(values) == rows for values in output.values()):
        return {str(name): _listed(values) for name, values in output.items()}
    if getattr(output, "ndim", 1) == 2 and output.shape[1] == len(names):  # noqa: PLR2004 - a table
        return {name: _listed(output[:, index]) for index, name in enumerate(names)}
    values = _listed(output)
    values = values if isinstance(values, list) else [values]
    if names and values and all(isinstance(row, dict) and set(row) == set(names) for row in values):
        return {name: [row[name] for row in values] for name in names}
    return {names[0] if len(names) == 1 else PREDICTION: values}


def _length(values: Any) -> int | None:
    return len(values) if hasattr(values, "__len__") and not isinstance(values, str | bytes | dict) else None


def _listed(values: Any) -> Any:
    """numpy's and pandas' containers as lists of Python's own types where there is one."""
    if getattr(getattr(values, "dtype", None), "kind", "") == "M" and not hasattr(values, "to_numpy"):
        values = values.astype("datetime64[us]")  # numpy gives nanoseconds as numbers
    if hasattr(values, "tolist"):
        return values.tolist()
    return list(values) if isinstance(values, tuple) else values


def output_names(outputs: list[dict[str, Any]] | None) -> list[str]:
    """The names of a signature's output columns; tensors and unnamed columns have none."""
    return [spec["name"] for spec in outputs or [] if spec.get("name") and spec["type"] != "tensor"]

"""What models give, as columns: whatever container their library has for it."""

from typing import Any

from handler.errors import ModelFailed

PREDICTION = "prediction"
"""The output's name where the model and its signature give none."""


def to_columns(output: Any, rows: int, named: list[str]) -> dict[str, list[Any]]:
    """What a model returned, as columns `rows` long.

    A DataFrame and a dict keep their own names; otherwise `named`, the signature's outputs, apply by position
    where the counts match (tuples are as good as an array's rows); anything else is the column `prediction`, in which
    several values of a row stay a list.

    Raises:
        ModelFailed: the model did not give one answer for each row.
    """
    if hasattr(output, "toarray"):  # scipy.sparse
        output = output.toarray()
    columns = _named(output, rows, named)
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
    if values and all(isinstance(row, tuple) and len(row) == len(names) for row in values):
        return dict(zip(names, map(list, zip(*values, strict=True)), strict=True))
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


def names(outputs: list[dict[str, Any]] | None) -> list[str]:
    """The names of a signature's output columns; tensors and unnamed columns have none."""
    return [spec["name"] for spec in outputs or [] if spec.get("name") and spec["type"] != "tensor"]

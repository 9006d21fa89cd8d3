"""Convert a model's output to columns, whatever container its library returns."""

from typing import Any

from handler.errors import ModelFailed

PREDICTION = "prediction"
"""Name of an output that neither the model nor its signature names."""


def to_columns(output: Any, rows: int, names: list[str]) -> dict[str, list[Any]]:
    """Return a model's output as columns by name.

    A DataFrame and a dict keep their own names. Otherwise the signature's names apply by position if their count
    matches; a tuple counts as a row of an array. Anything else is the column `prediction`, in which several values of
    a row stay a list.

    Args:
        output: the output as the model's library returned it.
        rows: number of rows of the input.
        names: the signature's output names.

    Raises:
        ModelFailed: the output does not have one value for each row.
    """
    if hasattr(output, "toarray"):  # scipy.sparse
        output = output.toarray()
    columns = _name_columns(output, rows, names)
    if not columns:
        raise ModelFailed("the model returned a table without columns")
    for name, values in columns.items():
        if len(values) != rows:
            raise ModelFailed(f"the model returned {len(values)} values for {rows} rows in {name!r}")
    return columns


def _name_columns(output: Any, rows: int, names: list[str]) -> dict[str, list[Any]]:
    if is_table(output):
        return table_columns(output)
    if isinstance(output, dict) and output and all(_length(values) == rows for values in output.values()):
        return {str(name): to_list(values) for name, values in output.items()}
    if getattr(output, "ndim", 1) == 2 and output.shape[1] == len(names):  # noqa: PLR2004 - a table
        return {name: to_list(output[:, index]) for index, name in enumerate(names)}
    values = to_list(output)
    values = values if isinstance(values, list) else [values]
    if values and all(isinstance(row, tuple) and len(row) == len(names) for row in values):
        return dict(zip(names, map(list, zip(*values, strict=True)), strict=True))
    if names and values and all(isinstance(row, dict) and set(row) == set(names) for row in values):
        return {name: [row[name] for row in values] for name in names}
    return {names[0] if len(names) == 1 else PREDICTION: values}


def _length(values: Any) -> int | None:
    plain = hasattr(values, "__len__") and not isinstance(values, str | bytes | dict) and not is_table(values)
    return len(values) if plain else None


def is_table(value: Any) -> bool:
    """Return whether a value is a DataFrame."""
    return hasattr(value, "to_dict") and hasattr(value, "columns")


def table_columns(table: Any) -> dict[str, list[Any]]:
    """Return the columns of a DataFrame by name."""
    return {str(name): to_list(table.iloc[:, index]) for index, name in enumerate(table.columns)}


def to_list(values: Any) -> Any:
    """Return a container of numpy or pandas as a list of Python's own types; other values as they are."""
    if getattr(getattr(values, "dtype", None), "kind", "") == "M" and not hasattr(values, "to_numpy"):
        values = values.astype("datetime64[us]")  # numpy's tolist gives nanoseconds as numbers
    if hasattr(values, "tolist"):
        return values.tolist()
    return list(values) if isinstance(values, tuple) else values


def output_names(outputs: list[dict[str, Any]] | None) -> list[str]:
    """Return the names of a signature's output columns; tensors and unnamed columns are left out."""
    return [spec["name"] for spec in outputs or [] if spec.get("name") and spec["type"] != "tensor"]

"""Convert an output that does not have one value per row: to one JSON value, or to columns of any length."""

from typing import Any

from handler.response.output_columns import PREDICTION, is_table, table_columns, to_list


def to_json_value(output: Any) -> Any:
    """Return an output as MLflow's server encodes it: a table as a list of objects, an array as nested lists."""
    if hasattr(output, "toarray"):  # scipy.sparse
        output = output.toarray()
    if hasattr(output, "to_frame"):  # pandas.Series
        output = output.to_frame(0 if output.name is None else output.name)
    if is_table(output):
        return output.to_dict(orient="records")
    if isinstance(output, dict):
        return {name: value.to_dict(orient="records") if is_table(value) else value for name, value in output.items()}
    if hasattr(output, "tolist"):
        return output.tolist()
    return list(output) if isinstance(output, tuple) else output


def to_columns(output: Any, names: list[str]) -> dict[str, list[Any]]:
    """Return an output as columns, which may differ in length.

    A table and a dict keep their names, and so do objects that have the same several names; a single value is a column
    of one. Anything else is the column `prediction`, or has the signature's name if that names one output.

    Args:
        output: the output as the model's library returned it.
        names: the signature's output names.
    """
    if is_table(output):
        return table_columns(output)
    if isinstance(output, dict):
        return {str(name): _to_column(value) for name, value in output.items()}
    if _is_records(output):
        return {str(name): [row[name] for row in output] for name in output[0]}
    return {names[0] if len(names) == 1 else PREDICTION: _to_column(output)}


def _is_records(output: Any) -> bool:
    """Return whether an output is a list of objects with the same names, and several."""
    if not isinstance(output, list) or not output or not isinstance(output[0], dict):
        return False
    return len(output[0]) > 1 and all(isinstance(row, dict) and row.keys() == output[0].keys() for row in output)


def _to_column(value: Any) -> list[Any]:
    plain = to_json_value(value)
    plain = list(map(to_list, plain)) if isinstance(plain, list) else plain
    return plain if isinstance(plain, list) else [plain]

"""What numpy and pandas make of columns of several types where they come together."""

from typing import Any

from . import Rows, Unsupported, as_columns

OBJECT = "object"
"""The type of columns in an array of Python's own values: text, and whatever stands beside it."""

_NUMBERS = {
    "bool": "boolean", "int8": "boolean", "uint8": "boolean", "int16": "boolean", "uint16": "boolean",
    "int32": "integer", "int64": "long", "float32": "float", "float64": "double",
}  # fmt: skip


def type_of(dtype: Any, what: str) -> str:
    """The type of what a transformer gives: `boolean` is whatever fits in float32.

    Raises:
        Unsupported: `what` gives something else.
    """
    import numpy as np

    name = str(np.dtype(dtype))
    if name not in _NUMBERS:
        raise Unsupported(f"{what} with dtype={name} has no exporter")
    return _NUMBERS[name]


def common(rows: Rows) -> str:
    """The type of the one array that columns become (numpy.result_type).

    Raises:
        Unsupported: a column is neither text nor numbers.
    """
    types = set(rows.types) or {"double"}
    if strange := types - {"string", OBJECT, *_NUMBERS.values()}:
        names = [rows.named(index) for index, kind in enumerate(rows.types) if kind in strange]
        raise Unsupported(f"the column {names[0]!r} of type {min(strange)} has no exporter")
    if types & {"string", OBJECT}:
        return OBJECT
    if "double" in types or ("float" in types and types & {"integer", "long"}):
        return "double"
    return next(kind for kind in ("float", "long", "integer", "boolean") if kind in types)


def as_array(rows: Rows, kind: str = "") -> tuple[list[dict[str, Any]], Rows]:
    """The operations that bring columns to one type, `kind` or the one they have in common, and what they are then."""
    kind = kind or common(rows)
    steps: list[dict[str, Any]] = []
    if kind == OBJECT:
        steps = texts(rows)
    elif kind in ("double", "float") and set(rows.types) - {"double", "float"}:
        steps = [{"op": "checking.numbers", "names": [rows.named(index) for index in range(rows.width)]}]
    if steps:
        steps = [*as_columns(rows), *steps]
        rows = rows._replace(form="columns")
    return steps, rows._replace(types=() if kind == "double" else (kind,) * rows.width)


def texts(rows: Rows) -> list[dict[str, Any]]:
    """The operation that makes of missing texts what pandas makes of them: NaN since version 3, unless all are."""
    import pandas as pd

    indices = [index for index, kind in enumerate(rows.types) if kind == "string"]
    if not indices or pd.Series(["", None]).dtype == object:
        return []
    return [{"op": "checking.texts", "indices": indices}]


def is_frame(transformer: Any) -> bool:
    """Whether a transformer gives a pandas.DataFrame, in which columns keep their own types.

    Raises:
        Unsupported: it gives another library's.
    """
    given = getattr(transformer, "_sklearn_output_config", {}).get("transform", "default")
    if given not in ("default", "pandas"):
        raise Unsupported(f"{type(transformer).__name__} with {given} output has no exporter")
    return bool(given == "pandas")

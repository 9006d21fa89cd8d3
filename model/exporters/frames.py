"""The types that numpy and pandas give to columns of several types when they are combined."""

from __future__ import annotations

from typing import Any

from . import Unsupported, as_columns
from .forms import Rows

OBJECT = "object"
"""The type of columns in an object array: text, and values beside it."""

_NUMBERS = {
    "bool": "boolean", "int8": "boolean", "uint8": "boolean", "int16": "boolean", "uint16": "boolean",
    "int32": "integer", "int64": "long", "float32": "float", "float64": "double",
}  # fmt: skip


def type_of(dtype: Any, what: str) -> str:
    """Return the type of a transformer's output dtype; `boolean` stands for types that fit in float32.

    Raises:
        Unsupported: the dtype has no type; `what` names it.
    """
    import numpy as np

    name = str(np.dtype(dtype))
    if name not in _NUMBERS:
        raise Unsupported(f"{what} with dtype={name} has no exporter")
    return _NUMBERS[name]


def common(rows: Rows) -> str:
    """Return the common type of columns (numpy.result_type).

    Raises:
        Unsupported: a column is neither text nor numbers.
    """
    types = set(rows.types) or {"double"}
    strange = types - {"string", OBJECT, *_NUMBERS.values()}
    if strange:
        names = [rows.named(index) for index, kind in enumerate(rows.types) if kind in strange]
        raise Unsupported(f"the column {names[0]!r} of type {min(strange)} has no exporter")
    if types & {"string", OBJECT}:
        return OBJECT
    if "double" in types or ("float" in types and types & {"integer", "long"}):
        return "double"
    return next(kind for kind in ("float", "long", "integer", "boolean") if kind in types)


def as_array(rows: Rows, kind: str = "") -> tuple[list[dict[str, Any]], Rows]:
    """Return the operations that cast columns to a type, by default their common one, and the resulting form."""
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
    """Return the operation that replaces missing texts as this version of pandas does."""
    import pandas as pd

    indices = [index for index, kind in enumerate(rows.types) if kind == "string"]
    if not indices or pd.Series(["", None]).dtype == object:
        return []
    return [{"op": "checking.texts", "indices": indices}]


def is_frame(transformer: Any) -> bool:
    """Return whether a transformer outputs a pandas.DataFrame, whose columns keep their types.

    Raises:
        Unsupported: it outputs another library's DataFrame.
    """
    given = getattr(transformer, "_sklearn_output_config", {}).get("transform", "default")
    if given not in ("default", "pandas"):
        raise Unsupported(f"{type(transformer).__name__} with {given} output has no exporter")
    return bool(given == "pandas")

"""Encoders of categories (sklearn.preprocessing)."""

from __future__ import annotations

import math
from typing import Any

from . import Exporter, Unsupported, as_columns, unsupported_method
from .forms import Exported, Rows, Tables, chain, zip_strict
from .frames import common, texts, type_of
from .versions import first_of, version

DENSE = 100
"""The greatest width of dense one-hot rows; wider rows are sparse."""

ZEROS = -1
"""The code of a category without a column."""


def one_hot_encoder(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export one-hot encoding."""
    if method != "transform":
        raise unsupported_method(estimator, method)
    kind = type_of(estimator.dtype, "OneHotEncoder")
    columns = []
    for index in range(len(estimator.categories_)):
        places, unseen = _places(estimator, index)
        column = _column(estimator, index, places, None if estimator.handle_unknown == "error" else unseen, rows)
        columns.append({**column, "width": max([*places, unseen]) + 1})
        _hint(column, index, rows, tables)
    total = sum(column["width"] for column in columns)
    operation = {
        "op": "encoding.one_hot" if total <= DENSE else "encoding.sparse_one_hot",
        "columns": columns,
        "one": 1.0 if kind in ("double", "float") else 1,
    }
    form = "rows" if total <= DENSE else "sparse"
    scipy = bool(getattr(estimator, "sparse_output", False) or getattr(estimator, "sparse", False))  # before 1.2
    return Exported(chain(*_columns(rows), operation), Rows(total, form, _types(kind, total), scipy=scipy))


def _places(estimator: Any, index: int) -> tuple[list[int], int]:
    """Return the one-hot column of each of a feature's categories, and that of an unknown one."""
    places, unseen = list(range(len(estimator.categories_[index]))), ZEROS
    grouped = _grouped(estimator, index)
    if grouped:
        places = grouped
        as_infrequent = ("infrequent_if_exist", "warn") if version() >= (1, 8) else ("infrequent_if_exist",)
        unseen = max(grouped) if estimator.handle_unknown in as_infrequent else ZEROS
    drops = first_of(estimator, "_drop_idx_after_grouping", "drop_idx_")
    dropped = None if drops is None or drops[index] is None else int(drops[index])
    if dropped is not None:
        *places, unseen = (ZEROS if place == dropped else place - (place > dropped) for place in (*places, unseen))
    return places, unseen


def ordinal_encoder(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the code of each category."""
    if method != "transform":
        raise unsupported_method(estimator, method)
    kind = type_of(estimator.dtype, "OrdinalEncoder")
    refuses = getattr(estimator, "handle_unknown", "error") == "error"  # from 0.24 on
    columns = []
    for index, categories in enumerate(estimator.categories_):
        size = len(categories)
        numbers: list[Any] = _grouped(estimator, index) or list(range(size))
        if index in getattr(estimator, "_missing_indices", ()):  # from 1.0 on
            numbers[size - 1 :] = [getattr(estimator, "encoded_missing_value", math.nan)]
        numbers.append(0 if refuses else estimator.unknown_value)
        column = _column(estimator, index, list(range(size)), None if refuses else size, rows)
        if version() < (1, 0):
            column["nan"] = None
        columns.append({**column, "outcomes": [tables.add(_cast(numbers, estimator.dtype))]})
        _hint(column, index, rows, tables)
    operation = {"op": "encoding.looked_up", "columns": columns}
    return Exported(chain(*_columns(rows), operation), Rows(len(columns), "columns", _types(kind, len(columns))))


def _cast(numbers: list[Any], dtype: Any) -> Any:
    import numpy as np

    wanted = np.asarray(numbers, dtype="f8")
    cast = wanted.astype(dtype)
    if not np.all((wanted == cast) | (np.isnan(wanted) & np.isnan(cast))):
        raise Unsupported(f"OrdinalEncoder with numbers that do not fit in dtype={cast.dtype} has no exporter")
    return cast


def target_encoder(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the encoding of each category by its mean target, one for each class."""
    import numpy as np

    if method != "transform":
        raise unsupported_method(estimator, method)
    means = np.ravel(estimator.target_mean_)
    columns = []
    for index, categories in enumerate(estimator.categories_):
        encodings = estimator.encodings_[index * len(means) : (index + 1) * len(means)]
        outcomes = [tables.add(np.append(encoding, mean)) for encoding, mean in zip_strict(encodings, means)]
        column = _column(estimator, index, list(range(len(categories))), len(categories), rows)
        columns.append({**column, "outcomes": outcomes})
        _hint(column, index, rows, tables)
    operation = {"op": "encoding.looked_up", "columns": columns}
    return Exported(chain(*_columns(rows), operation), Rows(len(means) * len(columns), "columns"))


def _types(kind: str, width: int) -> tuple[str, ...]:
    return () if kind == "double" else (kind,) * width


def _grouped(estimator: Any, index: int) -> list[int] | None:
    """Return the codes of a feature's categories if infrequent ones share a code, else None."""
    if not getattr(estimator, "_infrequent_enabled", False):
        return None
    mapping = estimator._default_to_infrequent_mappings[index]  # noqa: SLF001
    return None if mapping is None else [int(number) for number in mapping]


def _columns(rows: Rows) -> list[dict[str, Any]]:
    """Return the operations that convert a batch to columns of categories."""
    return [*as_columns(rows), *texts(rows)]


def _column(estimator: Any, index: int, codes: list[int], unseen: int | None, rows: Rows) -> dict[str, Any]:
    """Describe a feature: its categories and codes, and the codes of NaN and unknown ones, None to refuse them."""
    categories = estimator.categories_[index]
    kind = common(rows.pick([index], rows.form))
    if kind not in ("object", "boolean") and categories.dtype.kind not in "biuf":
        raise Unsupported(f"{type(estimator).__name__} of numbers that was fitted to texts has no exporter")
    known = dict(zip_strict(categories.tolist(), codes))
    nan = next((value for value in known if value != value), None)  # noqa: PLR0124
    coded = unseen if nan is None else known.pop(nan)
    for value in known:
        if not isinstance(value, (bool, int, float, str, type(None))) or value in (float("inf"), -float("inf")):
            raise Unsupported(f"{type(estimator).__name__} with the category {value!r} has no exporter")
    return {
        "values": list(known),
        "codes": list(known.values()),
        "nan": coded,
        "unseen": unseen,
        "finite": kind in ("double", "float"),
        "name": rows.named(index),
    }


def _hint(column: dict[str, Any], index: int, rows: Rows, tables: Tables) -> None:
    """Note the categories, and an unknown one if it is accepted."""
    values = [value for value in column["values"] if value is not None]
    strange = [f"{value} " for value in values[:1] if isinstance(value, str) and column["unseen"] is not None]
    tables.hint(rows, index, [*values, *strange])


EXPORTERS: dict[str, Exporter] = {
    "sklearn.OneHotEncoder": one_hot_encoder,
    "sklearn.OrdinalEncoder": ordinal_encoder,
    "sklearn.TargetEncoder": target_encoder,
}

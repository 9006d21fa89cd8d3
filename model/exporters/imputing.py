"""Imputers (sklearn.impute)."""

from __future__ import annotations

from typing import Any

from . import Exporter, Unsupported, as_columns, checked_columns, require_options, unsupported_method
from .composing import concatenate
from .forms import Exported, Rows, Tables, chain
from .frames import OBJECT, as_array, common, is_frame
from .versions import version

_DTYPES = {"double": "f8", "float": "f4", "long": "i8", "integer": "i4", OBJECT: "O"}


def simple_imputer(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the fill value of each column; columns without one are dropped."""
    if method != "transform":
        raise unsupported_method(estimator, method)
    if callable(estimator.strategy):
        raise Unsupported("SimpleImputer with a function for its strategy has no exporter")
    missing = _missing(estimator, rows, tables)
    steps, array = _array(estimator, rows, missing)
    kept, fills = _fills(estimator, array)
    filled = {"op": "imputing.filled", "indices": kept, "fills": fills, **missing}
    made = Exported(filled, array.pick(kept, "columns"))
    if estimator.add_indicator:
        made = concatenate([made, indicators(estimator.indicator_, missing)])
    found = made.rows
    if OBJECT in found.types and is_frame(estimator):
        found = found._replace(types=_found_again(estimator, rows, kept, found.width))
    return Exported(chain(*steps, made.operation), found)


def missing_indicator(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export indicators of missing values, for columns that had some in training, or for all."""
    if method != "transform":
        raise unsupported_method(estimator, method)
    missing = _missing(estimator, rows, tables)
    steps, array = as_array(rows)
    steps += [*as_columns(array), *_checks(array, missing)]
    if estimator.features == "missing-only" and estimator.error_on_new:
        steps.append(_refused(rows, set(range(rows.width)) - set(estimator.features_.tolist()), missing))
    operation, found = indicators(estimator, missing)
    return Exported(chain(*steps, operation), found)


def indicators(estimator: Any, missing: dict[str, Any]) -> Exported:
    """Export indicators of missing values of an array's columns."""
    features = estimator.features_.tolist()
    shown = {"op": "imputing.indicators", "indices": features, **missing}
    return Exported(shown, Rows(len(features), "columns", ("boolean",) * len(features)))


def _missing(estimator: Any, rows: Rows, tables: Tables) -> dict[str, Any]:
    """Return the arguments that say which values are missing."""
    value = estimator.missing_values
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, float) and value != value:  # noqa: PLR0124 - NaN
        return {"nan": True, "missing": None}
    if not isinstance(value, (str, int, float, type(None))):
        require_options(estimator, missing_values=(None,))
    if common(rows) == "float" and isinstance(value, float):
        import numpy as np

        value = float(np.float32(value))
    if value is not None:
        for index in range(rows.width):
            tables.hint(rows, index, [value])
    return {"nan": False, "missing": value}


def _array(estimator: Any, rows: Rows, missing: dict[str, Any]) -> tuple[list[dict[str, Any]], Rows]:
    """Return the operations that cast columns as SimpleImputer._validate_input does, and the resulting form."""
    fitted = _fitted_dtype(estimator, rows)
    if fitted.kind != "O" and estimator.strategy in ("mean", "median"):
        types = ("float",) * rows.width if common(rows) == "float" else ()
        return checked_columns(rows, missing=missing["nan"]), rows._replace(form="columns", types=types)
    steps, array = as_array(rows, OBJECT if fitted.kind == "O" else "")
    kind = common(array)
    if kind == "boolean" or (kind == OBJECT and fitted.kind != "O"):
        raise Unsupported(f"SimpleImputer that was fitted to {fitted} and is given {kind} has no exporter")
    return [*steps, *as_columns(array), *_checks(array, missing)], array._replace(form="columns")


def _fitted_dtype(estimator: Any, rows: Rows) -> Any:
    """Return the dtype that the imputer was fitted to; before scikit-learn 1.1 it keeps that of its input."""
    import numpy as np

    if hasattr(estimator, "_fit_dtype"):
        return estimator._fit_dtype  # noqa: SLF001 - it has no other name
    values = np.asarray(estimator.statistics_)
    if values.dtype.kind == "O" and common(rows) != OBJECT:
        raise Unsupported(f"SimpleImputer that was fitted to objects and is given {common(rows)} has no exporter")
    return values.dtype if values.dtype.kind == "O" or common(rows) == "boolean" else np.dtype(_DTYPES[common(rows)])


def _checks(array: Rows, missing: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the operations that refuse infinite numbers, and NaN unless it counts as missing."""
    if common(array) in ("double", "float"):
        names = [array.named(index) for index in range(array.width)]
        return [{"op": "checking.finite", "missing": missing["nan"], "float32": False, "names": names}]
    if common(array) == OBJECT and not missing["nan"]:
        return [_refused(array, set(range(array.width)), {"nan": True, "missing": None})]
    return []


def _refused(rows: Rows, indices: set[int], missing: dict[str, Any]) -> dict[str, Any]:
    """Return the operation that refuses missing values in some columns."""
    ordered = sorted(indices)
    return {
        "op": "imputing.none_missing",
        "indices": ordered,
        "names": [rows.named(index) for index in ordered],
        **missing,
    }


def _fills(estimator: Any, array: Rows) -> tuple[list[int], list[Any]]:
    """Return the columns that have a fill value, and these values."""
    import numpy as np

    fitted, dtype = _fitted_dtype(estimator, array), np.dtype(_DTYPES[common(array)])
    values = np.asarray(estimator.statistics_)
    if estimator.strategy == "constant" and not np.can_cast(fitted, dtype, casting="same_kind"):
        raise Unsupported(f"SimpleImputer that was fitted to {fitted} and is given {dtype} has no exporter")
    if getattr(estimator, "keep_empty_features", False) or (version() < (1, 8) and estimator.strategy == "constant"):
        kept = list(range(len(values)))
    else:
        kept = [index for index, value in enumerate(values.tolist()) if value == value]  # noqa: PLR0124 - not NaN
    fills = values[kept].astype(fitted).astype(dtype).tolist()
    if not all(isinstance(value, (str, int, float)) and value == value for value in fills):  # noqa: PLR0124
        raise Unsupported(f"SimpleImputer with fill_value={estimator.fill_value!r} has no exporter")
    return kept, fills


def _found_again(estimator: Any, rows: Rows, kept: list[int], width: int) -> tuple[str, ...]:
    """Return the types that pandas infers from an object array."""
    constant = estimator.strategy == "constant" and not isinstance(estimator.fill_value, (str, type(None)))
    if OBJECT in rows.types or constant:
        raise Unsupported("SimpleImputer that gives other values among texts to pandas has no exporter")
    types = ["string" if rows.types[index] == "string" else OBJECT for index in kept]
    return (*types, *[OBJECT] * (width - len(types)))


EXPORTERS: dict[str, Exporter] = {
    "sklearn.MissingIndicator": missing_indicator,
    "sklearn.SimpleImputer": simple_imputer,
}

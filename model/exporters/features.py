"""Feature selection (sklearn.feature_selection)."""

from __future__ import annotations

from typing import Any

from . import Exporter, Unsupported, as_columns, checked_columns, checked_rows, export, unsupported_method
from .forms import Exported, Rows, Tables, chain
from .frames import OBJECT

_NUMERIC = {"boolean", "double", "float", "integer", "long", OBJECT}


def selector(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the selection of columns; all columns are checked."""
    import numpy as np

    if method != "transform":
        raise unsupported_method(estimator, method)
    kept = [int(index) for index in estimator.get_support(indices=True)]
    if not kept:
        raise Unsupported(f"{type(estimator).__name__} that keeps no column has no exporter")
    if set(rows.types) - _NUMERIC:
        raise Unsupported(f"{type(estimator).__name__} of anything but numbers has no exporter")
    found = rows.pick(kept, rows.form if rows.form in ("rows", "sparse") else "columns")
    if len(set(rows.types)) > 1:  # numpy turns them into one
        found = found._replace(types=("float",) * len(kept) if rows.float32 else ())
    anything = _takes_anything(estimator)
    if rows.sparse:
        places = np.full(rows.width, -1)
        places[kept] = np.arange(len(kept))
        picked = {"op": "features.sparse", "places": tables.add(places)}
        return Exported(chain(*([] if anything else checked_rows(rows)), picked), found)
    if rows.form == "rows":
        return Exported(
            chain(*([] if anything else checked_rows(rows)), {"op": "features.rows", "indices": kept}), found
        )
    steps = as_columns(rows) if anything else checked_columns(rows)
    steps.append({"op": "composing.columns", "indices": kept})
    if anything and len(set(rows.types)) > 1:
        steps.append({"op": "checking.numbers", "names": [found.named(index) for index in range(len(kept))]})
    return Exported(chain(*steps), found)


def _takes_anything(estimator: Any) -> bool:
    """Return whether missing and infinite numbers are accepted, for the next step to refuse."""
    if getattr(estimator, "_sklearn_output_config", {}).get("transform") not in (None, "default"):
        return True  # a DataFrame is passed on unchecked
    try:
        from sklearn.utils import get_tags
    except ImportError:  # before scikit-learn 1.6
        return bool(estimator._get_tags()["allow_nan"])  # noqa: SLF001
    return bool(get_tags(estimator).input_tags.allow_nan)


def eliminator(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the selection of columns, or the prediction of the estimator fitted to them."""
    if method == "transform":
        return selector(estimator, method, rows, tables)
    kept, found = selector(estimator, "transform", rows, tables)
    predicted, found = export(estimator.estimator_, method, found, tables)
    return Exported(chain(kept, predicted), found)


EXPORTERS: dict[str, Exporter] = {
    **{
        f"sklearn.{name}": selector
        for name in ("GenericUnivariateSelect", "SelectFdr", "SelectFpr", "SelectFromModel", "SelectFwe", "SelectKBest",
                     "SelectPercentile", "SequentialFeatureSelector", "VarianceThreshold")
    },
    "sklearn.RFE": eliminator,
    "sklearn.RFECV": eliminator,
}  # fmt: skip

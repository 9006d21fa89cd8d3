"""sklearn.feature_selection: some of the columns, and what is predicted of them."""

from typing import Any

from . import Exported, Exporter, Rows, Tables, Unsupported, as_columns, chain, checked, export, numbers, unknown

_NUMERIC = {"boolean", "double", "float", "integer", "long"}


def selector(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """The columns that are kept; all of them are checked."""
    import numpy as np

    if method != "transform":
        raise unknown(estimator, method)
    kept = [int(index) for index in estimator.get_support(indices=True)]
    if not kept:
        raise Unsupported(f"{type(estimator).__name__} that keeps no column has no exporter")
    if set(rows.types) - _NUMERIC:
        raise Unsupported(f"{type(estimator).__name__} of anything but numbers has no exporter")
    found = rows.pick(kept, rows.form if rows.form in ("rows", "sparse") else "columns")
    if len(set(rows.types)) > 1:  # of which numpy makes one
        found = found._replace(types=("float",) * len(kept) if rows.float32 else ())
    anything = _takes_anything(estimator)
    if rows.sparse:
        places = np.full(rows.width, -1)
        places[kept] = np.arange(len(kept))
        picked = {"op": "features.sparse", "places": tables.add(places)}
        return Exported(chain(*([] if anything else checked(rows)), picked), found)
    if rows.form == "rows":
        return Exported(chain(*([] if anything else checked(rows)), {"op": "features.rows", "indices": kept}), found)
    steps = as_columns(rows) if anything else numbers(rows)
    steps.append({"op": "composing.columns", "indices": kept})
    if anything and len(set(rows.types)) > 1:
        steps.append({"op": "checking.numbers", "names": [found.named(index) for index in range(len(kept))]})
    return Exported(chain(*steps), found)


def _takes_anything(estimator: Any) -> bool:
    """Whether missing and infinite numbers are let through, the next step's to refuse."""
    if getattr(estimator, "_sklearn_output_config", {}).get("transform") not in (None, "default"):
        return True  # a DataFrame stays one, as it is
    try:
        from sklearn.utils import get_tags
    except ImportError:  # before scikit-learn 1.6
        return bool(estimator._get_tags()["allow_nan"])  # noqa: SLF001
    return bool(get_tags(estimator).input_tags.allow_nan)


def eliminator(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """The columns that are kept, or what the last estimator predicts of them."""
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

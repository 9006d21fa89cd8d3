"""sklearn.multioutput."""

from __future__ import annotations

from typing import Any

from . import Exporter, Unsupported, as_rows, checked_columns, refuse_sparse, unsupported_method
from .combining import concatenate, part, score
from .forms import Exported, Rows, Tables, chain


def several(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export one estimator for each target."""
    if method != "predict":
        raise unsupported_method(estimator, method)
    kinds = {own.classes_.dtype.kind for own in estimator.estimators_ if hasattr(own, "classes_")}
    if len(kinds) > 1:
        raise Unsupported(f"{type(estimator).__name__} of labels of several types has no exporter")
    return concatenate([part(own, method, rows, tables) for own in estimator.estimators_])


def chained(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export a chain: each estimator also gets the predictions of those before it."""
    if method not in ("decision_function", "predict", "predict_log_proba", "predict_proba"):
        raise unsupported_method(estimator, method)
    refuse_sparse(estimator, rows)
    asked = "predict_proba" if method == "predict_log_proba" else method
    features, outputs = [], []
    for index, own in enumerate(estimator.estimators_):
        given = Rows(rows.width + index, "columns")
        feature, _ = score(own, (getattr(estimator, "chain_method_", "predict"),), given, tables)
        output, _ = score(own, (asked,), given, tables)
        if feature.rows.width != 1 or output.rows.width != 1:
            raise Unsupported(f"{type(estimator).__name__}.{method} of more than two classes has no exporter")
        features.append(feature.operation)
        outputs.append(output.operation)
    order = [int(place) for place in estimator.order_]
    steps: list[dict[str, Any]] = [
        *checked_columns(rows),
        {"op": "combining.chained", "features": features, "outputs": outputs, "order": order},
        *as_rows(Rows(len(order), "columns")),
    ]
    if method == "predict_log_proba":
        steps.append({"op": "linear.logarithms"})
    return Exported(chain(*steps), Rows(len(order)))


EXPORTERS: dict[str, Exporter] = {
    "sklearn.ClassifierChain": chained,
    "sklearn.MultiOutputClassifier": several,
    "sklearn.MultiOutputRegressor": several,
    "sklearn.RegressorChain": chained,
}

"""Estimators that wrap another one: searches, thresholds, frozen and self-trained estimators."""

from __future__ import annotations

from typing import Any

from . import Exporter, Unsupported, export, labels
from .combining import BINARY, score, single_column
from .forms import Exported, Rows, Tables


def inner(*names: str) -> Exporter:
    """Return an exporter of the wrapped estimator, the first of some attributes that exists."""

    def exporter(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
        for name in names:
            if hasattr(estimator, name):
                return export(getattr(estimator, name), method, rows, tables)
        raise Unsupported(f"{type(estimator).__name__} without {names[0]} (refit=False) has no exporter")

    return exporter


def fixed_threshold(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export labels by a given threshold; other methods are the wrapped estimator's."""
    least = estimator.threshold
    return _threshold(estimator, method, None if least == "auto" else least, estimator.pos_label, rows, tables)


def tuned_threshold(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export labels by the best threshold."""
    positive = estimator._curve_scorer._get_pos_label()  # noqa: SLF001 - it has no other name
    return _threshold(estimator, method, estimator.best_threshold_, positive, rows, tables)


def _threshold(estimator: Any, method: str, least: Any, positive: Any, rows: Rows, tables: Tables) -> Exported:
    fitted = getattr(estimator, "estimator_", estimator.estimator)
    if method != "predict":
        return export(fitted, method, rows, tables)
    classes = labels(estimator.classes_)
    if len(classes) != BINARY:
        raise Unsupported(f"{type(estimator).__name__} of {len(classes)} classes has no exporter")
    place = 1 if positive is None else classes.index(positive)
    named = estimator.response_method
    scores, used = score(
        fitted, ("predict_proba", "decision_function") if named == "auto" else (named,), rows, tables, place
    )
    if least is None:
        least = 0.5 if used == "predict_proba" else 0.0
    reaching = {"op": "combining.reaching", "least": float(least), "classes": [classes[1 - place], classes[place]]}
    return single_column(
        scores, *([{"op": "combining.negated"}] if used != "predict_proba" and place == 0 else []), reaching
    )


EXPORTERS: dict[str, Exporter] = {
    **{
        f"sklearn.{name}": inner("best_estimator_")
        for name in ("GridSearchCV", "HalvingGridSearchCV", "HalvingRandomSearchCV", "RandomizedSearchCV")
    },
    "sklearn.FixedThresholdClassifier": fixed_threshold,
    "sklearn.FrozenEstimator": inner("estimator"),
    "sklearn.SelfTrainingClassifier": inner("estimator_", "base_estimator_"),
    "sklearn.TunedThresholdClassifierCV": tuned_threshold,
}

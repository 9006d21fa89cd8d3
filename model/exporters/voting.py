"""Voting (sklearn.ensemble)."""

from __future__ import annotations

from typing import Any

from . import Exporter, labels, unsupported_method
from .combining import best_label, concatenate, mean, part, single_column
from .forms import VALUES, Exported, Rows, Tables, chain


def classifier(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the mean of probabilities, or the vote of labels."""
    weights = estimator._weights_not_none  # noqa: SLF001 - without dropped estimators
    if estimator.voting == "soft" and method in ("predict", "predict_proba"):
        probabilities = [part(own, "predict_proba", rows, tables) for own in estimator.estimators_]
        averaged = mean(probabilities, weights)
        return averaged if method == "predict_proba" else best_label(averaged, labels(estimator.classes_))
    if estimator.voting == "soft" and method == "transform" and estimator.flatten_transform:
        return concatenate([part(own, "predict_proba", rows, tables) for own in estimator.estimators_])
    if estimator.voting == "soft" or method not in ("predict", "transform"):
        raise unsupported_method(estimator, method)
    named = concatenate([part(own, "predict", rows, tables) for own in estimator.estimators_])
    if method == "transform":
        return named
    elected = {
        "op": "combining.votes",
        "weights": [float(weight) for weight in weights or [1] * named.rows.width],
        "classes": labels(estimator.classes_),
    }
    return Exported(chain(named.operation, elected), VALUES)


def regressor(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the mean of predictions."""
    if method not in ("predict", "transform"):
        raise unsupported_method(estimator, method)
    parts = [part(own, "predict", rows, tables) for own in estimator.estimators_]
    if method == "transform":
        return concatenate(parts)
    return single_column(mean(parts, estimator._weights_not_none))  # noqa: SLF001


EXPORTERS: dict[str, Exporter] = {"sklearn.VotingClassifier": classifier, "sklearn.VotingRegressor": regressor}

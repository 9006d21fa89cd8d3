"""sklearn.ensemble: voting."""

from typing import Any

from . import VALUES, Exported, Exporter, Rows, Tables, chain, labels, unknown
from .combining import beside, highest, mean, part, single


def classifier(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """The mean of the probabilities, or the class that most classifiers name."""
    weights = estimator._weights_not_none  # noqa: SLF001 - those of the estimators that were not dropped
    if estimator.voting == "soft" and method in ("predict", "predict_proba"):
        probabilities = [part(own, "predict_proba", rows, tables) for own in estimator.estimators_]
        averaged = mean(probabilities, weights)
        return averaged if method == "predict_proba" else highest(averaged, labels(estimator.classes_))
    if method != "predict":
        raise unknown(estimator, method)
    named = beside([part(own, method, rows, tables) for own in estimator.estimators_])
    elected = {
        "op": "combining.votes",
        "weights": [float(weight) for weight in weights or [1] * named.rows.width],
        "classes": labels(estimator.classes_),
    }
    return Exported(chain(named.operation, elected), VALUES)


def regressor(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """The mean of the predictions."""
    if method != "predict":
        raise unknown(estimator, method)
    parts = [part(own, method, rows, tables) for own in estimator.estimators_]
    return single(mean(parts, estimator._weights_not_none))  # noqa: SLF001


EXPORTERS: dict[str, Exporter] = {"sklearn.VotingClassifier": classifier, "sklearn.VotingRegressor": regressor}

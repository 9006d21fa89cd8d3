"""sklearn.discriminant_analysis."""

from __future__ import annotations

from typing import Any

from . import Exporter, Unsupported, checked_rows, labels, unsupported_method
from .forms import VALUES, Exported, Rows, Tables, chain, zip_strict
from .linear import classifier, probabilities, refuse_float32, sums
from .versions import version

_SMALLEST = 2.2250738585072014e-308  # of the normal doubles: stands for zero before a logarithm


def linear(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export a linear discriminant: labels, scores, probabilities, or the projection."""
    if method == "transform":
        return _projected(estimator, rows, tables)
    if method not in ("predict_proba", "predict_log_proba"):
        return classifier(estimator, method, rows, tables)
    step = "linear.logistic" if len(estimator.classes_) == 2 else "linear.softmax"  # noqa: PLR2004 - one sum for two
    made, found = probabilities(estimator, "predict_proba", [step], rows, tables)
    if method == "predict_log_proba":
        made = chain(made, {"op": "linear.logarithms", **({"least": _SMALLEST} if version() >= (0, 24) else {})})
    return Exported(made, found)


def _projected(estimator: Any, rows: Rows, tables: Tables) -> Exported:
    refuse_float32(estimator, rows, estimator.scalings_, cast=estimator.solver == "eigen")
    if estimator.solver not in ("svd", "eigen"):
        raise Unsupported(f"{type(estimator).__name__}.transform with solver={estimator.solver!r} has no exporter")
    axes = estimator.scalings_[:, : estimator._max_components].T  # noqa: SLF001 - it has no other name
    steps = [*checked_rows(rows), sums(axes, 0.0, rows, tables)]
    if estimator.solver == "svd":
        steps.insert(-1, {"op": "linear.centred", "means": tables.add(estimator.xbar_)})
    return Exported(chain(*steps), Rows(len(axes)))


def quadratic(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export each class's mean, scaled axes, determinant and prior."""
    import numpy as np

    refuse_float32(estimator, rows, estimator.means_)
    axes = [rotation * scaling**-0.5 for rotation, scaling in zip_strict(estimator.rotations_, estimator.scalings_)]
    scores = {
        "op": "discriminant.quadratic",
        "means": [tables.add(mean.astype("f8")) for mean in estimator.means_],
        "axes": [[tables.add(axis.astype("f8")) for axis in own.T] for own in axes],
        "constants": tables.add(np.array([np.sum(np.log(scaling)) for scaling in estimator.scalings_], dtype="f8")),
        "priors": tables.add(np.log(estimator.priors_).astype("f8")),
    }
    return scored(estimator, method, chain(*checked_rows(rows), scores), exact=version() >= (1, 6))


def scored(estimator: Any, method: str, scores: dict[str, Any], *, exact: bool = True) -> Exported:
    """Export a method of a classifier with one score for each class.

    Args:
        estimator: the classifier.
        method: the method.
        scores: the operation that gives the scores.
        exact: whether log-probabilities are computed from the scores, not from rounded probabilities.
    """
    classes = labels(estimator.classes_)
    if method == "predict":
        return Exported(chain(scores, {"op": "linear.highest", "classes": classes}), VALUES)
    if method == "decision_function":
        if len(classes) == 2:  # noqa: PLR2004 - two scores are given as their difference
            return Exported(chain(scores, {"op": "discriminant.difference"}), VALUES)
        return Exported(scores, Rows(len(classes)))
    if method not in ("predict_proba", "predict_log_proba"):
        raise unsupported_method(estimator, method)
    if method == "predict_log_proba" and not exact:
        return Exported(
            chain(scores, {"op": "discriminant.posteriors"}, {"op": "linear.logarithms"}), Rows(len(classes))
        )
    step = "posteriors" if method == "predict_proba" else "log_posteriors"
    return Exported(chain(scores, {"op": f"discriminant.{step}"}), Rows(len(classes)))


EXPORTERS: dict[str, Exporter] = {
    "sklearn.LinearDiscriminantAnalysis": linear,
    "sklearn.QuadraticDiscriminantAnalysis": quadratic,
}

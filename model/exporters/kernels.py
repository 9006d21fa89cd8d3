"""Support vector machines with kernels (sklearn.svm)."""

from __future__ import annotations

from typing import Any

from . import Exporter, Unsupported, checked_rows, labels, require_options, unsupported_method
from .forms import VALUES, Exported, Rows, Tables, chain
from .linear import sums
from .versions import first_of

MOST = 50_000
"""The greatest number of values in support vectors; with more, a row takes longer than in scikit-learn, about 1 ms."""


def kernel(estimator: Any, rows: Rows, tables: Tables) -> dict[str, Any]:
    """Export the kernel of a row and each support vector."""
    require_options(estimator, kernel=("linear", "poly", "rbf", "sigmoid"))
    vectors = estimator.support_vectors_
    if hasattr(vectors, "toarray"):
        vectors = vectors.toarray()
    if vectors.size > MOST:
        raise Unsupported(f"{type(estimator).__name__} with {vectors.size:,} numbers in support vectors is too large")
    step = {
        "op": "kernels.kernel",
        "name": estimator.kernel,
        "vectors": tables.add(vectors.astype("f8")),
        "width": vectors.shape[1],
        "gamma": float(estimator._gamma),  # noqa: SLF001 - resolved from "scale" and "auto"
        "coef0": float(estimator.coef0),
        "degree": int(estimator.degree),
    }
    dense = [{"op": "composing.dense", "width": rows.width}] if rows.sparse else []
    return chain(*checked_rows(rows), *dense, step)


def dual(estimator: Any) -> Any:
    """Return libsvm's dual coefficients (the public ones are negated for two classes)."""
    found = estimator._dual_coef_
    return found.toarray() if hasattr(found, "toarray") else found


def regressor(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export a regressor: the weighted sum of kernel values."""
    if method != "predict":
        raise unsupported_method(estimator, method)
    return Exported(chain(*_total(estimator, rows, tables), {"op": "linear.first"}), VALUES)


def one_class(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the weighted sum, or 1 if it is positive and -1 otherwise."""
    if method not in ("decision_function", "predict"):
        raise unsupported_method(estimator, method)
    last = {"op": "linear.first"} if method == "decision_function" else {"op": "linear.sign", "classes": [-1, 1]}
    return Exported(chain(*_total(estimator, rows, tables), last), VALUES)


def _total(estimator: Any, rows: Rows, tables: Tables) -> list[dict[str, Any]]:
    values = kernel(estimator, rows, tables)
    coefficients = dual(estimator)
    intercept = estimator._intercept_
    return [values, sums(coefficients, intercept, Rows(coefficients.shape[1]), tables)]


def classifier(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the vote of all pairs of classes, or probabilities coupled from those of the pairs."""
    require_options(estimator, decision_function_shape=("ovo", "ovr"))
    classes = labels(estimator.classes_)
    count = len(classes)
    votes = {
        "op": "kernels.votes",
        "coefficients": [tables.add(own) for own in dual(estimator)],
        "intercepts": tables.add(estimator._intercept_),
        "counts": [int(own) for own in estimator.n_support_],
    }
    values = chain(kernel(estimator, rows, tables), votes)
    ovr = estimator.decision_function_shape == "ovr" and count > 2  # noqa: PLR2004 - one pair is its own answer
    scores = {"op": "kernels.one_against_rest", "count": count}
    if method == "predict":
        if estimator.break_ties and estimator.decision_function_shape == "ovo":
            raise Unsupported(f"{type(estimator).__name__} with break_ties predicts only where scores are 'ovr'")
        if estimator.break_ties and ovr:
            return Exported(chain(values, scores, {"op": "kernels.best", "classes": classes}), VALUES)
        return Exported(chain(values, {"op": "kernels.elected", "classes": classes}), VALUES)
    if method == "decision_function":
        if count == 2:  # noqa: PLR2004
            return Exported(chain(values, {"op": "kernels.negated"}), VALUES)
        return Exported(chain(values, scores), Rows(count)) if ovr else Exported(values, Rows(count * (count - 1) // 2))
    slopes, offsets = (first_of(estimator, f"_prob{which}", f"prob{which}_") for which in "AB")  # before 0.23
    if method not in ("predict_proba", "predict_log_proba") or not len(slopes):
        raise unsupported_method(estimator, method)
    coupled = {
        "op": "kernels.probabilities",
        "count": count,
        "slopes": tables.add(slopes),
        "offsets": tables.add(offsets),
    }
    logarithms = [{"op": "linear.logarithms"}] if method == "predict_log_proba" else []
    return Exported(chain(values, coupled, *logarithms), Rows(count))


EXPORTERS: dict[str, Exporter] = {
    "sklearn.NuSVC": classifier,
    "sklearn.NuSVR": regressor,
    "sklearn.OneClassSVM": one_class,
    "sklearn.SVC": classifier,
    "sklearn.SVR": regressor,
}

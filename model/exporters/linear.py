"""Linear models: weighted sums, and the predictions, probabilities and labels computed from them."""

from __future__ import annotations

from typing import Any

from . import Exporter, Unsupported, checked_columns, checked_rows, export, labels, refuse_sparse, unsupported_method
from .forms import VALUES, Exported, Rows, Tables, chain
from .versions import first_of, version


def sums(coefficients: Any, intercepts: Any, rows: Rows, tables: Tables) -> dict[str, Any]:
    """Return the operation X @ coefficients.T + intercepts, for rows of finite numbers."""
    import numpy as np

    if hasattr(coefficients, "toarray"):
        coefficients = coefficients.toarray()
    weights = np.atleast_2d(coefficients).astype("f8")
    added = np.broadcast_to(np.asarray(intercepts, dtype="f8").ravel(), weights.shape[:1])
    return {
        "op": "linear.sparse_sums" if rows.sparse else "linear.sums",
        "weights": [tables.add(weight) for weight in weights],
        "intercepts": tables.add(added),
    }


def refuse_float32(estimator: Any, rows: Rows, *fitted: Any, cast: bool = True) -> None:
    """Refuse an estimator that computes in float32, because its arrays and its rows are float32.

    Args:
        estimator: named in the error.
        rows: the form of its input.
        fitted: its fitted arrays.
        cast: whether float32 rows become float64 when combined with float64 arrays.

    Raises:
        Unsupported: the estimator computes in float32, or may do so.
    """
    if rows.float32 and (not cast or any(str(array.dtype) == "float32" for array in fitted)):
        raise Unsupported(f"{type(estimator).__name__} that computes in float32 has no exporter")


def predictor(estimator: Any, rows: Rows, tables: Tables) -> dict[str, Any]:
    """Return the sums of an estimator with `coef_` and `intercept_`, after the checks of its rows."""
    refuse_float32(estimator, rows, estimator.coef_)
    return chain(*checked_rows(rows), sums(estimator.coef_, estimator.intercept_, rows, tables))


def regressor(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export a linear regressor: one sum for each target."""
    if method != "predict":
        raise unsupported_method(estimator, method)
    total = predictor(estimator, rows, tables)
    if estimator.coef_.ndim == 1 or type(estimator).__name__ == "SGDRegressor":
        return Exported(chain(total, {"op": "linear.first"}), VALUES)
    return Exported(total, Rows(estimator.coef_.shape[0]))


def generalized(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export a generalized linear model: the inverse link of the sum."""
    if method != "predict":
        raise unsupported_method(estimator, method)
    link = type(estimator._base_loss.link if version() >= (1, 1) else estimator._link_instance).__name__  # noqa: SLF001
    if link not in ("IdentityLink", "LogLink"):
        raise Unsupported(f"{type(estimator).__name__} with the link {link} has no exporter")
    steps = [predictor(estimator, rows, tables)]
    if link == "LogLink":
        steps.append({"op": "linear.exponentials"})
    return Exported(chain(*steps, {"op": "linear.first"}), VALUES)


def partial_least_squares(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export sums of the centred row, before scikit-learn 1.5 of the standardized row; or of its rotation."""
    if method not in ("predict", "transform"):
        raise unsupported_method(estimator, method)
    rotated = method == "transform"
    coefficients, intercepts = (estimator.x_rotations_.T, 0.0) if rotated else _partial_coefficients(estimator)
    refuse_float32(estimator, rows, coefficients, cast=False)
    refuse_sparse(estimator, rows)
    means = tables.add(first_of(estimator, "_x_mean", "x_mean_"))  # before 0.24
    steps = [*checked_rows(rows), {"op": "linear.centred", "means": means}]
    if rotated or version() < (1, 5):
        scaled = {
            "op": "scaling.standardized",
            "means": means,
            "scales": tables.add(first_of(estimator, "_x_std", "x_std_")),
        }
        steps = [*checked_columns(rows), scaled, {"op": "composing.transposed"}]
    steps.append(sums(coefficients, intercepts, rows, tables))
    if not rotated and getattr(estimator, "_predict_1d", False) and len(coefficients) == 1:
        return Exported(chain(*steps, {"op": "linear.first"}), VALUES)
    return Exported(chain(*steps), Rows(len(coefficients)))


def _partial_coefficients(estimator: Any) -> tuple[Any, Any]:
    """Return coefficients, one row for each target, and intercepts."""
    if version() >= (1, 3):
        return estimator.coef_, estimator.intercept_
    if version() >= (1, 1):
        return estimator._coef_, estimator.intercept_
    return estimator.coef_.T, first_of(estimator, "_y_mean", "y_mean_")


def ransac(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the estimator that was fitted to the inliers."""
    if method != "predict":
        raise unsupported_method(estimator, method)
    return export(estimator.estimator_, method, rows, tables)


def classifier(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export a linear classifier: its sums, or the label of the greatest."""
    total = predictor(estimator, rows, tables)
    count = 1 if estimator.coef_.ndim == 1 else estimator.coef_.shape[0]
    if method == "decision_function":
        return Exported(chain(total, {"op": "linear.first"}), VALUES) if count == 1 else Exported(total, Rows(count))
    if method != "predict":
        raise unsupported_method(estimator, method)
    return Exported(chain(total, label_operation(labels(estimator.classes_), binary=count == 1)), VALUES)


def ridge_classifier(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export a ridge classifier, multi-label included."""
    if method == "predict" and estimator._label_binarizer.y_type_.startswith("multilabel"):  # noqa: SLF001
        above = {"op": "linear.above", "least": 0.0}
        return Exported(chain(predictor(estimator, rows, tables), above), Rows(estimator.coef_.shape[0]))
    return classifier(estimator, method, rows, tables)


def one_class(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export SGDOneClassSVM: the decision function, or 1 inside of the boundary and -1 outside."""
    refuse_float32(estimator, rows, estimator.coef_)
    total = chain(*checked_rows(rows), sums(estimator.coef_, -estimator.offset_, rows, tables))
    if method == "decision_function":
        return Exported(chain(total, {"op": "linear.first"}), VALUES)
    if method != "predict":
        raise unsupported_method(estimator, method)
    return Exported(chain(total, {"op": "linear.threshold", "position": 0, "least": 0.0, "classes": [-1, 1]}), VALUES)


def logistic_regression(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export logistic regression: logistic function or softmax, before scikit-learn 1.8 as `multi_class` says."""
    if method not in ("predict_proba", "predict_log_proba"):
        return classifier(estimator, method, rows, tables)
    two = len(estimator.classes_) <= 2  # noqa: PLR2004 - two classes share one sum
    kind = getattr(estimator, "multi_class", "deprecated")
    each = kind in ("ovr", "warn") or (kind != "multinomial" and (two or estimator.solver == "liblinear"))
    steps = {
        (True, True): ["linear.logistic"],
        (True, False): ["linear.one_against_rest"],
        (False, True): ["linear.opposed", "linear.softmax"],
        (False, False): ["linear.softmax"],
    }[each, two]
    return probabilities(estimator, method, steps, rows, tables)


def stochastic(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export SGDClassifier: probabilities depend on the loss."""
    if method not in ("predict_proba", "predict_log_proba"):
        return classifier(estimator, method, rows, tables)
    two = len(estimator.classes_) <= 2  # noqa: PLR2004
    if estimator.loss in ("log", "log_loss"):
        return probabilities(estimator, method, ["linear.logistic" if two else "linear.one_against_rest"], rows, tables)
    if estimator.loss == "modified_huber":
        return probabilities(estimator, method, ["linear.modified_huber"], rows, tables)
    raise Unsupported(f"{type(estimator).__name__}.{method} with loss={estimator.loss!r} has no exporter")


def probabilities(estimator: Any, method: str, steps: list[str], rows: Rows, tables: Tables) -> Exported:
    """Return sums turned into probabilities by some steps, and their logarithms for predict_log_proba."""
    made = chain(predictor(estimator, rows, tables), *({"op": step} for step in steps))
    if method == "predict_log_proba":
        made = chain(made, {"op": "linear.logarithms"})
    return Exported(made, Rows(len(estimator.classes_)))


def label_operation(classes: list[Any], *, binary: bool) -> dict[str, Any]:
    """Return the operation from sums to a label."""
    return {"op": "linear.sign" if binary else "linear.highest", "classes": classes}


EXPORTERS: dict[str, Exporter] = {
    **{
        f"sklearn.{name}": regressor
        for name in ("ARDRegression", "BayesianRidge", "ElasticNet", "ElasticNetCV", "HuberRegressor", "Lars", "LarsCV",
                     "Lasso", "LassoCV", "LassoLars", "LassoLarsCV", "LassoLarsIC", "LinearRegression", "LinearSVR",
                     "MultiTaskElasticNet", "MultiTaskElasticNetCV", "MultiTaskLasso", "MultiTaskLassoCV",
                     "OrthogonalMatchingPursuit", "OrthogonalMatchingPursuitCV", "PassiveAggressiveRegressor",
                     "QuantileRegressor", "Ridge", "RidgeCV", "SGDRegressor", "TheilSenRegressor")
    },
    **{f"sklearn.{name}": generalized for name in ("GammaRegressor", "PoissonRegressor", "TweedieRegressor")},
    **{f"sklearn.{name}": partial_least_squares for name in ("CCA", "PLSCanonical", "PLSRegression")},
    **{f"sklearn.{name}": classifier for name in ("LinearSVC", "PassiveAggressiveClassifier", "Perceptron")},
    **{f"sklearn.{name}": ridge_classifier for name in ("RidgeClassifier", "RidgeClassifierCV")},
    **{f"sklearn.{name}": logistic_regression for name in ("LogisticRegression", "LogisticRegressionCV")},
    "sklearn.RANSACRegressor": ransac,
    "sklearn.SGDClassifier": stochastic,
    "sklearn.SGDOneClassSVM": one_class,
}  # fmt: skip

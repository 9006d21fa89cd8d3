"""Linear models: weighted sums, and what makes probabilities and labels of them."""

from typing import Any

from . import Exported, Exporter, Rows, Tables, Unsupported, chain, finite, labels


def sums(coefficients: Any, intercepts: Any, rows: Rows, tables: Tables) -> tuple[dict[str, Any], int]:
    """X @ coefficients.T + intercepts of rows without missing or infinite values, and how many sums that are."""
    import numpy as np

    weights = np.atleast_2d(coefficients).astype("f8")
    added = np.broadcast_to(np.asarray(intercepts, dtype="f8").ravel(), weights.shape[:1])
    total = {
        "op": "linear.sparse_sums" if rows.sparse else "linear.sums",
        "weights": [tables.add(weight) for weight in weights],
        "intercepts": tables.add(added),
    }
    return chain(*finite(rows), total), len(weights)


def regressor(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """The sum itself, or one for each target."""
    del method
    total, count = sums(estimator.coef_, estimator.intercept_, rows, tables)
    if getattr(estimator.coef_, "ndim", 1) == 1:
        return Exported(chain(total, {"op": "linear.first"}), Rows(1))
    return Exported(total, Rows(count))


def classifier(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """The label of the greatest sum, or of the only one's sign."""
    total, count = sums(estimator.coef_, estimator.intercept_, rows, tables)
    binary = count == 1
    if method == "predict":
        return Exported(chain(total, labelled(labels(estimator.classes_), binary=binary)), Rows(1))
    if method == "decision_function":
        return Exported(chain(total, {"op": "linear.first"}) if binary else total, Rows(count))
    raise Unsupported(f"{type(estimator).__name__}.{method} has no exporter")


def logistic_regression(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """The sums through the logistic function or softmax."""
    if method not in ("predict_proba", "predict_log_proba"):
        return classifier(estimator, method, rows, tables)
    if getattr(estimator, "multi_class", "deprecated") == "ovr":
        raise Unsupported(f"{type(estimator).__name__} with multi_class='ovr' has no exporter")
    total, count = sums(estimator.coef_, estimator.intercept_, rows, tables)
    binary = count == 1
    steps = [total, {"op": "linear.logistic" if binary else "linear.softmax"}]
    if method == "predict_log_proba":
        steps.append({"op": "linear.logarithms"})
    return Exported(chain(*steps), Rows(len(estimator.classes_)))


def labelled(classes: list[Any], *, binary: bool) -> dict[str, Any]:
    """The operation that makes a label of sums."""
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
    **{
        f"sklearn.{name}": classifier
        for name in ("LinearSVC", "PassiveAggressiveClassifier", "Perceptron", "RidgeClassifier", "RidgeClassifierCV")
    },
    "sklearn.LogisticRegression": logistic_regression,
    "sklearn.LogisticRegressionCV": logistic_regression,
}  # fmt: skip

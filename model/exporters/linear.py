"""Linear models: weighted sums, and what makes numbers, probabilities and labels of them."""

from typing import Any

from . import VALUES, Exported, Exporter, Rows, Tables, Unsupported, chain, checked, export, labels, unknown


def sums(coefficients: Any, intercepts: Any, rows: Rows, tables: Tables) -> dict[str, Any]:
    """X @ coefficients.T + intercepts, of rows that are known to hold finite numbers."""
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


def doubles(estimator: Any, rows: Rows, *fitted: Any, cast: bool = True) -> None:
    """Refuse an estimator that computes in float32: it does where both its numbers and its rows are float32.

    Args:
        estimator: named where it is refused.
        rows: what it is given.
        fitted: the arrays that it computes with.
        cast: whether float32 rows become float64 where they meet float64 arrays.

    Raises:
        Unsupported: the arithmetic is float32's, or may be.
    """
    if rows.float32 and (not cast or any(str(array.dtype) == "float32" for array in fitted)):
        raise Unsupported(f"{type(estimator).__name__} that computes in float32 has no exporter")


def predictor(estimator: Any, rows: Rows, tables: Tables) -> dict[str, Any]:
    """The sums of an estimator with `coef_` and `intercept_`, its rows checked."""
    doubles(estimator, rows, estimator.coef_)
    return chain(*checked(rows), sums(estimator.coef_, estimator.intercept_, rows, tables))


def regressor(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """The sum itself, or one for each target."""
    if method != "predict":
        raise unknown(estimator, method)
    total = predictor(estimator, rows, tables)
    if estimator.coef_.ndim == 1 or type(estimator).__name__ == "SGDRegressor":
        return Exported(chain(total, {"op": "linear.first"}), VALUES)
    return Exported(total, Rows(estimator.coef_.shape[0]))


def generalized(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """The sum through the inverse of the link function."""
    if method != "predict":
        raise unknown(estimator, method)
    loss = getattr(estimator, "_base_loss", None)
    link = type(getattr(loss, "link", None)).__name__
    if link not in ("IdentityLink", "LogLink"):
        raise Unsupported(f"{type(estimator).__name__} with the link {link} has no exporter")
    steps = [predictor(estimator, rows, tables)]
    if link == "LogLink":
        steps.append({"op": "linear.exponentials"})
    return Exported(chain(*steps, {"op": "linear.first"}), VALUES)


def partial_least_squares(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """The sums of the centred row; older versions keep other numbers under the same names."""
    if method != "predict" or not hasattr(estimator, "_predict_1d"):
        raise unknown(estimator, method)
    doubles(estimator, rows, estimator.coef_, cast=False)
    if rows.sparse:
        raise Unsupported(f"{type(estimator).__name__} of sparse rows has no exporter")
    centred = {"op": "linear.centred", "means": tables.add(estimator._x_mean)}  # noqa: SLF001 - it has no other name
    steps = [*checked(rows), centred, sums(estimator.coef_, estimator.intercept_, rows, tables)]
    if estimator._predict_1d and len(estimator.coef_) == 1:  # noqa: SLF001
        return Exported(chain(*steps, {"op": "linear.first"}), VALUES)
    return Exported(chain(*steps), Rows(len(estimator.coef_)))


def ransac(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """The estimator fitted to the inliers."""
    if method != "predict":
        raise unknown(estimator, method)
    return export(estimator.estimator_, method, rows, tables)


def classifier(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """The label of the greatest sum, or of the only one's sign."""
    total = predictor(estimator, rows, tables)
    count = 1 if estimator.coef_.ndim == 1 else estimator.coef_.shape[0]
    if method == "decision_function":
        return Exported(chain(total, {"op": "linear.first"}), VALUES) if count == 1 else Exported(total, Rows(count))
    if method != "predict":
        raise unknown(estimator, method)
    return Exported(chain(total, labelled(labels(estimator.classes_), binary=count == 1)), VALUES)


def ridge_classifier(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """The same, or a label for each sum's sign where a row may have several."""
    if method == "predict" and estimator._label_binarizer.y_type_.startswith("multilabel"):  # noqa: SLF001
        above = {"op": "linear.above", "least": 0.0}
        return Exported(chain(predictor(estimator, rows, tables), above), Rows(estimator.coef_.shape[0]))
    return classifier(estimator, method, rows, tables)


def one_class(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """1 for a row within the boundary, -1 outside (SGDOneClassSVM)."""
    doubles(estimator, rows, estimator.coef_)
    total = chain(*checked(rows), sums(estimator.coef_, -estimator.offset_, rows, tables))
    if method == "decision_function":
        return Exported(chain(total, {"op": "linear.first"}), VALUES)
    if method != "predict":
        raise unknown(estimator, method)
    return Exported(chain(total, {"op": "linear.threshold", "position": 0, "least": 0.0, "classes": [-1, 1]}), VALUES)


def logistic_regression(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """The sums through the logistic function or softmax; before scikit-learn 1.8 `multi_class` has a say."""
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
    """The sums through what the loss makes probabilities with."""
    if method not in ("predict_proba", "predict_log_proba"):
        return classifier(estimator, method, rows, tables)
    two = len(estimator.classes_) <= 2  # noqa: PLR2004
    if estimator.loss in ("log", "log_loss"):
        return probabilities(estimator, method, ["linear.logistic" if two else "linear.one_against_rest"], rows, tables)
    if estimator.loss == "modified_huber":
        return probabilities(estimator, method, ["linear.modified_huber"], rows, tables)
    raise Unsupported(f"{type(estimator).__name__}.{method} with loss={estimator.loss!r} has no exporter")


def probabilities(estimator: Any, method: str, steps: list[str], rows: Rows, tables: Tables) -> Exported:
    """The sums, what makes probabilities of them, and their logarithms if they are asked for."""
    made = chain(predictor(estimator, rows, tables), *({"op": step} for step in steps))
    if method == "predict_log_proba":
        made = chain(made, {"op": "linear.logarithms"})
    return Exported(made, Rows(len(estimator.classes_)))


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
    **{f"sklearn.{name}": generalized for name in ("GammaRegressor", "PoissonRegressor", "TweedieRegressor")},
    **{f"sklearn.{name}": partial_least_squares for name in ("CCA", "PLSCanonical", "PLSRegression")},
    **{f"sklearn.{name}": classifier for name in ("LinearSVC", "PassiveAggressiveClassifier", "Perceptron")},
    **{f"sklearn.{name}": ridge_classifier for name in ("RidgeClassifier", "RidgeClassifierCV")},
    **{f"sklearn.{name}": logistic_regression for name in ("LogisticRegression", "LogisticRegressionCV")},
    "sklearn.RANSACRegressor": ransac,
    "sklearn.SGDClassifier": stochastic,
    "sklearn.SGDOneClassSVM": one_class,
}  # fmt: skip

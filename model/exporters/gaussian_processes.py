"""sklearn.gaussian_process."""

from __future__ import annotations

from typing import Any

from . import Exporter, Unsupported, checked_rows, labels, refuse_sparse, unsupported_method
from .forms import VALUES, Exported, Rows, Tables, chain
from .linear import refuse_float32, sums
from .multiclass import one_vs_one, one_vs_rest


def regressor(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the mean: the weighted sum of the kernel of a row and each fitted row."""
    import numpy as np

    if method != "predict":
        raise unsupported_method(estimator, method)
    compared = _checked(estimator, estimator.X_train_, rows, tables)
    weights = estimator.alpha_.reshape(len(estimator.alpha_), -1)
    count = weights.shape[1]
    rescaled = {
        "op": "gaussian_processes.rescaled",
        "scales": np.broadcast_to(getattr(estimator, "_y_train_std", 1.0), count).tolist(),  # from 0.23 on
        "means": np.broadcast_to(estimator._y_train_mean, count).tolist(),  # noqa: SLF001 - it has no other name
    }
    made = chain(compared, sums(weights.T, 0.0, Rows(len(weights)), tables), rescaled)
    if count == 1:
        return Exported(chain(made, {"op": "linear.first"}), VALUES)
    return Exported(made, Rows(count))


def classifier(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the classifier of two classes, or one for each class or each pair of classes."""
    own = estimator.base_estimator_
    exporters = {"OneVsOneClassifier": one_vs_one, "OneVsRestClassifier": one_vs_rest}
    return exporters.get(type(own).__name__, binary)(own, method, rows, tables)


def binary(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export a classifier of two classes by Laplace's approximation."""
    import numpy as np

    compared = _checked(estimator, estimator.X_train_, rows, tables)
    weights = estimator.y_train_ - estimator.pi_
    classes = labels(estimator.classes_)
    if method == "predict":
        total = sums(weights, 0.0, Rows(len(weights)), tables)
        return Exported(chain(compared, total, {"op": "linear.sign", "classes": classes}), VALUES)
    if method != "predict_proba":
        raise unsupported_method(estimator, method)
    probabilities = {
        "op": "gaussian_processes.probabilities",
        "weights": tables.add(weights),
        "factors": tables.add(estimator.W_sr_),
        "lower": tables.add(estimator.L_[np.tril_indices(len(weights))]),
        "prior": _prior(estimator.kernel_),
    }
    return Exported(chain(compared, probabilities), Rows(len(classes)))


def _checked(estimator: Any, points: Any, rows: Rows, tables: Tables) -> dict[str, Any]:
    """Return the operations that give the kernel of a checked row and each fitted row."""
    refuse_float32(estimator, rows, cast=False)
    refuse_sparse(estimator, rows)
    return chain(*checked_rows(rows), _kernel(estimator.kernel_, points, tables))


def _kernel(kernel: Any, points: Any, tables: Tables) -> dict[str, Any]:
    """Return the operation that gives the kernel of a row and each of some points."""
    name = type(kernel).__name__
    if name in ("Sum", "Product"):
        parts = [_kernel(part, points, tables) for part in (kernel.k1, kernel.k2)]
        return {"op": f"gaussian_processes.{'added' if name == 'Sum' else 'multiplied'}", "parts": parts}
    if name == "Exponentiation":
        raised = {"op": "gaussian_processes.raised", "exponent": float(kernel.exponent)}
        return chain(_kernel(kernel.kernel, points, tables), raised)
    if name in ("ConstantKernel", "WhiteKernel"):  # noise is not shared with fitted rows
        value = float(kernel.constant_value) if name == "ConstantKernel" else 0.0
        return {"op": "combining.constant", "value": [value] * len(points), "form": "rows"}
    if name == "DotProduct":
        vectors = tables.add(points.astype("f8").ravel())
        numbers = {"gamma": 1.0, "coef0": float(kernel.sigma_0) ** 2, "degree": 1}
        return {"op": "kernels.kernel", "name": "poly", "vectors": vectors, "width": points.shape[1], **numbers}
    return _stationary(kernel, points, tables)


def _stationary(kernel: Any, points: Any, tables: Tables) -> dict[str, Any]:
    """Return the operation for a kernel that is a function of the distance."""
    import numpy as np

    kind = type(kernel).__name__
    name, scale, numbers = {
        "ExpSineSquared": ("periodic", False, ("periodicity", "length_scale")),
        "Matern": ("matern", True, ("nu",)),
        "RBF": ("rbf", True, ()),
        "RationalQuadratic": ("rational_quadratic", False, ("alpha",)),
    }.get(kind, ("", False, ()))
    if not name:
        raise Unsupported(f"the kernel {kernel} has no exporter")
    given = [float(getattr(kernel, number)) for number in numbers]
    if name == "rational_quadratic":
        given.append(2.0 * kernel.alpha * kernel.length_scale**2)
    if name == "matern" and given[0] == np.inf:
        name, given = "rbf", []
    if name == "matern" and given[0] not in (0.5, 1.5, 2.5):
        raise Unsupported(f"the kernel {kernel} has no exporter")
    scales = np.broadcast_to(np.asarray(kernel.length_scale if scale else 1.0, "f8"), points.shape[1:])
    return {
        "op": "gaussian_processes.stationary",
        "name": name,
        "points": tables.add((points / scales).ravel()),
        "scales": tables.add(scales),
        "numbers": given,
    }


def _prior(kernel: Any) -> float:
    """Return the kernel of a row and itself, the same for all rows.

    Raises:
        Unsupported: it depends on the row.
    """
    name = type(kernel).__name__
    if name == "Sum":
        return _prior(kernel.k1) + _prior(kernel.k2)
    if name == "Product":
        return _prior(kernel.k1) * _prior(kernel.k2)
    if name == "Exponentiation":
        return float(_prior(kernel.kernel) ** kernel.exponent)
    if name == "DotProduct":
        raise Unsupported(f"probabilities with the kernel {kernel} have no exporter")
    return float(getattr(kernel, "constant_value", getattr(kernel, "noise_level", 1.0)))


EXPORTERS: dict[str, Exporter] = {
    "sklearn.GaussianProcessClassifier": classifier,
    "sklearn.GaussianProcessRegressor": regressor,
    "sklearn._BinaryGaussianProcessClassifierLaplace": binary,
}

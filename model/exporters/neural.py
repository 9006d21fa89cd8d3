"""sklearn.neural_network: weighted sums with something in between."""

from typing import Any

from . import VALUES, Exported, Exporter, Rows, Tables, Unsupported, chain, checked, labels, unknown
from .linear import doubles, sums

_ACTIVATIONS: dict[str, list[dict[str, Any]]] = {
    "exp": [{"op": "linear.exponentials"}],
    "identity": [],
    "logistic": [{"op": "neural.logistic"}],
    "relu": [{"op": "neural.relu"}],
    "softmax": [{"op": "linear.softmax"}],
    "tanh": [{"op": "neural.tanh"}],
}


def network(estimator: Any, rows: Rows, tables: Tables) -> dict[str, Any]:
    """Every layer (BaseMultilayerPerceptron._forward_pass_fast)."""
    doubles(estimator, rows, *estimator.coefs_)
    steps = checked(rows)
    *hidden, last = zip(estimator.coefs_, estimator.intercepts_, strict=True)
    for weights, intercepts in hidden:
        steps += [sums(weights.T, intercepts, rows, tables), *_activation(estimator, estimator.activation)]
        rows = Rows(weights.shape[1])
    return chain(*steps, sums(last[0].T, last[1], rows, tables), *_activation(estimator, estimator.out_activation_))


def _activation(estimator: Any, name: str) -> list[dict[str, Any]]:
    if name not in _ACTIVATIONS:
        raise Unsupported(f"{type(estimator).__name__} with the activation {name!r} has no exporter")
    return _ACTIVATIONS[name]


def regressor(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """The last layer's numbers."""
    if method != "predict":
        raise unknown(estimator, method)
    outputs = network(estimator, rows, tables)
    if estimator.n_outputs_ == 1:
        return Exported(chain(outputs, {"op": "linear.first"}), VALUES)
    return Exported(outputs, Rows(estimator.n_outputs_))


def classifier(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """The last layer's numbers are probabilities."""
    outputs = network(estimator, rows, tables)
    count = estimator.n_outputs_
    if method in ("predict_proba", "predict_log_proba"):
        steps = [outputs, {"op": "neural.both"}] if count == 1 else [outputs]
        if method == "predict_log_proba":
            steps.append({"op": "linear.logarithms"})
        return Exported(chain(*steps), Rows(max(count, 2)))
    if method != "predict":
        raise unknown(estimator, method)
    if estimator.out_activation_ == "softmax":
        chosen = {"op": "linear.highest", "classes": labels(estimator.classes_)}
        return Exported(chain(outputs, chosen), VALUES)
    above = {"op": "linear.above", "least": 0.5}
    if estimator._label_binarizer.y_type_ == "multilabel-indicator":  # noqa: SLF001 - it has no other name
        return Exported(chain(outputs, above), Rows(count))
    classes = labels(estimator.classes_)
    pair = [classes[0], classes[-1]]
    return Exported(chain(outputs, above, {"op": "linear.sign", "classes": pair}), VALUES)


EXPORTERS: dict[str, Exporter] = {
    "sklearn.MLPClassifier": classifier,
    "sklearn.MLPRegressor": regressor,
}

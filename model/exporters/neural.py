"""Neural networks (sklearn.neural_network): weighted sums and activations."""

from __future__ import annotations

from typing import Any

from . import Exporter, Unsupported, checked_rows, labels, unsupported_method
from .forms import VALUES, Exported, Rows, Tables, chain, zip_strict
from .linear import refuse_float32, sums

_ACTIVATIONS: dict[str, list[dict[str, Any]]] = {
    "exp": [{"op": "linear.exponentials"}],
    "identity": [],
    "logistic": [{"op": "neural.logistic"}],
    "relu": [{"op": "neural.relu"}],
    "softmax": [{"op": "linear.softmax"}],
    "tanh": [{"op": "neural.tanh"}],
}


def network(estimator: Any, rows: Rows, tables: Tables) -> dict[str, Any]:
    """Export all layers (BaseMultilayerPerceptron._forward_pass_fast)."""
    refuse_float32(estimator, rows, *estimator.coefs_)
    steps = checked_rows(rows)
    *hidden, last = zip_strict(estimator.coefs_, estimator.intercepts_)
    for weights, intercepts in hidden:
        steps += [sums(weights.T, intercepts, rows, tables), *_activation(estimator, estimator.activation)]
        rows = Rows(weights.shape[1])
    return chain(*steps, sums(last[0].T, last[1], rows, tables), *_activation(estimator, estimator.out_activation_))


def _activation(estimator: Any, name: str) -> list[dict[str, Any]]:
    if name not in _ACTIVATIONS:
        raise Unsupported(f"{type(estimator).__name__} with the activation {name!r} has no exporter")
    return _ACTIVATIONS[name]


def regressor(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the last layer's outputs."""
    if method != "predict":
        raise unsupported_method(estimator, method)
    outputs = network(estimator, rows, tables)
    if estimator.n_outputs_ == 1:
        return Exported(chain(outputs, {"op": "linear.first"}), VALUES)
    return Exported(outputs, Rows(estimator.n_outputs_))


def classifier(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export probabilities, the last layer's outputs, or labels."""
    outputs = network(estimator, rows, tables)
    count = estimator.n_outputs_
    if method in ("predict_proba", "predict_log_proba"):
        steps = [outputs, {"op": "neural.both"}] if count == 1 else [outputs]
        if method == "predict_log_proba":
            steps.append({"op": "linear.logarithms"})
        return Exported(chain(*steps), Rows(max(count, 2)))
    if method != "predict":
        raise unsupported_method(estimator, method)
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

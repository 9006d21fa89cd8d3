"""sklearn.dummy."""

from __future__ import annotations

from typing import Any

from . import Exporter, Unsupported, labels, unsupported_method
from .forms import VALUES, Exported, Rows, Tables


def classifier(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the same label, or the same probabilities, for each row."""
    del tables
    strategy, count = estimator.strategy, estimator.n_classes_
    if estimator.n_outputs_ != 1 or strategy == "stratified" or (strategy == "uniform" and method == "predict"):
        raise Unsupported(f"{type(estimator).__name__} of several outputs, or that predicts at random, has no exporter")
    classes = labels(estimator.classes_)
    if strategy == "constant":
        best = classes.index(labels(estimator.classes_[estimator.classes_ == estimator.constant])[0])
    else:
        best = int(estimator.class_prior_.argmax())
    if method == "predict":
        return _same(classes[best], rows, VALUES)
    if method != "predict_proba":
        raise unsupported_method(estimator, method)
    if strategy == "prior":
        return _same(estimator.class_prior_.tolist(), rows, Rows(count))
    share = 1.0 / count if strategy == "uniform" else 0.0
    certain = [1.0 if index == best and strategy != "uniform" else share for index in range(count)]
    return _same(certain, rows, Rows(count))


def regressor(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the same number, or the same numbers, for each row."""
    del tables
    if method != "predict":
        raise unsupported_method(estimator, method)
    [values] = estimator.constant_.tolist()
    return _same(values[0], rows, VALUES) if estimator.n_outputs_ == 1 else _same(values, rows, Rows(len(values)))


def _same(value: Any, rows: Rows, found: Rows) -> Exported:
    return Exported({"op": "combining.constant", "value": value, "form": rows.form}, found)


EXPORTERS: dict[str, Exporter] = {"sklearn.DummyClassifier": classifier, "sklearn.DummyRegressor": regressor}

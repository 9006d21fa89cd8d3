"""CatBoost's models: sums of trees, and what each type of prediction makes of them."""

from __future__ import annotations

import json
import math
from typing import Any, Callable

from . import Exporter, Unsupported, as_columns, as_rows, labels, unsupported_method
from .catboost_bins import Bins
from .catboost_file import Model, read_model
from .catboost_texts import Texts
from .catboost_trees import leaves
from .forms import VALUES, Exported, Rows, Tables, chain, side_by_side
from .trees import as_numbers

NUMBERS = {"boolean", "double", "float", "integer", "long", "object"}
"""The types of columns that CatBoost reads as numbers; it parses texts, which has no exporter."""

CATEGORIES = {"boolean", "integer", "long", "object", "string"}
"""The types of columns that CatBoost reads as categories."""

SOFTMAX, SIGMOID = {"MultiClass"}, {"MultiClassOneVsAll", "MultiCrossEntropy", "MultiLogloss"}
"""Losses with several sums, whose probabilities are the softmax of the sums, or the logistic function of each."""

SEVERAL = {"MultiCrossEntropy", "MultiLogloss"}
"""Losses of several labels."""


def sums(estimator: Any, model: Model, rows: Rows, tables: Tables) -> Exported:
    """Export the sums of the trees, scaled and with their bias, as columns.

    Raises:
        Unsupported: there are no trees, features of embeddings, or a column of a type that CatBoost refuses or parses.
    """
    if not estimator.tree_count_:
        raise Unsupported(f"{type(estimator).__name__} without trees has no exporter")
    texts = Texts(model)
    bins = Bins(model, texts.borders)
    steps = [columns(bins, texts, rows, tables), bins.operation(rows, tables)]
    added = leaves(model.trees, bins, tables)
    width = model.trees.number(0)
    scale, bias = model.trees.number(14, "d", 1.0), model.trees.number(15, "d", 0.0)
    biases = model.trees.array(16, "<f8").tolist() or [bias] * width
    if scale != 1 or any(biases):
        added.append({"op": "scaling.stretched", "factors": [scale] * width, "offsets": biases})
    return Exported(chain(*steps, *added), Rows(width, "columns"))


def columns(bins: Bins, texts: Texts, rows: Rows, tables: Tables) -> dict[str, Any]:
    """Return the operation that selects columns of numbers, in float64 at most, those of texts, and of categories."""
    last = max([*bins.numbers, *texts.columns, *bins.categories])
    if last >= rows.width:
        raise Unsupported(f"CatBoost of at least {last + 1} columns where {rows.width} come has no exporter")
    types = rows.types or ("double",) * rows.width
    for places, allowed, what in ((bins.numbers, NUMBERS, "numbers"), (bins.categories, CATEGORIES, "categories")):
        strange = {types[place] for place in places} - allowed
        if strange:
            raise Unsupported(f"CatBoost with {what} of type {', '.join(sorted(strange))} has no exporter")
    numbers = [{"op": "composing.columns", "indices": bins.numbers}]
    large = [index for index, place in enumerate(bins.numbers) if types[place] == "long"]
    if large:
        numbers.append({"op": "catboost.whole", "indices": large})
    if {types[place] for place in bins.numbers} - {"double", "float"}:
        numbers.append({"op": "checking.numbers", "names": [rows.named(place) for place in bins.numbers]})
    parts = [chain(*numbers)] * bool(bins.numbers) + texts.operations(rows, tables)
    parts += [{"op": "composing.columns", "indices": bins.categories}] * bool(bins.categories)
    return chain(*as_columns(rows), side_by_side(parts, rows.width))


def then(found: Exported, *operations: str, **arguments: Any) -> Exported:
    """Apply operations to columns."""
    steps = [{"op": operation, **arguments} for operation in operations]
    return Exported(chain(found.operation, *steps), found.rows)


def exporter(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export predictions of the type that a method has, such as `predict`, or that it names: `predict:Exponent`.

    Raises:
        Unsupported: the type, or the loss, has no exporter.
    """
    name, _, kind = method.partition(":")
    default = getattr(estimator, "_get_default_prediction_type", None)
    classes = hasattr(estimator, "predict_proba")
    own = default() if default else "Class" if classes else "RawFormulaVal"
    kinds = {"predict": kind or own, "predict_proba": "Probability", "predict_log_proba": "LogProbability"}
    if name not in kinds:
        raise unsupported_method(estimator, name)
    if kinds[name] not in PREDICTIONS:
        raise Unsupported(f"{type(estimator).__name__} with predictions of type {kinds[name]} has no exporter")
    model = read_model(estimator)
    found = sums(estimator, model, rows, tables)
    loss = json.loads(model.info["params"])["loss_function"]["type"]
    if classes and found.rows.width > 1 and loss not in SOFTMAX | SIGMOID:
        raise Unsupported(f"{type(estimator).__name__} with the loss {loss} has no exporter")
    return PREDICTIONS[kinds[name]](estimator, model, found, loss)


def exponents(estimator: Any, _model: Model, found: Exported, _loss: str) -> Exported:
    """Return the exponential of a sum."""
    if found.rows.width > 1:
        raise Unsupported(
            f"{type(estimator).__name__} with predictions of type Exponent of several sums has no exporter"
        )
    return as_numbers(then(found, "lightgbm.exponentials"))


def uncertain(estimator: Any, _model: Model, found: Exported, loss: str) -> Exported:
    """Return a mean and a variance."""
    if loss != "RMSEWithUncertainty":
        raise Unsupported(f"{type(estimator).__name__} with predictions of type RMSEWithUncertainty has no exporter")
    return then(found, "catboost.variances")


def probabilities(_estimator: Any, _model: Model, found: Exported, loss: str) -> Exported:
    """Return the probabilities of classes, as columns."""
    width = found.rows.width
    if width > 1:
        return then(found, "lightgbm.logistic", slope=1.0) if loss in SIGMOID else then(found, "lightgbm.softmax")
    logistic = then(found, "lightgbm.logistic", slope=1.0)
    return Exported(then(logistic, "lightgbm.opposed").operation, Rows(2, "columns"))


def log_probabilities(_estimator: Any, _model: Model, found: Exported, loss: str) -> Exported:
    """Return the logarithms of probabilities, with CatBoost's overflow: zero's is minus infinity."""
    width = found.rows.width
    if width > 1 and loss not in SIGMOID:
        return then(found, "catboost.log_softmax")
    signs = [-1.0] * width if width > 1 else [1.0, -1.0]
    doubled = [{"op": "composing.columns", "indices": [0, 0]}] * (width == 1)
    zeros = [0.0] * len(signs)
    steps: list[dict[str, Any]] = [
        *doubled,
        {"op": "scaling.stretched", "factors": signs, "offsets": zeros},
        {"op": "lightgbm.softplus", "exact": False},
        {"op": "scaling.stretched", "factors": [-1.0] * len(signs), "offsets": zeros},
    ]
    return Exported(chain(found.operation, *steps), Rows(len(signs), "columns"))


def predicted_classes(estimator: Any, model: Model, found: Exported, loss: str) -> Exported:
    """Return labels."""
    import numpy as np

    classes, width = labels(np.asarray(estimator.classes_)), found.rows.width
    if loss in SEVERAL:
        return Exported(chain(found.operation, *as_rows(found.rows), {"op": "linear.above", "least": 0.0}), Rows(width))
    if max(width, 2) != len(classes):
        raise Unsupported(f"{type(estimator).__name__} of {width} sums for {len(classes)} classes has no exporter")
    if width == 1:
        least = float(np.nextafter(decision_border(model), math.inf))
        steps = [
            {"op": "composing.column", "index": 0},
            {"op": "combining.reaching", "least": least, "classes": classes},
        ]
        return Exported(chain(found.operation, *steps), VALUES)
    label = chain(found.operation, *as_rows(found.rows), {"op": "linear.highest", "classes": classes})
    return Exported(chain(label, *as_rows(VALUES)), Rows(1))  # CatBoost returns an array of one column


def decision_border(model: Model) -> float:
    """Return the sum above which the second of two classes is predicted."""
    threshold = float(model.info.get("binclass_probability_threshold", 0.5))
    return -math.log(1.0 / threshold - 1.0)


PREDICTIONS: dict[str, Callable[[Any, Model, Exported, str], Exported]] = {
    "Class": predicted_classes,
    "Exponent": exponents,
    "LogProbability": log_probabilities,
    "Probability": probabilities,
    "RMSEWithUncertainty": uncertain,
    "RawFormulaVal": lambda _estimator, _model, found, _loss: as_numbers(found),
}
"""What each type of prediction makes of the sums, given the estimator, its model and the name of its loss."""

EXPORTERS: dict[str, Exporter] = {
    f"catboost.{name}": exporter for name in ("CatBoost", "CatBoostClassifier", "CatBoostRanker", "CatBoostRegressor")
}

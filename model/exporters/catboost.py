"""CatBoost's models: sums of trees, and what each type of prediction makes of them."""

from __future__ import annotations

import json
import math
from typing import Any

from . import Exporter, Unsupported, as_columns, as_rows, labels, unsupported_method
from .catboost_bins import Bins
from .catboost_file import Model, read_model
from .catboost_texts import Texts
from .flatbuffer import Table
from .forest import Forest
from .forms import VALUES, Exported, Rows, Tables, chain
from .trees import as_numbers

NUMBERS = {"boolean", "double", "float", "integer", "long", "object"}
"""The types of columns that CatBoost reads as numbers; it parses texts, which has no exporter."""

CATEGORIES = {"boolean", "integer", "long", "object", "string"}
"""The types of columns that CatBoost reads as categories."""

PREDICTED = {
    "RawFormulaVal": [],
    "Exponent": ["lightgbm.exponentials"],
    "RMSEWithUncertainty": ["catboost.variances"],
}
"""The operations that each type of prediction applies to the sums."""

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
    grow = asymmetric if len(model.trees.vector(10, 4)) else symmetric
    added = grow(model.trees, bins, tables)
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
    both = {"op": "composing.columns_union", "parts": parts}
    return chain(*as_columns(rows), parts[0] if len(parts) == 1 else both)


def symmetric(trees: Table, bins: Bins, tables: Tables) -> list[dict[str, Any]]:
    """Return the operation that adds up the leaves of symmetric trees."""
    import numpy as np

    depths, weights = trees.array(2, "<i4"), trees.array(9, "<f8")
    known = len(weights) == (1 << depths).sum()
    added = {
        "op": "catboost.sums",
        "depths": tables.add_as(depths, "<i4"),
        "splits": tables.add_as([bins.tests[split] for split in trees.array(1, "<i4")], "<i4"),
        "leaves": tables.add_as(trees.array(8, "<f8"), "<f8"),
        "columns": bins.width,
        "width": trees.number(0),
        "covers": tables.add_covers(np.split(weights, np.cumsum(1 << depths)[:-1])) if known else None,
    }
    return [added]


def asymmetric(trees: Table, bins: Bins, tables: Tables) -> list[dict[str, Any]]:
    """Return the operations that add up the leaves of other trees."""
    width = trees.number(0)
    forest = Forest(width)
    for start, size in zip(trees.array(3, "<i4").tolist(), trees.array(2, "<i4").tolist()):
        add_tree(forest, trees, start, size, bins.tests)
    added = forest.operation(Rows(bins.width, "rows"), tables, [0.0] * width)
    return [{"op": "catboost.rows", "width": bins.width}, added]


def add_tree(forest: Forest, trees: Table, start: int, size: int, tests: list[tuple[int, int]]) -> None:
    """Add a tree: a bin goes right if it passes the test.

    A node says how far away its children are. On a side without a child, the node itself is the leaf.
    """
    import numpy as np

    nodes = slice(start, start + size)
    steps = trees.array(10, [("left", "<u2"), ("right", "<u2")])[nodes]
    inner = (steps["left"] > 0) | (steps["right"] > 0)
    alone = [np.flatnonzero(inner & (steps[side] == 0)) for side in ("left", "right")]
    added = np.concatenate(alone)
    none = np.full(len(added), -1)
    left, right = (np.append(np.where(inner, np.arange(size) + steps[side], -1), none) for side in ("left", "right"))
    left[alone[0]] = size + np.arange(len(alone[0]))
    right[alone[1]] = size + len(alone[0]) + np.arange(len(alone[1]))
    tested = zip(trees.array(1, "<i4")[nodes].tolist(), inner)
    found = [tests[split] if is_inner else (0, 0) for split, is_inner in tested] + [(0, 0)] * len(added)
    places = trees.array(11, "<u4")[nodes].astype("i8")
    places = np.append(np.where(inner, 0, places), places[added])
    weights = trees.array(9, "<f8")
    covers = weights[places // forest.width] if len(weights) else None
    if covers is not None:
        for place in np.flatnonzero(inner)[::-1]:  # children come after their parents
            covers[place] = covers[left[place]] + covers[right[place]]
    values = trees.array(8, "<f8")[places[:, None] + np.arange(forest.width)]
    tested_columns, least = zip(*found)
    forest.add(left, right, tested_columns, np.array(least) - 1.0, values, covers=covers)


def then(found: Exported, *operations: str, **arguments: Any) -> Exported:
    """Apply operations to columns."""
    steps = [{"op": operation, **arguments} for operation in operations]
    return Exported(chain(found.operation, *steps), found.rows)


def regressor(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the predictions, of the type that the loss has by default for a regressor; others return sums."""
    if method != "predict":
        raise unsupported_method(estimator, method)
    kind = getattr(estimator, "_get_default_prediction_type", lambda: "RawFormulaVal")()
    if kind not in PREDICTED:
        raise Unsupported(f"{type(estimator).__name__} with predictions of type {kind} has no exporter")
    return as_numbers(then(sums(estimator, read_model(estimator), rows, tables), *PREDICTED[kind]))


def classifier(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export labels or probabilities."""
    import numpy as np

    if method not in ("predict", "predict_proba"):
        raise unsupported_method(estimator, method)
    model = read_model(estimator)
    found = sums(estimator, model, rows, tables)
    classes = labels(np.asarray(estimator.classes_))
    loss = json.loads(model.info["params"])["loss_function"]["type"]
    width = found.rows.width
    if width > 1 and loss not in SOFTMAX | SIGMOID:
        raise Unsupported(f"{type(estimator).__name__} with the loss {loss} has no exporter")
    if loss not in SEVERAL and max(width, 2) != len(classes):
        raise Unsupported(f"{type(estimator).__name__} of {width} sums for {len(classes)} classes has no exporter")
    if method == "predict_proba":
        return as_numbers(probabilities(found, loss))
    if loss in SEVERAL:
        return Exported(chain(found.operation, *as_rows(found.rows), {"op": "linear.above", "least": 0.0}), Rows(width))
    if width == 1:
        least = float(np.nextafter(decision_border(model), math.inf))
        steps = [
            {"op": "composing.column", "index": 0},
            {"op": "combining.reaching", "least": least, "classes": classes},
        ]
        return Exported(chain(found.operation, *steps), VALUES)
    label = chain(found.operation, *as_rows(found.rows), {"op": "linear.highest", "classes": classes})
    return Exported(chain(label, *as_rows(VALUES)), Rows(1))  # CatBoost returns an array of one column


def probabilities(found: Exported, loss: str) -> Exported:
    """Return the probabilities of classes, as columns."""
    if found.rows.width > 1 and loss in SOFTMAX:
        return then(found, "lightgbm.softmax")
    logistic = then(found, "lightgbm.logistic", slope=1.0)
    if found.rows.width > 1:
        return logistic
    return Exported(then(logistic, "lightgbm.opposed").operation, Rows(2, "columns"))


def decision_border(model: Model) -> float:
    """Return the sum above which the second of two classes is predicted."""
    threshold = float(model.info.get("binclass_probability_threshold", 0.5))
    return -math.log(1.0 / threshold - 1.0)


EXPORTERS: dict[str, Exporter] = {
    "catboost.CatBoostClassifier": classifier,
    **{f"catboost.{name}": regressor for name in ("CatBoost", "CatBoostRanker", "CatBoostRegressor")},
}

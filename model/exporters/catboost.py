"""CatBoost's models, read from the JSON that CatBoost saves them in; counts of categories from its own format."""

from __future__ import annotations

import json
import math
import tempfile
from pathlib import Path
from typing import Any

from . import Exporter, Unsupported, as_columns, as_rows, labels, unsupported_method
from .catboost_bins import Bins
from .catboost_file import counted
from .forest import Forest
from .forms import VALUES, Exported, Rows, Tables, chain, zip_strict
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


def saved_model(estimator: Any) -> dict[str, Any]:
    """Return a model as CatBoost's JSON.

    Raises:
        Unsupported: it has texts or embeddings, which JSON does not hold, or no trees.
    """
    for kind in ("text", "embedding"):
        if getattr(estimator, f"_get_{kind}_feature_indices", list)():
            raise Unsupported(f"{type(estimator).__name__} with {kind} features has no exporter")
    if not estimator.tree_count_:
        raise Unsupported(f"{type(estimator).__name__} without trees has no exporter")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        estimator.save_model(str(path), format="json")
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found


def sums(estimator: Any, content: dict[str, Any], rows: Rows, tables: Tables) -> Exported:
    """Export the sums of the trees, scaled and with their bias, as columns.

    Raises:
        Unsupported: a column has a type that CatBoost refuses, or parses.
    """
    bins = Bins(content, counted(estimator))
    steps = [columns(bins, rows), bins.operation(rows, tables)]
    grow = symmetric if "oblivious_trees" in content else asymmetric
    added, width = grow(content, bins, tables)
    scale, bias = content["scale_and_bias"]
    biases = bias if isinstance(bias, list) else [bias] * width
    if scale != 1 or any(biases):
        added.append(
            {"op": "scaling.stretched", "factors": [float(scale)] * width, "offsets": list(map(float, biases))}
        )
    return Exported(chain(*steps, *added), Rows(width, "columns"))


def columns(bins: Bins, rows: Rows) -> dict[str, Any]:
    """Return the operation that selects columns of numbers, in float64 at most, and then those of categories."""
    last = max([*bins.numbers, *bins.texts])
    if last >= rows.width:
        raise Unsupported(f"CatBoost of at least {last + 1} columns where {rows.width} come has no exporter")
    types = rows.types or ("double",) * rows.width
    for places, allowed, what in ((bins.numbers, NUMBERS, "numbers"), (bins.texts, CATEGORIES, "categories")):
        strange = {types[place] for place in places} - allowed
        if strange:
            raise Unsupported(f"CatBoost with {what} of type {', '.join(sorted(strange))} has no exporter")
    numbers = [{"op": "composing.columns", "indices": bins.numbers}]
    large = [index for index, place in enumerate(bins.numbers) if types[place] == "long"]
    if large:
        numbers.append({"op": "catboost.whole", "indices": large})
    if {types[place] for place in bins.numbers} - {"double", "float"}:
        numbers.append({"op": "checking.numbers", "names": [rows.named(place) for place in bins.numbers]})
    if not bins.texts:
        return chain(*as_columns(rows), *numbers)
    parts = [chain(*numbers), {"op": "composing.columns", "indices": bins.texts}]
    return chain(*as_columns(rows), {"op": "composing.columns_union", "parts": parts[not bins.numbers :]})


def symmetric(content: dict[str, Any], bins: Bins, tables: Tables) -> tuple[list[dict[str, Any]], int]:
    """Return the operation that adds up the leaves of symmetric trees, and the number of sums."""
    import numpy as np

    trees = content["oblivious_trees"]
    splits = [tree["splits"] or [] for tree in trees]
    width = len(trees[0]["leaf_values"]) >> len(splits[0])
    tests = [bins.tests[split["split_index"]] for several in splits for split in several]
    weights = [np.array(tree.get("leaf_weights") or [], "f8") for tree in trees]
    known = all(len(own) == 1 << len(several) for own, several in zip_strict(weights, splits))
    added = {
        "op": "catboost.sums",
        "depths": tables.add_as(list(map(len, splits)), "<i4"),
        "splits": tables.add_as(tests, "<i4"),
        "leaves": tables.add(np.concatenate([np.array(tree["leaf_values"], "f8") for tree in trees])),
        "columns": bins.width,
        "width": width,
        "covers": tables.add_covers(weights) if known else None,
    }
    return [added], width


def asymmetric(content: dict[str, Any], bins: Bins, tables: Tables) -> tuple[list[dict[str, Any]], int]:
    """Return the operations that add up the leaves of other trees, and the number of sums."""
    node = content["trees"][0]
    while "value" not in node:
        node = node["left"]
    width = len(node["value"]) if isinstance(node["value"], list) else 1
    forest = Forest(width)
    for tree in content["trees"]:
        add_tree(forest, tree, bins.tests)
    added = forest.operation(Rows(bins.width, "rows"), tables, [0.0] * width)
    return [{"op": "catboost.rows", "width": bins.width}, added], width


def add_tree(forest: Forest, tree: dict[str, Any], tests: list[tuple[int, int]]) -> None:
    """Add a tree of nested nodes: a bin goes right if it passes the test."""
    nodes = [tree]
    left: list[int] = []
    right: list[int] = []
    for node in nodes:  # grows meanwhile
        inner = "value" not in node
        left.append(len(nodes) if inner else -1)
        right.append(len(nodes) + 1 if inner else -1)
        nodes += [node["left"], node["right"]] if inner else []
    found = [tests[node["split"]["split_index"]] if "value" not in node else (0, 0) for node in nodes]
    empty = [0.0] * forest.width if forest.width > 1 else 0.0
    covers = [float(node.get("weight", math.nan)) for node in nodes]
    for place in reversed(range(len(nodes))):  # children come after their parents
        if left[place] > 0:
            covers[place] = covers[left[place]] + covers[right[place]]
    forest.add(
        left,
        right,
        [column for column, _ in found],
        [float(least - 1) for _, least in found],
        [node.get("value", empty) for node in nodes],
        covers=covers,
    )


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
    return as_numbers(then(sums(estimator, saved_model(estimator), rows, tables), *PREDICTED[kind]))


def classifier(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export labels or probabilities."""
    import numpy as np

    if method not in ("predict", "predict_proba"):
        raise unsupported_method(estimator, method)
    content = saved_model(estimator)
    found = sums(estimator, content, rows, tables)
    classes = labels(np.asarray(estimator.classes_))
    loss = content["model_info"]["params"]["loss_function"]["type"]
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
        least = float(np.nextafter(decision_border(content), math.inf))
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


def decision_border(content: dict[str, Any]) -> float:
    """Return the sum above which the second of two classes is predicted."""
    threshold = float(content["model_info"].get("binclass_probability_threshold", 0.5))
    return -math.log(1.0 / threshold - 1.0)


EXPORTERS: dict[str, Exporter] = {
    "catboost.CatBoostClassifier": classifier,
    **{f"catboost.{name}": regressor for name in ("CatBoost", "CatBoostRanker", "CatBoostRegressor")},
}

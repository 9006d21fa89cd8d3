"""Yggdrasil decision forests (ydf): sums and means of trees, in float32 as ydf computes."""

from __future__ import annotations

import math
from typing import Any, Callable

from . import Exporter, Unsupported, as_columns, unsupported_method
from .forest import CATEGORIES, MISSING_LEFT, Forest
from .forms import Exported, Rows, Tables, chain, side_by_side
from .trees import as_numbers

NUMBERS = {"double", "float", "integer", "long"}
TYPES = {"BOOLEAN": {"boolean"}, "CATEGORICAL": {"string"}, "NUMERICAL": NUMBERS}
"""The types of columns that have an exporter, by ydf's semantic of a feature."""

ACTIVATIONS = {"IDENTITY": [], "SIGMOID": ["xgboost_boosters.sigmoid"], "SOFTMAX": ["xgboost_boosters.softmax"]}
"""The operations that turn a booster's sums into predictions."""


class Features:
    """The columns that a model looks at.

    Args:
        model: the model; the rows have the columns that its `input_feature_names` names, in that order.
        rows: their form.

    Attributes:
        places: the column of each feature, by its number in the model.

    Raises:
        Unsupported: a feature has a semantic, or its column a type, that has no exporter.
    """

    def __init__(self, model: Any, rows: Rows) -> None:
        self._rows = rows
        self._features = model.input_features()
        self._described = model.data_spec().columns
        self.places = {feature.column_idx: place for place, feature in enumerate(self._features)}
        if rows.width != len(self._features):
            raise Unsupported(f"ydf of {len(self._features)} columns where {rows.width} come has no exporter")
        types = rows.types or ("double",) * rows.width
        for feature, kind in zip(self._features, types):
            if kind not in TYPES.get(feature.semantic.name, ()):
                raise Unsupported(f"ydf with {feature.semantic.name} features of type {kind} has no exporter")
            if self._described[feature.column_idx].categorical.is_already_integerized:
                raise Unsupported("ydf with categories that are whole numbers has no exporter")

    def operation(self, tables: Tables) -> dict[str, Any]:
        """Return the operation from the columns to rows of float32: categories by number, NaN for missing values."""
        types = self._rows.types or ("double",) * self._rows.width
        whole = [place for place, kind in enumerate(types) if kind == "long"]
        steps = [*as_columns(self._rows)]
        steps += [{"op": "catboost.whole", "indices": whole}] if whole else []
        parts: list[dict[str, Any]] = []
        for place, feature in enumerate(self._features):
            column = {"op": "composing.columns", "indices": [place]}
            if feature.semantic.name == "CATEGORICAL":
                parts.append(chain(column, self._numbered(place, tables)))
            elif types[place] in ("double", "float"):
                parts.append(column)
            else:
                parts.append(chain(column, {"op": "checking.numbers", "names": [self._rows.named(place)]}))
        joined = side_by_side(parts, len(types))
        return chain(*steps, joined, {"op": "trees.float32"}, {"op": "composing.transposed"})

    def tested(self) -> Rows:
        """Return the form of the rows that trees test, with the origin of numbers."""
        origins = self._rows.origins or (None,) * self._rows.width
        kept = [
            origin if feature.semantic.name == "NUMERICAL" else None for origin, feature in zip(origins, self._features)
        ]
        return Rows(self._rows.width, origins=tuple(kept))

    def _numbered(self, place: int, tables: Tables) -> dict[str, Any]:
        """Return the operation that numbers categories: zero for unknown ones, NaN for missing and empty ones."""
        items = self._described[self._features[place].column_idx].categorical.items
        known = {category: item.index for category, item in items.items() if item.index and category}
        tables.hint(self._rows, place, [*known, "", f"{next(iter(known), '')} "])
        column = {
            "values": [*known, "", None],
            "codes": [*known.values(), *[len(items)] * 2],
            "nan": len(items),
            "unseen": 0,
            "finite": False,
            "name": self._rows.named(place),
            "outcomes": [tables.add([*map(float, range(len(items))), math.nan])],
        }
        return {"op": "encoding.looked_up", "columns": [column]}

    def test(self, forest: Forest, condition: Any) -> tuple[int, float, int, bool]:
        """Return the column that a condition tests, its threshold, its flags, and whether a positive result goes left.

        Raises:
            Unsupported: the condition has no exporter.
        """
        kind = type(condition).__name__
        if kind not in _CONDITIONS:
            raise Unsupported(f"ydf with a {kind} has no exporter")
        column = self.places[condition.attribute]
        threshold, left = _CONDITIONS[kind](forest, column, condition)
        return column, threshold, MISSING_LEFT * (condition.missing == left), left


def _higher(_forest: Forest, _column: int, condition: Any) -> tuple[float, bool]:
    import numpy as np

    return float(np.nextafter(float(np.float32(condition.threshold)), -math.inf)), False


def _chosen(forest: Forest, column: int, condition: Any) -> tuple[float, bool]:
    return forest.categories(column, set(condition.mask), MISSING_LEFT * condition.missing), True


_CONDITIONS: dict[str, Callable[[Forest, int, Any], tuple[float, bool]]] = {
    "CategoricalIsInCondition": _chosen,
    "IsTrueCondition": lambda _forest, _column, _condition: (0.5, False),
    "NumericalHigherThanCondition": _higher,
}
"""The greatest number that goes left, or a set of categories, and whether a positive result goes left."""


def add_tree(forest: Forest, tree: Any, features: Features, leaf: Callable[[Any], Any], output: int) -> None:
    """Add a tree, given the numbers of each leaf's value."""
    nodes = [tree.root]
    left: list[int] = []
    right: list[int] = []
    tests: list[tuple[int, float, int]] = []
    for node in nodes:  # grows meanwhile
        if node.is_leaf:
            left.append(-1)
            right.append(-1)
            tests.append((0, 0.0, 0))
            continue
        column, threshold, flags, positive_left = features.test(forest, node.condition)
        tests.append((column, threshold, flags | CATEGORIES * positive_left))
        left.append(len(nodes))
        right.append(len(nodes) + 1)
        nodes += [node.pos_child, node.neg_child] if positive_left else [node.neg_child, node.pos_child]
    columns, thresholds, all_flags = zip(*tests)
    empty = [0.0] * forest.width
    values = [leaf(node.value) if node.is_leaf else empty for node in nodes]
    covers = [float(node.value.num_examples) for node in nodes]
    forest.add(left, right, columns, thresholds, values, list(all_flags), output, covers)


def summed(model: Any, leaf: Callable[[Any], Any], start: list[float], rows: Rows, tables: Tables) -> Exported:
    """Export the sums of the leaves: tree by tree into `start`, one of its columns or all of them."""
    features = Features(model, rows)
    trees = model.get_all_trees()
    several = len(leaf(_leaf(trees[0].root)))
    forest = Forest(several)
    for number, tree in enumerate(trees):
        add_tree(forest, tree, features, leaf, number % len(start) if several == 1 else 0)
    added = forest.operation(features.tested(), tables, start, float32=True)
    return Exported(chain(features.operation(tables), added), Rows(len(start), "columns"))


def _leaf(node: Any) -> Any:
    while not node.is_leaf:
        node = node.pos_child
    return node.value


def boosted(model: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the predictions of gradient boosted trees."""
    if method != "predict":
        raise unsupported_method(model, method)
    logits = model.task().name == "CLASSIFICATION" and model.output_logits()
    activation = "IDENTITY" if logits else model.activation().name
    if activation not in ACTIVATIONS:
        raise Unsupported(f"ydf with the activation {activation} has no exporter")
    start = [float(value) for value in model.initial_predictions()]
    found = summed(model, lambda value: [value.value], start, rows, tables)
    steps = [{"op": name} for name in ACTIVATIONS[activation]]
    return as_numbers(Exported(chain(found.operation, *steps), found.rows))


def random_forest(model: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the predictions of random forests, and of the single tree of CART: means, or shares of votes."""
    import numpy as np

    if method != "predict":
        raise unsupported_method(model, method)
    count, task = np.float32(model.num_trees()), model.task().name
    if task == "REGRESSION":
        return as_numbers(summed(model, lambda value: [np.float32(value.value) / count], [0.0], rows, tables))
    if task != "CLASSIFICATION":
        raise Unsupported(f"ydf with the task {task} has no exporter")
    width, votes = len(model.label_classes()), model.winner_takes_all()

    def shares(value: Any) -> Any:
        found = np.asarray(value.probability, "f4")
        return (np.eye(width, dtype="f4")[found.argmax()] if votes else found) / count

    found = summed(model, shares, [0.0] * width, rows, tables)
    steps = [{"op": "scaling.clipped", "low": 0.0, "high": 1.0}]
    if width == 2:  # noqa: PLR2004 - only the second class
        return as_numbers(
            Exported(chain(found.operation, *steps, {"op": "composing.columns", "indices": [1]}), Rows(1, "columns"))
        )
    return Exported(chain(found.operation, *steps), found.rows)


EXPORTERS: dict[str, Exporter] = {
    "ydf.GradientBoostedTreesModel": boosted,
    "ydf.RandomForestModel": random_forest,
}

"""LightGBM's boosters, by themselves or in its scikit-learn interface.

The trees are read from the text that `Booster.save_model` writes: it holds the iterations that are predicted with,
and every number in as many digits as it has.
"""

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from . import VALUES, Exported, Exporter, Rows, Tables, Unsupported, as_columns, as_rows, chain, labels, unknown
from .forest import MISSING_LEFT, ZERO_MISSING, Forest

CATEGORICAL, DEFAULT_LEFT = 1, 2
"""Bits of a node's decision type; the next two are what is missing."""

NONE, ZERO, NAN = 0, 1, 2
"""What is missing to a node: nothing (NaN is zero), zero and NaN, NaN."""

NEARLY_ZERO = 1.0000000180025095e-35
"""What is not greater than this (1e-35 in float32), of either sign, is zero to LightGBM."""

SUMS = {
    "custom": [],
    "fair": [],
    "huber": [],
    "lambdarank": [],
    "mape": [],
    "quantile": [],
    "rank_xendcg": [],
    "regression": [],
    "regression_l1": [],
    "cross_entropy_lambda": [{"op": "lightgbm.softplus"}],
    "gamma": [{"op": "lightgbm.exponentials"}],
    "multiclass": [{"op": "lightgbm.softmax"}],
    "poisson": [{"op": "lightgbm.exponentials"}],
    "tweedie": [{"op": "lightgbm.exponentials"}],
}
"""What an objective makes of the trees' sums."""

LOGISTIC = ("binary", "cross_entropy", "multiclassova")
"""The objectives that make probabilities of them, one by one; `sigmoid` steepens the curve."""


class Trained(NamedTuple):
    """What the text of a booster says.

    Attributes:
        about: its head, by name.
        trees: each tree's fields, by name.
        outputs: how many numbers it gives for a row.
        objective: its name; `custom` where there is none.
        options: the objective's own, by name.
    """

    about: dict[str, str]
    trees: list[dict[str, str]]
    outputs: int
    objective: str
    options: dict[str, str]


def read(booster: Any) -> Trained:
    """Take a booster's text apart."""
    text = booster.model_to_string().partition("\nend of trees")[0]
    about, *trees = [
        {name: value for name, _, value in (line.partition("=") for line in part.splitlines())}
        for part in text.split("\nTree=")
    ]
    objective, *options = about.get("objective", "custom").split()
    return Trained(
        about,
        trees,
        int(about["num_tree_per_iteration"]),
        objective,
        {name: value for name, _, value in (word.partition(":") for word in options)},
    )


def raw(booster: Any, trained: Trained, rows: Rows, tables: Tables) -> dict[str, Any]:
    """The sums of the trees' leaves: columns.

    Raises:
        Unsupported: trees, columns or an option that have no exporter.
    """
    if booster.pandas_categorical:
        raise Unsupported("LightGBM trained on pandas' category columns, which MLflow cannot pass on, has no exporter")
    if any(tree.get("is_linear", "0") != "0" for tree in trained.trees):
        raise Unsupported("LightGBM with linear_tree=True has no exporter")
    if booster.num_feature() != rows.width:
        raise Unsupported(f"LightGBM trained on {booster.num_feature()} columns refuses {rows.width}")
    if texts := set(rows.types) - {"boolean", "integer", "long", "float", "double"}:
        raise Unsupported(f"LightGBM refuses columns of type {', '.join(sorted(texts))}")
    forest, chosen = Forest(), set[int]()
    for index, tree in enumerate(trained.trees):
        forest.tree(index % trained.outputs)
        for feature, categories in grown(forest, tree):
            chosen.add(feature)
            tables.hint(rows, feature, categories)
    steps = as_columns(rows)
    if set(rows.types) - {"double", "float"}:
        steps.append({"op": "checking.numbers", "names": [rows.named(index) for index in range(rows.width)]})
    if chosen:
        steps.append({"op": "lightgbm.whole", "indices": sorted(chosen)})
    sums = forest.operation(rows, tables, [0.0] * trained.outputs)
    return chain(*steps, *as_rows(Rows(rows.width, "columns")), sums)


def grown(forest: Forest, tree: dict[str, str]) -> Iterator[tuple[int, list[int]]]:
    """Add a tree's nodes to the forest; gives the column of each node that looks for categories, and those."""
    part = {name: value.split() for name, value in tree.items()}
    leaves = list(map(float, part["leaf_value"]))
    pending: list[tuple[int, int | None]] = [(0 if len(leaves) > 1 else ~0, None)]
    while pending:
        child, parent = pending.pop()
        if parent is not None:
            forest.right(parent)
        if child < 0:
            forest.leaf(leaves[~child])
            continue
        feature, kind, threshold = (part[name][child] for name in ("split_feature", "decision_type", "threshold"))
        if int(kind) & CATEGORICAL:
            start, end = map(int, part["cat_boundaries"][int(threshold) :][:2])
            left = members(list(map(int, part["cat_threshold"][start:end])))
            node = forest.chosen(int(feature), set(left))
            yield int(feature), left
        else:
            node = numeric(forest, int(feature), int(kind), float(threshold))
        pending += [(int(part["right_child"][child]), node), (int(part["left_child"][child]), None)]


def numeric(forest: Forest, feature: int, kind: int, threshold: float) -> int:
    """Add a node that compares a number."""
    missing = kind >> 2 & 3
    left = kind & DEFAULT_LEFT if missing else threshold >= 0
    if abs(threshold) <= NEARLY_ZERO:  # on one side of it lies all that is zero
        threshold = NEARLY_ZERO if threshold >= 0 else math.nextafter(-NEARLY_ZERO, -math.inf)
    return forest.split(feature, threshold, (MISSING_LEFT if left else 0) | (ZERO_MISSING if missing == ZERO else 0))


def members(words: list[int]) -> list[int]:
    """The numbers in a set of bits, given as words of 32."""
    return [32 * place + bit for place, word in enumerate(words) for bit in range(32) if word >> bit & 1]


def scores(booster: Any, rows: Rows, tables: Tables, *, converted: bool = True) -> Exported:
    """What `Booster.predict` gives, as columns: the sums, or what the objective makes of them."""
    trained = read(booster)
    steps = [raw(booster, trained, rows, tables)]
    if converted:
        steps += conversion(trained)
    return Exported(chain(*steps), Rows(trained.outputs, "columns"))


def conversion(trained: Trained) -> list[dict[str, Any]]:
    """The operations that make of sums what the objective predicts."""
    steps: list[dict[str, Any]] = []
    if "average_output" in trained.about:
        steps.append({"op": "lightgbm.shares", "count": len(trained.trees) // trained.outputs})
    if trained.objective in LOGISTIC:
        return [*steps, {"op": "lightgbm.logistic", "slope": float(trained.options.get("sigmoid", 1.0))}]
    if trained.objective not in SUMS:
        raise Unsupported(f"LightGBM with objective={trained.objective!r} has no exporter")
    if "sqrt" in trained.options:
        steps.append({"op": "lightgbm.squares"})
    return [*steps, *SUMS[trained.objective]]


def formed(columns: Exported) -> Exported:
    """One number a row by itself, several as a row."""
    operation, rows = columns
    if rows.width == 1:
        return Exported(chain(operation, {"op": "composing.column", "index": 0}), VALUES)
    return Exported(chain(operation, *as_rows(rows)), Rows(rows.width))


def booster(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Numbers, one for each row or for each class."""
    if method != "predict":
        raise unknown(estimator, method)
    return formed(scores(estimator, rows, tables))


def regressor(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """The same in the interface of scikit-learn (LGBMRegressor, LGBMRanker)."""
    if method != "predict":
        raise unknown(estimator, method)
    return formed(scores(fitted(estimator), rows, tables))


def classifier(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Labels or probabilities; sums where the objective is the user's own."""
    if method == "decision_function" and hasattr(estimator, method):
        return formed(scores(fitted(estimator), rows, tables, converted=False))
    if method not in ("predict", "predict_proba"):
        raise unknown(estimator, method)
    found = scores(fitted(estimator), rows, tables)
    if callable(estimator.objective_):
        return formed(found)
    count, classes = found.rows.width, labels(estimator.classes_)
    if max(count, 2) != max(len(classes), 2):
        raise Unsupported(f"LGBMClassifier with {count} sums for {len(classes)} classes has no exporter")
    if method == "predict_proba":
        steps = [found.operation, *([{"op": "lightgbm.opposed"}] if count == 1 else [])]
        return formed(Exported(chain(*steps), Rows(max(count, 2), "columns")))
    if count == 1:
        return Exported(chain(found.operation, {"op": "lightgbm.likelier", "classes": classes}), VALUES)
    return Exported(chain(found.operation, *as_rows(found.rows), {"op": "linear.highest", "classes": classes}), VALUES)


def fitted(estimator: Any) -> Any:
    """The booster of an estimator, if that predicts with nothing but its trees.

    Raises:
        Unsupported: it stops predicting early.
    """
    if estimator.get_params().get("pred_early_stop"):
        raise Unsupported(f"{type(estimator).__name__} with pred_early_stop has no exporter")
    return estimator.booster_


EXPORTERS: dict[str, Exporter] = {
    "lightgbm.Booster": booster,
    "lightgbm.LGBMClassifier": classifier,
    "lightgbm.LGBMModel": regressor,
    "lightgbm.LGBMRanker": regressor,
    "lightgbm.LGBMRegressor": regressor,
}

"""LightGBM's boosters, bare or in its scikit-learn interface.

The trees are parsed from the text that `Booster.save_model` writes: it holds the iterations used for prediction, and
every number with all of its digits.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from . import Exporter, Unsupported, as_columns, as_rows, labels, unsupported_method
from .forest import CATEGORIES, MISSING_LEFT, MISSING_ZERO, ZERO_MISSING, Forest
from .forms import VALUES, Exported, Rows, Tables, chain, zip_strict
from .lightgbm_linear import is_linear, linear_sums, numbered
from .trees import as_numbers, number_columns
from .versions import version

CATEGORICAL, DEFAULT_LEFT = 1, 2
"""Bits of a node's decision type; the next two say which values are missing."""

MISSING = [MISSING_ZERO, ZERO_MISSING, 0]
"""The flag for each kind of missing value: none, so that NaN is zero; zero and NaN; NaN."""

NEARLY_ZERO = 1.0000000180025095e-35
"""LightGBM treats numbers up to this size (1e-35 in float32) as zero."""

NUMERIC = {"boolean", "integer", "long", "float", "double"}
"""The types of columns that LightGBM accepts."""

LINKS = {
    "binary": ["logistic"],
    "cross_entropy": ["logistic"],
    "cross_entropy_lambda": ["softplus"],
    "custom": [],
    "fair": [],
    "gamma": ["exponentials"],
    "huber": [],
    "lambdarank": [],
    "mape": [],
    "multiclass": ["softmax"],
    "multiclassova": ["logistic"],
    "poisson": ["exponentials"],
    "quantile": [],
    "rank_xendcg": [],
    "regression": [],
    "regression_l1": [],
    "tweedie": ["exponentials"],
}
"""The operations that each objective applies to the trees' sums."""


class Trained(NamedTuple):
    """A parsed booster.

    Attributes:
        trees: each tree's fields, by name.
        outputs: the number of outputs for a row.
        average: whether outputs are averages of the trees instead of sums.
        objective: the objective's name; `custom` if there is none.
        options: the objective's options, by name.
    """

    trees: list[dict[str, list[str]]]
    outputs: int
    average: bool
    objective: str
    options: dict[str, str]


def parse_model(booster: Any) -> Trained:
    """Parse a booster's text."""
    text = booster.model_to_string().partition("\nend of trees")[0]
    head, *trees = [
        {name: value for name, _, value in (line.partition("=") for line in part.splitlines())}
        for part in text.split("\nTree=")
    ]
    objective, *options = head.get("objective", "custom").split()
    return Trained(
        [{name: value.split() for name, value in tree.items()} for tree in trees],
        int(head["num_tree_per_iteration"]),
        "average_output" in head,
        objective,
        {name: value for name, _, value in (word.partition(":") for word in options)},
    )


def refuse_unsupported(booster: Any, trained: Trained, rows: Rows) -> None:
    """Refuse trees, columns and options that have no exporter.

    Raises:
        Unsupported: names it.
    """
    if booster.pandas_categorical:
        raise Unsupported("LightGBM trained on pandas' category columns, which MLflow cannot pass on, has no exporter")
    if trained.objective not in LINKS:
        raise Unsupported(f"LightGBM with objective={trained.objective!r} has no exporter")
    if booster.num_feature() != rows.width:
        raise Unsupported(f"LightGBM trained on {booster.num_feature()} columns refuses {rows.width}")
    other = set(rows.types) - NUMERIC
    if other:
        raise Unsupported(f"LightGBM refuses columns of type {', '.join(sorted(other))}")


def sums(trained: Trained, rows: Rows, tables: Tables) -> dict[str, Any]:
    """Return the operation that adds up the trees' leaves, as columns."""
    if any(map(is_linear, trained.trees)):
        apart = trained._replace(trees=list(map(numbered, trained.trees)), outputs=len(trained.trees))
        return linear_sums(_sums(apart, rows, tables), trained.trees, trained.outputs, rows, tables)
    return _sums(trained, rows, tables)


def _sums(trained: Trained, rows: Rows, tables: Tables) -> dict[str, Any]:
    used, chosen = looked_at(trained)
    forest = Forest()
    for index, tree in enumerate(trained.trees):
        grow(forest, tree, used, index % trained.outputs)
    form, pick = ("rows", "lightgbm.picked") if rows.sparse else ("columns", "composing.columns")
    steps = [*([] if rows.sparse else as_columns(rows)), {"op": pick, "indices": used}]
    checks, given = number_columns(rows.pick(used, form))
    if chosen:
        checks.append({"op": "lightgbm.whole", "indices": list(map(used.index, chosen))})
    return chain(*steps, *checks, *as_rows(given), forest.operation(given, tables, [0.0] * trained.outputs))


def looked_at(trained: Trained) -> tuple[list[int], list[int]]:
    """Return the columns that nodes test, at least one, and those that hold categories."""
    kinds = {
        (int(feature), int(kind) & CATEGORICAL)
        for tree in trained.trees
        for feature, kind in zip_strict(tree.get("split_feature", []), tree.get("decision_type", []))
    }
    return sorted({feature for feature, _ in kinds}) or [0], sorted(feature for feature, kind in kinds if kind)


def grow(forest: Forest, tree: dict[str, list[str]], used: list[int], output: int) -> None:
    """Add a tree to the forest: its inner nodes in their order, then its leaves.

    Args:
        forest: receives the tree.
        tree: the tree's fields.
        used: the columns of the input, ascending.
        output: the tree's output column.
    """
    import numpy as np

    values = np.array(tree["leaf_value"], "f8")
    inner = len(values) - 1
    if not inner:
        forest.add([0], [0], [0], [0.0], values, output=output, covers=[1.0])
        return
    left, right, feature, kind = (
        np.array(tree[name], "i4") for name in ("left_child", "right_child", "split_feature", "decision_type")
    )
    threshold = np.array(tree["threshold"], "f8")
    compared = kind & CATEGORICAL == 0
    flags = np.where(kind & DEFAULT_LEFT, MISSING_LEFT, 0) | np.array(MISSING)[kind >> 2 & 3]
    flags = np.where(compared, flags, CATEGORIES)
    zero = compared & (abs(threshold) <= NEARLY_ZERO)  # everything that counts as zero goes to one side
    threshold = np.where(zero, np.where(threshold < 0, np.nextafter(-NEARLY_ZERO, -1.0), NEARLY_ZERO), threshold)
    for node in np.flatnonzero(~compared):
        start, end = map(int, tree["cat_boundaries"][int(threshold[node]) :][:2])
        threshold[node] = forest.categories(used.index(feature[node]), members(tree["cat_threshold"][start:end]))
    leaves = np.zeros(inner + 1, "i4")
    forest.add(
        np.append(np.where(left < 0, inner + ~left, left), leaves),
        np.append(np.where(right < 0, inner + ~right, right), leaves),
        np.append(np.searchsorted(used, feature), leaves),
        np.append(threshold, leaves),
        np.append(np.zeros(inner), values),
        np.append(flags, leaves),
        output,
        np.array(tree.get("internal_count", []) + tree.get("leaf_count", []), "f8"),
    )


def members(words: list[str]) -> set[int]:
    """Return the members of a bitset of 32-bit words."""
    return {32 * place + bit for place, word in enumerate(map(int, words)) for bit in range(32) if word >> bit & 1}


def scores(booster: Any, rows: Rows, tables: Tables, *, raw: bool = False) -> Exported:
    """Export `Booster.predict`, or the raw sums, as columns."""
    trained = parse_model(booster)
    refuse_unsupported(booster, trained, rows)
    steps = [sums(trained, rows, tables)]
    if trained.average and not raw:
        steps.append({"op": "trees.divided", "by": len(trained.trees) / trained.outputs})
    if "sqrt" in trained.options and not raw:
        steps.append({"op": "lightgbm.squares"})
    for link in LINKS[trained.objective] if not raw else []:
        options: dict[str, Any] = {}
        if link == "logistic":
            options["slope"] = float(trained.options.get("sigmoid", 1.0))
        if link == "softplus":
            options["exact"] = version("lightgbm") >= (3, 3)
        steps.append({"op": f"lightgbm.{link}", **options})
    return Exported(chain(*steps), Rows(trained.outputs, "columns"))


def booster(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export a booster: one number for each row, or one for each class."""
    if method != "predict":
        raise unsupported_method(estimator, method)
    return as_numbers(scores(estimator, rows, tables))


def regressor(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export LGBMRegressor, LGBMRanker or LGBMModel."""
    if method != "predict":
        raise unsupported_method(estimator, method)
    return as_numbers(scores(fitted(estimator), rows, tables))


def classifier(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export LGBMClassifier: labels or probabilities, raw sums for a custom objective."""
    if method == "decision_function" and hasattr(estimator, method):
        return as_numbers(scores(fitted(estimator), rows, tables, raw=True))
    if method not in ("predict", "predict_proba"):
        raise unsupported_method(estimator, method)
    found = scores(fitted(estimator), rows, tables)
    if callable(estimator.objective_):
        return as_numbers(found)
    count, classes = found.rows.width, labels(estimator.classes_)
    if max(count, 2) != max(len(classes), 2):
        raise Unsupported(f"LGBMClassifier with {count} sums for {len(classes)} classes has no exporter")
    if method == "predict" and count == 1:
        return Exported(chain(found.operation, {"op": "lightgbm.likelier", "classes": classes}), VALUES)
    if method == "predict":
        steps = [found.operation, *as_rows(found.rows), {"op": "linear.highest", "classes": classes}]
        return Exported(chain(*steps), VALUES)
    if count == 1:
        found = Exported(chain(found.operation, {"op": "lightgbm.opposed"}), Rows(2, "columns"))
    return as_numbers(found)


def fitted(estimator: Any) -> Any:
    """Return the booster of an estimator.

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

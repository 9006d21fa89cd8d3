"""LightGBM's boosters, by themselves or in its scikit-learn interface.

The trees are read from the text that `Booster.save_model` writes: it holds the iterations that are predicted with,
and every number in as many digits as it has.
"""

from typing import Any, NamedTuple

from . import VALUES, Exported, Exporter, Rows, Tables, Unsupported, as_columns, as_rows, chain, labels, unknown
from .forest import CATEGORIES, MISSING_LEFT, MISSING_ZERO, ZERO_MISSING, Forest
from .trees import numbered, numeric

CATEGORICAL, DEFAULT_LEFT = 1, 2
"""Bits of a node's decision type; the next two say what is missing."""

MISSING = [MISSING_ZERO, ZERO_MISSING, 0]
"""What is missing to a node: nothing, so that NaN is zero; zero and NaN; NaN."""

NEARLY_ZERO = 1.0000000180025095e-35
"""What is not greater than this (1e-35 in float32), of either sign, is zero to LightGBM."""

NUMERIC = {"boolean", "integer", "long", "float", "double"}
"""The types of columns it takes."""

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
"""What an objective makes of the trees' sums."""


class Trained(NamedTuple):
    """What the text of a booster says.

    Attributes:
        trees: each tree's fields, by name.
        outputs: how many numbers it gives for a row.
        average: whether they are the trees' average instead of their sum.
        objective: its name; `custom` where there is none.
        options: the objective's own, by name.
    """

    trees: list[dict[str, list[str]]]
    outputs: int
    average: bool
    objective: str
    options: dict[str, str]


def read(booster: Any) -> Trained:
    """Take a booster's text apart."""
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


def check(booster: Any, trained: Trained, rows: Rows) -> None:
    """Refuse trees, columns and options that have no exporter.

    Raises:
        Unsupported: names them.
    """
    if booster.pandas_categorical:
        raise Unsupported("LightGBM trained on pandas' category columns, which MLflow cannot pass on, has no exporter")
    if any(tree.get("is_linear", ["0"]) != ["0"] for tree in trained.trees):
        raise Unsupported("LightGBM with linear_tree=True has no exporter")
    if trained.objective not in LINKS:
        raise Unsupported(f"LightGBM with objective={trained.objective!r} has no exporter")
    if booster.num_feature() != rows.width:
        raise Unsupported(f"LightGBM trained on {booster.num_feature()} columns refuses {rows.width}")
    if other := set(rows.types) - NUMERIC:
        raise Unsupported(f"LightGBM refuses columns of type {', '.join(sorted(other))}")


def sums(trained: Trained, rows: Rows, tables: Tables) -> dict[str, Any]:
    """The operation that adds up the trees' leaves: columns."""
    used, chosen = looked_at(trained)
    forest = Forest()
    for index, tree in enumerate(trained.trees):
        grow(forest, tree, used, index % trained.outputs)
    form, pick = ("rows", "lightgbm.picked") if rows.sparse else ("columns", "composing.columns")
    steps = [*([] if rows.sparse else as_columns(rows)), {"op": pick, "indices": used}]
    checks, given = numeric(rows.pick(used, form))
    if chosen:
        checks.append({"op": "lightgbm.whole", "indices": list(map(used.index, chosen))})
    return chain(*steps, *checks, *as_rows(given), forest.operation(given, tables, [0.0] * trained.outputs))


def looked_at(trained: Trained) -> tuple[list[int], list[int]]:
    """The columns that nodes look at, at least one, and those that hold categories."""
    kinds = {
        (int(feature), int(kind) & CATEGORICAL)
        for tree in trained.trees
        for feature, kind in zip(tree.get("split_feature", []), tree.get("decision_type", []), strict=True)
    }
    return sorted({feature for feature, _ in kinds}) or [0], sorted(feature for feature, kind in kinds if kind)


def grow(forest: Forest, tree: dict[str, list[str]], used: list[int], output: int) -> None:
    """Add a tree to the forest: its inner nodes in their order, then its leaves.

    Args:
        forest: what it is added to.
        tree: the fields of its text.
        used: the columns that there are, in ascending order.
        output: the column that its leaves add to.
    """
    import numpy as np

    values = np.array(tree["leaf_value"], "f8")
    inner = len(values) - 1
    if not inner:
        forest.add([0], [0], [0], [0.0], values, output=output)
        return
    left, right, feature, kind = (
        np.array(tree[name], "i4") for name in ("left_child", "right_child", "split_feature", "decision_type")
    )
    threshold = np.array(tree["threshold"], "f8")
    compared = kind & CATEGORICAL == 0
    flags = np.where(kind & DEFAULT_LEFT, MISSING_LEFT, 0) | np.array(MISSING)[kind >> 2 & 3]
    flags = np.where(compared, flags, CATEGORIES)
    zero = compared & (abs(threshold) <= NEARLY_ZERO)  # all that is zero lies on one side
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
    )


def members(words: list[str]) -> set[int]:
    """The numbers in a set of bits, given as words of 32."""
    return {32 * place + bit for place, word in enumerate(map(int, words)) for bit in range(32) if word >> bit & 1}


def scores(booster: Any, rows: Rows, tables: Tables, *, raw: bool = False) -> Exported:
    """What `Booster.predict` gives, as columns: what the objective makes of the trees' sums, or these themselves."""
    trained = read(booster)
    check(booster, trained, rows)
    steps = [sums(trained, rows, tables)]
    if trained.average and not raw:
        steps.append({"op": "trees.divided", "by": len(trained.trees) / trained.outputs})
    if "sqrt" in trained.options and not raw:
        steps.append({"op": "lightgbm.squares"})
    for link in LINKS[trained.objective] if not raw else []:
        slope = {"slope": float(trained.options.get("sigmoid", 1.0))} if link == "logistic" else {}
        steps.append({"op": f"lightgbm.{link}", **slope})
    return Exported(chain(*steps), Rows(trained.outputs, "columns"))


def booster(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Numbers, one for each row or one for each class."""
    if method != "predict":
        raise unknown(estimator, method)
    return numbered(scores(estimator, rows, tables))


def regressor(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """The same in scikit-learn's interface (LGBMRegressor, LGBMRanker)."""
    if method != "predict":
        raise unknown(estimator, method)
    return numbered(scores(fitted(estimator), rows, tables))


def classifier(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Labels or probabilities; sums where the objective is the user's own."""
    if method == "decision_function" and hasattr(estimator, method):
        return numbered(scores(fitted(estimator), rows, tables, raw=True))
    if method not in ("predict", "predict_proba"):
        raise unknown(estimator, method)
    found = scores(fitted(estimator), rows, tables)
    if callable(estimator.objective_):
        return numbered(found)
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
    return numbered(found)


def fitted(estimator: Any) -> Any:
    """The booster of an estimator that predicts with all of its trees.

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

"""Trees and forests (sklearn.tree, sklearn.ensemble): means of leaves."""

from __future__ import annotations

import math
import warnings
from typing import Any

from . import Exporter, Unsupported, as_columns, as_rows, checked_columns, labels, unsupported_method
from .forest import MISSING_LEFT, Forest
from .forms import VALUES, Exported, Rows, Tables, chain, zip_strict

DENSE = 1_000_000
"""The number of values of sparse rows to convert to dense rows at once, 8 bytes each."""


def number_columns(rows: Rows) -> tuple[list[dict[str, Any]], Rows]:
    """Return the operations that convert a batch to columns of numbers, without checks, and their form."""
    names = [rows.named(index) for index in range(rows.width)]
    steps = as_columns(rows)
    if set(rows.types) - {"double", "float"}:
        steps.append({"op": "checking.numbers", "names": names})
    return steps, Rows(rows.width, "columns", ("float",) * rows.width if rows.float32 else (), rows.origins)


def accepts(estimator: Any, value: float, width: int, method: str = "predict") -> bool:
    """Return whether an estimator accepts a missing or infinite value, which depends on version and options."""
    import numpy as np

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            getattr(estimator, method)(np.full((1, width), value))
        except ValueError:
            return False
    return True


def add_tree(
    forest: Forest, tree: Any, values: Any, *, missing: bool = False, columns: Any = None, output: int = 0
) -> None:
    """Add a tree of sklearn.tree.

    Args:
        forest: receives the tree.
        tree: the estimator's `tree_`.
        values: numbers for each node.
        missing: whether missing values go where the tree learnt; otherwise they go right.
        columns: the columns that the tree was fitted to, if not all.
        output: the tree's first output column.
    """
    import numpy as np

    nodes = tree.__getstate__()["nodes"]
    features = tree.feature if columns is None else np.asarray(columns)[np.maximum(tree.feature, 0)]  # leaves have -2
    flags = nodes["missing_go_to_left"] * MISSING_LEFT if missing else 0
    covers = tree.weighted_n_node_samples
    forest.add(tree.children_left, tree.children_right, features, tree.threshold, values, flags, output, covers)


def sum_of_leaves(
    forest: Forest,
    rows: Rows,
    tables: Tables,
    base: list[float] | dict[str, Any],
    *,
    missing: bool = False,
    infinite: bool = False,
) -> dict[str, Any]:
    """Return the operation that adds up leaves, from a batch in any form to columns.

    Args:
        forest: the trees.
        rows: the form of the batch.
        tables: receives the numbers.
        base: the start value of each column, or an operation from rows to start columns.
        missing: whether missing values are accepted.
        infinite: whether infinite values are accepted, and numbers that overflow float32.
    """
    summed = forest.operation(rows, tables, base)
    if rows.sparse:
        written = chain(*as_rows(rows), summed)
        blocks = {"op": "trees.blocks", "inner": written, "size": max(1, DENSE // rows.width)}
        return chain({"op": "trees.sparse_float32"}, blocks)
    steps = number_columns(rows)[0] if infinite else checked_columns(rows, missing=missing, float32=True)
    return chain(*steps, {"op": "trees.float32"}, {"op": "composing.transposed"}, summed)


def shares(estimator: Any) -> Any:
    """Return the share of each class in each node; in older versions of scikit-learn, nodes hold counts."""
    import numpy as np

    values = estimator.tree_.value[:, 0, : estimator.n_classes_]
    sums = values.sum(axis=1, keepdims=True)
    return values if np.allclose(sums, 1.0) else values / np.where(sums == 0.0, 1.0, sums)


def mean(estimator: Any, rows: Rows, tables: Tables) -> Exported:
    """Export the leaf values of a tree, or their mean over the trees of a forest."""
    from sklearn.base import is_classifier

    trees = getattr(estimator, "estimators_", None)
    classes = is_classifier(estimator)  # before 0.24, regressors have `classes_`, too
    if classes and estimator.n_outputs_ > 1:
        raise Unsupported(f"{type(estimator).__name__} of several outputs has no exporter")
    width = int(estimator.n_classes_) if classes else estimator.n_outputs_
    missing = accepts(estimator, math.nan, rows.width)
    forest = Forest(width)
    for tree in trees or [estimator]:
        add_tree(forest, tree.tree_, shares(tree) if classes else tree.tree_.value[:, :, 0], missing=missing)
    operation = sum_of_leaves(forest, rows, tables, [0.0] * width, missing=missing)
    if trees is not None:
        operation = chain(operation, {"op": "trees.divided", "by": float(len(trees))})
    return Exported(operation, Rows(width, "columns"))


def regressor(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export predictions, one or several for each row."""
    if method != "predict":
        raise unsupported_method(estimator, method)
    return as_numbers(mean(estimator, rows, tables))


def classifier(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export probabilities, the shares of classes, or labels."""
    return as_classes(estimator, method, mean(estimator, rows, tables))


def embedding(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export a one-hot encoding of the leaf in each tree (RandomTreesEmbedding)."""
    import numpy as np

    if method != "transform":
        raise unsupported_method(estimator, method)
    missing = accepts(estimator, math.nan, rows.width, "apply")
    forest = Forest()
    width = 0
    leaves = estimator.one_hot_encoder_.categories_
    for output, (tree, known) in enumerate(zip_strict(estimator.estimators_, leaves)):
        places = width + np.searchsorted(known, np.arange(tree.tree_.node_count))
        add_tree(forest, tree.tree_, places, missing=missing, output=output)
        width += len(known)
    found = sum_of_leaves(forest, rows, tables, [0.0] * len(leaves), missing=missing)
    made = Rows(width, "sparse")
    sparse = chain(found, *as_rows(Rows(len(leaves), "columns")), {"op": "trees.ones"})
    if estimator.sparse_output:
        return Exported(sparse, made)
    return Exported(chain(sparse, *as_rows(made)), Rows(width))


def as_numbers(predicted: Exported) -> Exported:
    """Turn a single column into values; leave several as they are."""
    if predicted.rows.width > 1:
        return predicted
    return Exported(chain(predicted.operation, {"op": "composing.column", "index": 0}), VALUES)


def as_classes(estimator: Any, method: str, probabilities: Exported) -> Exported:
    """Export a classifier's method, given the columns of its probabilities."""
    made = [probabilities.operation, *as_rows(probabilities.rows)]
    if method == "predict":
        return Exported(chain(*made, {"op": "linear.highest", "classes": labels(estimator.classes_)}), VALUES)
    if method not in ("predict_proba", "predict_log_proba"):
        raise unsupported_method(estimator, method)
    if method == "predict_log_proba":
        made.append({"op": "linear.logarithms"})
    return Exported(chain(*made), Rows(probabilities.rows.width))


EXPORTERS: dict[str, Exporter] = {
    "sklearn.RandomTreesEmbedding": embedding,
    **{
        f"sklearn.{name}": regressor
        for name in ("DecisionTreeRegressor", "ExtraTreeRegressor", "RandomForestRegressor", "ExtraTreesRegressor")
    },
    **{
        f"sklearn.{name}": classifier
        for name in ("DecisionTreeClassifier", "ExtraTreeClassifier", "RandomForestClassifier", "ExtraTreesClassifier")
    },
}

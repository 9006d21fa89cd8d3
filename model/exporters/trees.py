"""sklearn.tree, and forests of it: means of what the trees' leaves hold."""

import math
import warnings
from typing import Any

from . import (
    VALUES,
    Exported,
    Exporter,
    Rows,
    Tables,
    Unsupported,
    as_columns,
    as_rows,
    chain,
    labels,
    numbers,
    unknown,
)
from .forest import MISSING_LEFT, Forest

DENSE = 1_000_000
"""How many numbers of sparse rows are written out at once, in eight bytes each."""


def numeric(rows: Rows) -> tuple[list[dict[str, Any]], Rows]:
    """The operations that bring a batch into columns of numbers, infinite and missing ones too; and the columns."""
    names = [rows.named(index) for index in range(rows.width)]
    steps = as_columns(rows)
    if set(rows.types) - {"double", "float"}:
        steps.append({"op": "checking.numbers", "names": names})
    return steps, Rows(rows.width, "columns", ("float",) * rows.width if rows.float32 else (), rows.origins)


def takes(estimator: Any, value: float, width: int, method: str = "predict") -> bool:
    """Whether an estimator takes missing or infinite values, which depends on its version and its options."""
    import numpy as np

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            getattr(estimator, method)(np.full((1, width), value))
        except ValueError:
            return False
    return True


def plant(
    forest: Forest, tree: Any, values: Any, *, missing: bool = False, columns: Any = None, output: int = 0
) -> None:
    """Add a tree of sklearn.tree.

    Args:
        forest: what it is added to.
        tree: the estimator's `tree_`.
        values: numbers for each of its nodes.
        missing: whether missing values follow what the tree has learnt; they go right otherwise.
        columns: those that the tree was given, if not all.
        output: the first column that the leaves add to.
    """
    import numpy as np

    nodes = tree.__getstate__()["nodes"]
    features = tree.feature if columns is None else np.asarray(columns)[tree.feature]
    flags = nodes["missing_go_to_left"] * MISSING_LEFT if missing else 0
    forest.add(tree.children_left, tree.children_right, features, tree.threshold, values, flags, output)


def total(
    forest: Forest,
    rows: Rows,
    tables: Tables,
    base: list[float] | dict[str, Any],
    *,
    missing: bool = False,
    infinite: bool = False,
) -> dict[str, Any]:
    """The sums of a forest, of a batch in any form to columns.

    Args:
        forest: the trees.
        rows: what the batch is.
        tables: where the numbers go.
        base: what each column starts with, or the operation, of rows to columns, that says so.
        missing: whether missing values are let through.
        infinite: whether infinite ones are, and numbers that become infinite when they are rounded to float32.
    """
    summed = forest.operation(rows, tables, base)
    if rows.sparse:
        written = chain(*as_rows(rows), summed)
        blocks = {"op": "trees.blocks", "inner": written, "size": max(1, DENSE // rows.width)}
        return chain({"op": "trees.sparse_float32"}, blocks)
    steps = numeric(rows)[0] if infinite else numbers(rows, missing=missing, float32=True)
    return chain(*steps, {"op": "trees.float32"}, {"op": "composing.transposed"}, summed)


def shares(estimator: Any) -> Any:
    """The share of each class in each node of a tree; before scikit-learn 1.4.1 nodes hold counts."""
    import numpy as np

    values = estimator.tree_.value[:, 0, : estimator.n_classes_]
    sums = values.sum(axis=1, keepdims=True)
    return values if np.allclose(sums, 1.0) else values / np.where(sums == 0.0, 1.0, sums)


def mean(estimator: Any, rows: Rows, tables: Tables) -> Exported:
    """What the leaves of one tree hold, or the mean of several trees'."""
    trees = getattr(estimator, "estimators_", None)
    classes = hasattr(estimator, "classes_")
    if classes and estimator.n_outputs_ > 1:
        raise Unsupported(f"{type(estimator).__name__} of several outputs has no exporter")
    width = int(estimator.n_classes_) if classes else estimator.n_outputs_
    missing = takes(estimator, math.nan, rows.width)
    forest = Forest(width)
    for tree in trees or [estimator]:
        plant(forest, tree.tree_, shares(tree) if classes else tree.tree_.value[:, :, 0], missing=missing)
    operation = total(forest, rows, tables, [0.0] * width, missing=missing)
    if trees is not None:
        operation = chain(operation, {"op": "trees.divided", "by": float(len(trees))})
    return Exported(operation, Rows(width, "columns"))


def regressor(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """The number, or several."""
    if method != "predict":
        raise unknown(estimator, method)
    return numbered(mean(estimator, rows, tables))


def classifier(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """The shares of classes are probabilities."""
    return classified(estimator, method, mean(estimator, rows, tables))


def embedding(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """A one for the leaf of each tree (RandomTreesEmbedding)."""
    import numpy as np

    if method != "transform":
        raise unknown(estimator, method)
    missing = takes(estimator, math.nan, rows.width, "apply")
    forest = Forest()
    width = 0
    leaves = estimator.one_hot_encoder_.categories_
    for output, (tree, known) in enumerate(zip(estimator.estimators_, leaves, strict=True)):
        places = width + np.searchsorted(known, np.arange(tree.tree_.node_count))
        plant(forest, tree.tree_, places, missing=missing, output=output)
        width += len(known)
    found = total(forest, rows, tables, [0.0] * len(leaves), missing=missing)
    made = Rows(width, "sparse")
    sparse = chain(found, *as_rows(Rows(len(leaves), "columns")), {"op": "trees.ones"})
    if estimator.sparse_output:
        return Exported(sparse, made)
    return Exported(chain(sparse, *as_rows(made)), Rows(width))


def numbered(predicted: Exported) -> Exported:
    """A regressor's columns; if there is one only, it is values."""
    if predicted.rows.width > 1:
        return predicted
    return Exported(chain(predicted.operation, {"op": "composing.column", "index": 0}), VALUES)


def classified(estimator: Any, method: str, probabilities: Exported) -> Exported:
    """What a classifier makes of columns of probabilities: themselves, their logarithms, or the likeliest label."""
    made = [probabilities.operation, *as_rows(probabilities.rows)]
    if method == "predict":
        return Exported(chain(*made, {"op": "linear.highest", "classes": labels(estimator.classes_)}), VALUES)
    if method not in ("predict_proba", "predict_log_proba"):
        raise unknown(estimator, method)
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

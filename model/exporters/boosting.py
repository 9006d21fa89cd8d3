"""Gradient boosting (sklearn.ensemble): sums of trees through the inverse of a link."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

from . import Exporter, Unsupported, as_columns, as_rows, export, labels, refuse_sparse, unsupported_method
from .combining import BINARY
from .composing import concatenate
from .forest import CATEGORIES, MISSING_LEFT, UNKNOWN_LEFT, Forest
from .forms import VALUES, Exported, Rows, Tables, chain
from .linear import label_operation
from .trees import accepts, add_tree, as_numbers, number_columns, sum_of_leaves
from .versions import first_of, version

_CONSTANT = ("mean", "median", "quantile", "constant", "prior", "most_frequent")
"""Strategies of dummy estimators that predict the same for each row."""

CATEGORIES_KNOWN = 256
"""The number of categories that a bitset of HistGradientBoosting holds."""


def gradient(estimator: Any, rows: Rows, tables: Tables) -> Exported:
    """Export the raw predictions of GradientBoosting, the initial prediction plus the trees, as columns."""
    stages = estimator.estimators_
    missing = accepts(estimator, math.nan, rows.width)
    forest = Forest()
    for stage in stages:
        for output, tree in enumerate(stage):
            leaves = estimator.learning_rate * tree.tree_.value[:, 0, 0]
            add_tree(forest, tree.tree_, leaves, output=output)  # missing values go right, whatever the tree learnt
    base = start(estimator, rows, tables)
    return Exported(sum_of_leaves(forest, rows, tables, base, missing=missing), Rows(stages.shape[1], "columns"))


def start(estimator: Any, rows: Rows, tables: Tables) -> list[float] | dict[str, Any]:
    """Export the initial predictions: numbers, or the operation that computes them from rows of float32."""
    import numpy as np

    init = estimator.init_
    kind = type(init).__name__
    if isinstance(init, str) or (kind.startswith("Dummy") and init.strategy in _CONSTANT):
        [constant] = estimator._raw_predict_init(np.zeros((1, rows.width), "f4")).tolist()  # noqa: SLF001
        return list(constant)
    if rows.sparse:
        raise Unsupported(f"{type(estimator).__name__} of sparse rows with init={init!r} has no exporter")
    given = Rows(rows.width, "rows", ("float",) * rows.width, rows.origins)
    classes = hasattr(estimator, "classes_")
    operation, found = export(init, "predict_proba" if classes else "predict", given, tables)
    made = chain(operation, *as_columns(found))
    return chain(made, _link(estimator)) if classes else made


def _link(estimator: Any) -> dict[str, Any]:
    """Return the operation from probabilities to raw predictions; versions clip probabilities differently."""
    import numpy as np
    from sklearn.ensemble import _gb

    loss = _loss(estimator)
    factor = 0.5 if type(loss).__name__ == "ExponentialLoss" else 1.0
    if not hasattr(loss, "link"):  # before 1.4
        if estimator.n_classes_ > BINARY:
            raise Unsupported(f"{type(estimator).__name__} with init={estimator.init!r} has no exporter")
        return {"op": "ensembles.logits", "least": 2.0**-23, "factor": factor}
    sure = SimpleNamespace(predict_proba=lambda rows: np.eye(len(rows), estimator.n_classes_))
    raw = _gb._init_raw_predictions(np.zeros((1, 1)), sure, loss, True)  # noqa: SLF001
    least = 2.0**-52 if np.ptp([*raw.ravel(), 0.0]) > 17 else 2.0**-23  # noqa: PLR2004 - between their logits
    if loss.is_multiclass:
        return {"op": "ensembles.centred", "least": least, "most": 1.0 - least, "factor": 1.0}
    return {"op": "ensembles.logits", "least": least, "factor": factor}


def histogram(estimator: Any, rows: Rows, tables: Tables) -> Exported:
    """Export the raw predictions of HistGradientBoosting as columns."""
    import numpy as np

    steps, rows = _preprocessed(estimator, rows, tables)
    categories = version() >= (0, 24)
    known, places = estimator._bin_mapper.make_known_categories_bitsets() if categories else ((), ())  # noqa: SLF001
    forest = Forest()
    for iteration in estimator._predictors:  # noqa: SLF001
        for output, tree in enumerate(iteration):
            nodes = tree.nodes
            categorical = nodes["is_categorical"] if categories else np.zeros(len(nodes), bool)
            flags = nodes["missing_go_to_left"] * MISSING_LEFT | categorical * CATEGORIES
            thresholds = nodes["num_threshold" if categories else "threshold"].copy()
            for node in np.flatnonzero(categorical & (nodes["is_leaf"] == 0)):
                feature = int(nodes["feature_idx"][node])
                left = _members(tree.raw_left_cat_bitsets[nodes["bitset_idx"][node]])
                unknown_left = bool(nodes["missing_go_to_left"][node])
                if unknown_left:
                    left |= set(range(CATEGORIES_KNOWN)) - _members(known[places[feature]])
                sides = (MISSING_LEFT | UNKNOWN_LEFT) * unknown_left
                thresholds[node] = forest.categories(feature, left, sides, CATEGORIES_KNOWN)
            shape = nodes["left"], nodes["right"], nodes["feature_idx"]
            forest.add(*shape, thresholds, nodes["value"], flags, output, nodes["count"])
    base = np.ravel(estimator._baseline_prediction).tolist()  # noqa: SLF001
    summed = forest.operation(rows, tables, base)
    return Exported(chain(*steps, *as_rows(rows), summed), Rows(len(base), "columns"))


def _members(bits: Any) -> set[int]:
    """Return the members of a bitset of 32-bit words."""
    return {32 * word + bit for word, value in enumerate(bits.tolist()) for bit in range(32) if value >> bit & 1}


def _preprocessed(estimator: Any, rows: Rows, tables: Tables) -> tuple[list[dict[str, Any]], Rows]:
    """Return the steps to columns of numbers, encoded categories first, and the form of the result."""
    refuse_sparse(estimator, rows)
    preprocessor = getattr(estimator, "_preprocessor", None)
    if preprocessor is None:
        steps, found = number_columns(rows)
        chosen = getattr(estimator, "is_categorical_", None)  # from 0.24 on
        if chosen is not None and chosen.any():  # before 1.4
            indices = [int(index) for index in chosen.nonzero()[0]]
            steps.append({"op": "boosting.byte_categories", "indices": indices, "wrap": version() < (1, 2)})
        return steps, found
    parts: list[Exported] = []
    for chosen, transformer in (
        (estimator.is_categorical_, preprocessor.named_transformers_["encoder"]),
        (~estimator.is_categorical_, None),
    ):
        indices = [int(index) for index in chosen.nonzero()[0]]
        given = rows.pick(indices, "columns")
        picked = {"op": "composing.columns", "indices": indices}
        if not indices:
            continue
        if transformer is None:
            steps, given = number_columns(given)
        else:
            operation, given = export(transformer, "transform", given, tables)
            steps, given = [operation], given._replace(origins=())  # the encoder has noted its categories
        parts.append(Exported(chain(picked, *steps), given))
    operation, made = concatenate(parts)
    return [*as_columns(rows), operation], made


def raw(estimator: Any, rows: Rows, tables: Tables) -> Exported:
    """Export the raw predictions of either kind."""
    return (histogram if type(estimator).__name__.startswith("Hist") else gradient)(estimator, rows, tables)


def _loss(estimator: Any) -> Any:
    """Return the fitted loss."""
    return first_of(estimator, "_loss", "loss_")


def _link_of(loss: Any) -> str:
    """Return the name of a regressor's link; older losses have only its inverse (before 1.1), or none (before 1.4)."""
    if hasattr(loss, "link"):
        return type(loss.link).__name__
    inverse = getattr(loss, "inverse_link_function", None)
    return "LogLink" if inverse is not None and float(inverse(1.0)) > 1.0 else "IdentityLink"


def regressor(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export predictions: the inverse link of the raw predictions."""
    if method != "predict":
        raise unsupported_method(estimator, method)
    operation, made = raw(estimator, rows, tables)
    link = _link_of(_loss(estimator))
    if link == "LogLink":
        operation = chain(operation, {"op": "linear.exponentials"})
    elif link != "IdentityLink":
        raise Unsupported(f"{type(estimator).__name__} with the link {link} has no exporter")
    return as_numbers(Exported(operation, made))


def classifier(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export labels, probabilities or raw predictions (the decision function)."""
    operation, made = raw(estimator, rows, tables)
    classes = labels(estimator.classes_)
    loss = type(_loss(estimator)).__name__
    binary = made.width == 1
    if method == "decision_function":
        return as_numbers(Exported(operation, made))
    if method == "predict":
        zero_is_first = loss == "BinomialDeviance" or type(estimator).__name__.startswith("Hist")
        chosen = {"op": "linear.threshold", "position": 0, "least": 0.0, "classes": classes}
        if not binary or zero_is_first:
            chosen = label_operation(classes, binary=binary)
        return Exported(chain(operation, *as_rows(made), chosen), VALUES)
    if method not in ("predict_proba", "predict_log_proba"):
        raise unsupported_method(estimator, method)
    if loss == "ExponentialLoss":
        operation = chain(operation, {"op": "trees.divided", "by": 0.5})
    steps = [{"op": "linear.logistic" if binary else "linear.softmax"}]
    if method == "predict_log_proba":
        steps.append({"op": "linear.logarithms"})
    return Exported(chain(operation, *as_rows(made), *steps), Rows(len(classes)))


EXPORTERS: dict[str, Exporter] = {
    "sklearn.GradientBoostingClassifier": classifier,
    "sklearn.GradientBoostingRegressor": regressor,
    "sklearn.HistGradientBoostingClassifier": classifier,
    "sklearn.HistGradientBoostingRegressor": regressor,
}

"""sklearn.ensemble's gradient boosting: sums of trees through the inverse of a link."""

import math
from types import SimpleNamespace
from typing import Any

from . import VALUES, Exported, Exporter, Rows, Tables, Unsupported, as_columns, as_rows, chain, export, labels, unknown
from .composing import beside
from .forest import CATEGORIES, MISSING_LEFT, UNKNOWN_LEFT, Forest
from .linear import labelled
from .trees import numbered, numeric, plant, takes, total

_CONSTANT = ("mean", "median", "quantile", "constant", "prior", "most_frequent")
"""Strategies of DummyRegressor and DummyClassifier that say the same of every row."""

CATEGORIES_KNOWN = 256
"""How many categories a set of HistGradientBoosting has bits for."""


def gradient(estimator: Any, rows: Rows, tables: Tables) -> Exported:
    """The raw predictions of GradientBoosting: what the first estimator says, and its trees' leaves: columns."""
    stages = estimator.estimators_
    missing = takes(estimator, math.nan, rows.width)
    forest = Forest()
    for stage in stages:
        for output, tree in enumerate(stage):
            leaves = estimator.learning_rate * tree.tree_.value[:, 0, 0]
            plant(forest, tree.tree_, leaves, output=output)  # a missing value goes right whatever the tree has learnt
    base = start(estimator, rows, tables)
    return Exported(total(forest, rows, tables, base, missing=missing), Rows(stages.shape[1], "columns"))


def start(estimator: Any, rows: Rows, tables: Tables) -> list[float] | dict[str, Any]:
    """What the trees are added to: numbers, or the operation that computes them of rows of float32."""
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
    """What makes raw predictions of probabilities; how far these are kept from 0 and 1 depends on the version."""
    import numpy as np
    from sklearn.ensemble import _gb

    loss = estimator._loss  # noqa: SLF001 - it has no other name
    if not hasattr(loss, "link"):
        raise Unsupported(f"{type(estimator).__name__} with init={estimator.init!r} has no exporter")

    sure = SimpleNamespace(predict_proba=lambda rows: np.eye(len(rows), estimator.n_classes_))
    raw = _gb._init_raw_predictions(np.zeros((1, 1)), sure, loss, True)  # noqa: SLF001
    least = 2.0**-52 if np.ptp([*raw.ravel(), 0.0]) > 17 else 2.0**-23  # noqa: PLR2004 - between their logits
    if loss.is_multiclass:
        return {"op": "ensembles.centred", "least": least, "factor": 1.0}
    factor = 0.5 if type(loss).__name__ == "ExponentialLoss" else 1.0
    return {"op": "ensembles.logits", "least": least, "factor": factor}


def histogram(estimator: Any, rows: Rows, tables: Tables) -> Exported:
    """The raw predictions of HistGradientBoosting: columns."""
    import numpy as np

    steps, rows = _preprocessed(estimator, rows, tables)
    known, places = estimator._bin_mapper.make_known_categories_bitsets()  # noqa: SLF001
    forest = Forest()
    for iteration in estimator._predictors:  # noqa: SLF001
        for output, tree in enumerate(iteration):
            nodes = tree.nodes
            flags = nodes["missing_go_to_left"] * MISSING_LEFT | nodes["is_categorical"] * CATEGORIES
            thresholds = nodes["num_threshold"].copy()
            for node in np.flatnonzero(nodes["is_categorical"] & (nodes["is_leaf"] == 0)):
                feature = int(nodes["feature_idx"][node])
                left = _members(tree.raw_left_cat_bitsets[nodes["bitset_idx"][node]])
                if unknown_left := bool(nodes["missing_go_to_left"][node]):
                    left |= set(range(CATEGORIES_KNOWN)) - _members(known[places[feature]])
                sides = (MISSING_LEFT | UNKNOWN_LEFT) * unknown_left
                thresholds[node] = forest.categories(feature, left, sides, CATEGORIES_KNOWN)
            forest.add(nodes["left"], nodes["right"], nodes["feature_idx"], thresholds, nodes["value"], flags, output)
    base = np.ravel(estimator._baseline_prediction).tolist()  # noqa: SLF001
    summed = forest.operation(rows, tables, base)
    return Exported(chain(*steps, *as_rows(rows), summed), Rows(len(base), "columns"))


def _members(bits: Any) -> set[int]:
    """The numbers of a bitset: words of 32 bits."""
    return {32 * word + bit for word, value in enumerate(bits.tolist()) for bit in range(32) if value >> bit & 1}


def _preprocessed(estimator: Any, rows: Rows, tables: Tables) -> tuple[list[dict[str, Any]], Rows]:
    """Columns of numbers, the encoded categories before all others."""
    if rows.sparse:
        raise Unsupported(f"{type(estimator).__name__} of sparse rows has no exporter")
    preprocessor = getattr(estimator, "_preprocessor", None)
    if preprocessor is None:
        return numeric(rows)
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
            steps, given = numeric(given)
        else:
            operation, given = export(transformer, "transform", given, tables)
            steps, given = [operation], given._replace(origins=())  # the encoder itself tells of its categories
        parts.append(Exported(chain(picked, *steps), given))
    operation, made = beside(parts)
    return [*as_columns(rows), operation], made


def raw(estimator: Any, rows: Rows, tables: Tables) -> Exported:
    """The raw predictions of either."""
    return (histogram if type(estimator).__name__.startswith("Hist") else gradient)(estimator, rows, tables)


def regressor(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """The raw prediction through the inverse of the link."""
    if method != "predict":
        raise unknown(estimator, method)
    operation, made = raw(estimator, rows, tables)
    link = type(getattr(estimator._loss, "link", None)).__name__  # noqa: SLF001 - before 1.4 there was none
    if link == "LogLink":
        operation = chain(operation, {"op": "linear.exponentials"})
    elif link not in ("IdentityLink", "NoneType"):
        raise Unsupported(f"{type(estimator).__name__} with the link {link} has no exporter")
    return numbered(Exported(operation, made))


def classifier(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Raw predictions are the decision function; the logistic function or softmax makes probabilities of them."""
    operation, made = raw(estimator, rows, tables)
    classes = labels(estimator.classes_)
    loss = type(estimator._loss).__name__  # noqa: SLF001 - it has no other name
    binary = made.width == 1
    if method == "decision_function":
        return numbered(Exported(operation, made))
    if method == "predict":
        zero_is_first = loss == "BinomialDeviance" or type(estimator).__name__.startswith("Hist")
        chosen = {"op": "linear.threshold", "position": 0, "least": 0.0, "classes": classes}
        if not binary or zero_is_first:
            chosen = labelled(classes, binary=binary)
        return Exported(chain(operation, *as_rows(made), chosen), VALUES)
    if method not in ("predict_proba", "predict_log_proba"):
        raise unknown(estimator, method)
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

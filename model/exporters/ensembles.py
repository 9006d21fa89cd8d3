"""AdaBoost, bagging and isolation forests (sklearn.ensemble). Members that are trees share one table."""

from __future__ import annotations

import math
from typing import Any

from . import Exporter, Unsupported, as_columns, as_rows, checked_columns, export, labels, unsupported_method
from .forest import Forest
from .forms import VALUES, Exported, Rows, Tables, chain, zip_strict
from .linear import label_operation
from .trees import accepts, add_tree, as_classes, as_numbers, number_columns, shares, sum_of_leaves
from .versions import first_of, version

_TREES = ("DecisionTreeClassifier", "DecisionTreeRegressor", "ExtraTreeClassifier", "ExtraTreeRegressor")


def _all_trees(members: list[Any]) -> bool:
    """Return whether all members are trees with one output, which can share a table."""
    return all(
        type(member).__name__ in _TREES and type(member).__module__.startswith("sklearn.") and member.n_outputs_ == 1
        for member in members
    )


def _finite(rows: Rows) -> tuple[list[dict[str, Any]], Rows]:
    """Return the steps to finite columns of numbers, as AdaBoost's members get them."""
    _, given = number_columns(rows)
    return ([], rows) if rows.sparse else (checked_columns(rows), given)


def ada_boost_classifier(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export weighted votes, or sums of log-probabilities (SAMME.R, in older versions)."""
    from sklearn.ensemble import _weight_boosting

    classes = labels(estimator.classes_)
    if len(classes) == 1:
        raise Unsupported("AdaBoostClassifier of one class has no exporter")
    real = getattr(estimator, "algorithm", "") == "SAMME.R" and hasattr(_weight_boosting, "_samme_proba")
    summed = (_samme_r if real else _samme)(estimator, rows, tables)
    scores = chain(summed, {"op": "trees.divided", "by": float(estimator.estimator_weights_.sum())})
    two = len(classes) == 2  # noqa: PLR2004 - one number tells two classes apart
    if two:
        scores = chain(scores, {"op": "ensembles.apart"})
    made = Rows(1 if two else len(classes), "columns")
    if method == "decision_function":
        return as_numbers(Exported(scores, made))
    if method == "predict":
        return Exported(chain(scores, *as_rows(made), label_operation(classes, binary=two)), VALUES)
    if method not in ("predict_proba", "predict_log_proba"):
        raise unsupported_method(estimator, method)
    steps = [{"op": "linear.opposed"}, {"op": "linear.softmax"}] if two else [{"op": "linear.softmax"}]
    by = 2.0 if two else len(classes) - 1.0
    if method == "predict_log_proba":
        steps.append({"op": "linear.logarithms"})
    return Exported(chain(scores, {"op": "trees.divided", "by": by}, *as_rows(made), *steps), Rows(len(classes)))


def _samme(estimator: Any, rows: Rows, tables: Tables) -> dict[str, Any]:
    """Export SAMME's sums: a member adds its weight to the class it predicts and, since 1.3, subtracts from others."""
    import numpy as np

    members, weights = estimator.estimators_, estimator.estimator_weights_[: len(estimator.estimators_)]
    count = len(estimator.classes_)
    misses = -1 / (count - 1) * weights if version() >= (1, 3) else 0.0 * weights
    if _all_trees(members):
        forest = Forest(count)
        for member, hit, miss in zip_strict(members, weights, misses):
            named = member.classes_[np.argmax(member.tree_.value[:, 0, :], axis=1)]
            add_tree(forest, member.tree_, np.where(named[:, None] == estimator.classes_, hit, miss))
        return sum_of_leaves(forest, rows, tables, [0.0] * count)
    steps, given = _finite(rows)
    voting = [export(member, "predict", given, tables).operation for member in members]
    return chain(*steps, _votes(voting, labels(estimator.classes_), weights.tolist(), misses.tolist()))


def _votes(members: list[Any], names: list[Any], hits: list[float], misses: list[float]) -> dict[str, Any]:
    return {"op": "ensembles.votes", "members": members, "names": names, "hits": hits, "misses": misses}


def _samme_r(estimator: Any, rows: Rows, tables: Tables) -> dict[str, Any]:
    """Export SAMME.R's sums of the members' centred log-probabilities."""
    import numpy as np

    members = estimator.estimators_
    count = len(estimator.classes_)
    if any(len(member.classes_) != count for member in members):
        raise Unsupported("AdaBoostClassifier whose members know other classes has no exporter")
    least = float(np.finfo("f8").eps)
    if _all_trees(members):
        forest = Forest(count)
        for member in members:
            logarithms = np.log(np.clip(shares(member), least, None))
            means = (1.0 / count) * logarithms.sum(axis=1, keepdims=True)
            add_tree(forest, member.tree_, (count - 1) * (logarithms - means))
        return sum_of_leaves(forest, rows, tables, [0.0] * count)
    steps, given = _finite(rows)
    centred = {"op": "ensembles.centred", "least": least, "factor": count - 1.0}
    made = [chain(_columns(export(member, "predict_proba", given, tables)), centred) for member in members]
    return chain(*steps, _added(made, [list(range(count))] * len(made), count))


def _columns(exported: Exported) -> dict[str, Any]:
    return chain(exported.operation, *as_columns(exported.rows))


def _added(members: list[Any], places: list[list[int]], width: int, *, logarithms: bool = False) -> dict[str, Any]:
    return {"op": "ensembles.added", "members": members, "places": places, "width": width, "logarithms": logarithms}


def ada_boost_regressor(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the weighted median of the members' predictions."""
    if method != "predict":
        raise unsupported_method(estimator, method)
    members = estimator.estimators_
    if _all_trees(members):
        forest = Forest()
        for output, member in enumerate(members):
            add_tree(forest, member.tree_, member.tree_.value[:, 0, 0], output=output)
        said = sum_of_leaves(forest, rows, tables, [0.0] * len(members))
    else:
        steps, given = _finite(rows)
        parts = [chain(export(member, method, given, tables).operation, *as_columns(VALUES)) for member in members]
        said = chain(*steps, {"op": "composing.columns_union", "parts": parts})
    weights = estimator.estimator_weights_[: len(members)].tolist()
    return Exported(chain(said, {"op": "ensembles.medians", "weights": weights}), VALUES)


def bagging_regressor(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the mean of the members' predictions."""
    if method != "predict":
        raise unsupported_method(estimator, method)
    return as_numbers(_bagged(estimator, method, rows, tables))


def bagging_classifier(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the mean of the members' probabilities, or of their votes."""
    if method == "decision_function":
        return as_numbers(_bagged(estimator, method, rows, tables))
    if method == "predict_log_proba" and hasattr(first_of(estimator, "estimator_", "base_estimator_"), method):
        return _bagged(estimator, method, rows, tables)
    return as_classes(estimator, method, _bagged(estimator, "predict_proba", rows, tables))


def _bagged(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the mean of the members' predictions as columns."""
    members = estimator.estimators_
    logarithms = method == "predict_log_proba"
    if _all_trees(members) and not logarithms:
        summed, width = _bagged_trees(estimator, rows, tables)
    elif method == "predict_proba" and not hasattr(members[0], method):
        summed, width = _bagged_votes(estimator, rows, tables)
    else:
        summed, width = _bagged_sums(estimator, method, rows, tables)
    mean = {"op": "trees.divided", "by": float(len(members))}
    if logarithms:
        mean = {"op": "ensembles.less", "by": math.log(len(members))}
    return Exported(chain(summed, mean), Rows(width, "columns"))


def _bagged_trees(estimator: Any, rows: Rows, tables: Tables) -> tuple[dict[str, Any], int]:
    """Export the sums of the leaves of all trees; return their number too."""
    import numpy as np

    classes = len(getattr(estimator, "classes_", ()))
    missing = accepts(estimator, math.nan, rows.width)
    forest = Forest(max(classes, 1))
    used = np.unique(np.concatenate(estimator.estimators_features_))
    picking, picked = _picked(rows, used)  # members check their own columns, and nobody the others
    for member, columns in zip_strict(estimator.estimators_, estimator.estimators_features_):
        values = member.tree_.value[:, :, 0]
        if classes:
            values = np.zeros((len(values), classes))
            values[:, member.classes_] = shares(member)
        add_tree(forest, member.tree_, values, missing=missing, columns=np.searchsorted(used, columns))
    summed = sum_of_leaves(forest, picked, tables, [0.0] * forest.width, missing=missing)
    return chain(*picking, summed), forest.width


def _bagged_votes(estimator: Any, rows: Rows, tables: Tables) -> tuple[dict[str, Any], int]:
    """Export the number of members that predict each class; return the number of classes too."""
    made = [chain(*steps, answer.operation) for steps, answer in _asked(estimator, "predict", rows, tables)]
    count = len(estimator.classes_)
    return _votes(made, list(range(count)), [1.0] * len(made), [0.0] * len(made)), count


def _bagged_sums(estimator: Any, method: str, rows: Rows, tables: Tables) -> tuple[dict[str, Any], int]:
    """Export the sums of the members' predictions; return their number too."""
    made, places = [], []
    for member, (steps, answer) in zip_strict(estimator.estimators_, _asked(estimator, method, rows, tables)):
        made.append(chain(*steps, _columns(answer)))
        by_class = answer.rows.width == len(getattr(member, "classes_", ()))
        places.append(member.classes_.tolist() if by_class else list(range(answer.rows.width)))
    width = max(max(own) for own in places) + 1
    return _added(made, places, width, logarithms=method == "predict_log_proba"), width


def _asked(estimator: Any, method: str, rows: Rows, tables: Tables) -> list[tuple[list[dict[str, Any]], Exported]]:
    """Export each member, with the operations that select its columns."""
    steps, given = number_columns(rows)
    asked = []
    for member, columns in zip_strict(estimator.estimators_, estimator.estimators_features_):
        picking, picked = _picked(given, columns)
        asked.append(([*steps, *picking], export(member, method, picked, tables)))
    return asked


def _picked(rows: Rows, columns: Any) -> tuple[list[dict[str, Any]], Rows]:
    """Return the operations that select a member's columns, and their form."""
    indices = [int(index) for index in columns]
    if indices == list(range(rows.width)):
        return [], rows
    return [*as_columns(rows), {"op": "composing.columns", "indices": indices}], rows.pick(indices, "columns")


def isolation_forest(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export scores of path lengths, scores minus the offset, or the sign of these."""
    from sklearn.ensemble._iforest import _average_path_length

    if method not in ("score_samples", "decision_function", "predict"):
        raise unsupported_method(estimator, method)
    whole = estimator._max_features == rows.width  # noqa: SLF001 - none of these has another name
    missing = accepts(estimator, math.nan, rows.width)
    forest = Forest()
    for member, columns in zip_strict(estimator.estimators_, estimator.estimators_features_):
        lengths = _nodes_above(member.tree_) + _average_path_length(member.tree_.n_node_samples)
        add_tree(forest, member.tree_, lengths - 1.0, missing=missing, columns=None if whole else columns)
    infinite = accepts(estimator, math.inf, rows.width)
    depths = sum_of_leaves(forest, rows, tables, [0.0], missing=missing, infinite=infinite)
    [length] = _average_path_length([estimator._max_samples])  # noqa: SLF001
    if not length and version() < (1, 0):
        raise Unsupported("IsolationForest of single samples before scikit-learn 1.0 has no exporter")
    steps = [depths, {"op": "ensembles.isolation", "denominator": float(len(estimator.estimators_) * length)}]
    if method != "score_samples":
        steps.append({"op": "ensembles.less", "by": float(estimator.offset_)})
    made = as_numbers(Exported(chain(*steps), Rows(1, "columns")))
    return made if method != "predict" else Exported(chain(made.operation, {"op": "ensembles.signs"}), VALUES)


def _nodes_above(tree: Any) -> Any:
    """Return the number of nodes on the path to each node of a tree."""
    import numpy as np

    counts = np.ones(tree.node_count)
    for node in range(tree.node_count):  # parents come before their children
        for child in (tree.children_left[node], tree.children_right[node]):
            if child >= 0:
                counts[child] = counts[node] + 1
    return counts


EXPORTERS: dict[str, Exporter] = {
    "sklearn.AdaBoostClassifier": ada_boost_classifier,
    "sklearn.AdaBoostRegressor": ada_boost_regressor,
    "sklearn.BaggingClassifier": bagging_classifier,
    "sklearn.BaggingRegressor": bagging_regressor,
    "sklearn.IsolationForest": isolation_forest,
}

"""sklearn.ensemble's models made of others: AdaBoost, bagging, isolation forests. Trees among them share one table."""

import math
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
    export,
    labels,
    numbers,
    unknown,
)
from .forest import Forest
from .linear import labelled
from .trees import classified, numbered, numeric, plant, shares, takes, total

_TREES = ("DecisionTreeClassifier", "DecisionTreeRegressor", "ExtraTreeClassifier", "ExtraTreeRegressor")


def _all_trees(members: list[Any]) -> bool:
    """Whether one table is enough."""
    return all(
        type(member).__name__ in _TREES and type(member).__module__.startswith("sklearn.") and member.n_outputs_ == 1
        for member in members
    )


def _finite(rows: Rows) -> tuple[list[dict[str, Any]], Rows]:
    """Checked columns of numbers, as AdaBoost hands them to its members."""
    _, given = numeric(rows)
    return ([], rows) if rows.sparse else (numbers(rows), given)


def ada_boost_classifier(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Weighted votes, or, with SAMME.R in versions that have it, logarithms of probabilities."""
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
        return numbered(Exported(scores, made))
    if method == "predict":
        return Exported(chain(scores, *as_rows(made), labelled(classes, binary=two)), VALUES)
    if method not in ("predict_proba", "predict_log_proba"):
        raise unknown(estimator, method)
    steps = [{"op": "linear.opposed"}, {"op": "linear.softmax"}] if two else [{"op": "linear.softmax"}]
    by = 2.0 if two else len(classes) - 1.0
    if method == "predict_log_proba":
        steps.append({"op": "linear.logarithms"})
    return Exported(chain(scores, {"op": "trees.divided", "by": by}, *as_rows(made), *steps), Rows(len(classes)))


def _samme(estimator: Any, rows: Rows, tables: Tables) -> dict[str, Any]:
    """Each member adds its weight to the class that it names, and takes a share of it from the others: columns."""
    import numpy as np

    members, weights = estimator.estimators_, estimator.estimator_weights_[: len(estimator.estimators_)]
    count = len(estimator.classes_)
    misses = -1 / (count - 1) * weights
    if _all_trees(members):
        forest = Forest(count)
        for member, hit, miss in zip(members, weights, misses, strict=True):
            named = member.classes_[np.argmax(member.tree_.value[:, 0, :], axis=1)]
            plant(forest, member.tree_, np.where(named[:, None] == estimator.classes_, hit, miss))
        return total(forest, rows, tables, [0.0] * count)
    steps, given = _finite(rows)
    voting = [export(member, "predict", given, tables).operation for member in members]
    return chain(*steps, _votes(voting, labels(estimator.classes_), weights.tolist(), misses.tolist()))


def _votes(members: list[Any], names: list[Any], hits: list[float], misses: list[float]) -> dict[str, Any]:
    return {"op": "ensembles.votes", "members": members, "names": names, "hits": hits, "misses": misses}


def _samme_r(estimator: Any, rows: Rows, tables: Tables) -> dict[str, Any]:
    """Each member adds the logarithms of its probabilities, centred: columns."""
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
            plant(forest, member.tree_, (count - 1) * (logarithms - means))
        return total(forest, rows, tables, [0.0] * count)
    steps, given = _finite(rows)
    centred = {"op": "ensembles.centred", "least": least, "factor": count - 1.0}
    made = [chain(_columns(export(member, "predict_proba", given, tables)), centred) for member in members]
    return chain(*steps, _added(made, [list(range(count))] * len(made), count))


def _columns(exported: Exported) -> dict[str, Any]:
    return chain(exported.operation, *as_columns(exported.rows))


def _added(members: list[Any], places: list[list[int]], width: int, *, logarithms: bool = False) -> dict[str, Any]:
    return {"op": "ensembles.added", "members": members, "places": places, "width": width, "logarithms": logarithms}


def ada_boost_regressor(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """The weighted median of what the members say."""
    if method != "predict":
        raise unknown(estimator, method)
    members = estimator.estimators_
    if _all_trees(members):
        forest = Forest()
        for output, member in enumerate(members):
            plant(forest, member.tree_, member.tree_.value[:, 0, 0], output=output)
        said = total(forest, rows, tables, [0.0] * len(members))
    else:
        steps, given = _finite(rows)
        parts = [chain(export(member, method, given, tables).operation, *as_columns(VALUES)) for member in members]
        said = chain(*steps, {"op": "composing.columns_union", "parts": parts})
    weights = estimator.estimator_weights_[: len(members)].tolist()
    return Exported(chain(said, {"op": "ensembles.medians", "weights": weights}), VALUES)


def bagging_regressor(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """The mean of what the members say."""
    if method != "predict":
        raise unknown(estimator, method)
    return numbered(_bagged(estimator, method, rows, tables))


def bagging_classifier(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """The mean of the members' probabilities, or of their votes where they have none."""
    if method == "decision_function":
        return numbered(_bagged(estimator, method, rows, tables))
    if method == "predict_log_proba" and hasattr(estimator.estimator_, method):
        return _bagged(estimator, method, rows, tables)
    return classified(estimator, method, _bagged(estimator, "predict_proba", rows, tables))


def _bagged(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """The mean of the members' answers: columns."""
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
    """The sums of the leaves of all trees, and how many sums there are."""
    import numpy as np

    classes = len(getattr(estimator, "classes_", ()))
    missing = takes(estimator, math.nan, rows.width)
    forest = Forest(max(classes, 1))
    for member, columns in zip(estimator.estimators_, estimator.estimators_features_, strict=True):
        values = member.tree_.value[:, :, 0]
        if classes:
            values = np.zeros((len(values), classes))
            values[:, member.classes_] = shares(member)
        plant(forest, member.tree_, values, missing=missing, columns=columns)
    return total(forest, rows, tables, [0.0] * forest.width, missing=missing), forest.width


def _bagged_votes(estimator: Any, rows: Rows, tables: Tables) -> tuple[dict[str, Any], int]:
    """How many members name each class, by its number; and how many classes there are."""
    made = [chain(*steps, answer.operation) for steps, answer in _asked(estimator, "predict", rows, tables)]
    count = len(estimator.classes_)
    return _votes(made, list(range(count)), [1.0] * len(made), [0.0] * len(made)), count


def _bagged_sums(estimator: Any, method: str, rows: Rows, tables: Tables) -> tuple[dict[str, Any], int]:
    """The sums of what the members say, each of the classes that it has seen; and how many sums there are."""
    made, places = [], []
    for member, (steps, answer) in zip(estimator.estimators_, _asked(estimator, method, rows, tables), strict=True):
        made.append(chain(*steps, _columns(answer)))
        by_class = answer.rows.width == len(getattr(member, "classes_", ()))
        places.append(member.classes_.tolist() if by_class else list(range(answer.rows.width)))
    width = max(max(own) for own in places) + 1
    return _added(made, places, width, logarithms=method == "predict_log_proba"), width


def _asked(estimator: Any, method: str, rows: Rows, tables: Tables) -> list[tuple[list[dict[str, Any]], Exported]]:
    """Each member's operation, and those that give it the columns it knows."""
    steps, given = numeric(rows)
    asked = []
    for member, columns in zip(estimator.estimators_, estimator.estimators_features_, strict=True):
        picking, picked = _picked(given, columns)
        asked.append(([*steps, *picking], export(member, method, picked, tables)))
    return asked


def _picked(rows: Rows, columns: Any) -> tuple[list[dict[str, Any]], Rows]:
    """The columns that a member was given."""
    indices = [int(index) for index in columns]
    if indices == list(range(rows.width)):
        return [], rows
    return [*as_columns(rows), {"op": "composing.columns", "indices": indices}], rows.pick(indices, "columns")


def isolation_forest(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """How soon a row is alone: scores of its depths, these less the offset, or the sign of that."""
    from sklearn.ensemble._iforest import _average_path_length

    if not hasattr(estimator, "_decision_path_lengths"):
        raise Unsupported("IsolationForest fitted before scikit-learn 1.3 has no exporter")
    if method not in ("score_samples", "decision_function", "predict"):
        raise unknown(estimator, method)
    whole = estimator._max_features == rows.width  # noqa: SLF001 - none of these has another name
    missing = takes(estimator, math.nan, rows.width)
    forest = Forest()
    for member, columns, depths, lengths in zip(
        estimator.estimators_,
        estimator.estimators_features_,
        estimator._decision_path_lengths,  # noqa: SLF001
        estimator._average_path_length_per_tree,  # noqa: SLF001
        strict=True,
    ):
        plant(forest, member.tree_, depths + lengths - 1.0, missing=missing, columns=None if whole else columns)
    infinite = takes(estimator, math.inf, rows.width)
    depths = total(forest, rows, tables, [0.0], missing=missing, infinite=infinite)
    [length] = _average_path_length([estimator._max_samples])  # noqa: SLF001
    steps = [depths, {"op": "ensembles.isolation", "denominator": float(len(estimator.estimators_) * length)}]
    if method != "score_samples":
        steps.append({"op": "ensembles.less", "by": float(estimator.offset_)})
    made = numbered(Exported(chain(*steps), Rows(1, "columns")))
    return made if method != "predict" else Exported(chain(made.operation, {"op": "ensembles.signs"}), VALUES)


EXPORTERS: dict[str, Exporter] = {
    "sklearn.AdaBoostClassifier": ada_boost_classifier,
    "sklearn.AdaBoostRegressor": ada_boost_regressor,
    "sklearn.BaggingClassifier": bagging_classifier,
    "sklearn.BaggingRegressor": bagging_regressor,
    "sklearn.IsolationForest": isolation_forest,
}

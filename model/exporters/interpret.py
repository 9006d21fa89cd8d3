"""interpret: explainable boosting machines, which add up a number for the bin of each column, and of each pair."""

from __future__ import annotations

from typing import Any

from . import Exporter, Unsupported, as_columns, as_rows, labels, unsupported_method
from .forms import VALUES, Exported, Rows, Tables, chain
from .frames import OBJECT, common
from .linear import label_operation

_LINKS: dict[str, list[dict[str, Any]]] = {"identity": [], "log": [{"op": "linear.exponentials"}]}


def regressor(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the sum through the inverse of the link."""
    if method != "predict":
        raise unsupported_method(estimator, method)
    if estimator.link_ not in _LINKS:
        raise Unsupported(f"{type(estimator).__name__} with the link {estimator.link_} has no exporter")
    summed = _scores(estimator, rows, tables)
    linked = _LINKS[estimator.link_]
    return Exported(chain(summed.operation, *as_rows(summed.rows), *linked, {"op": "linear.first"}), VALUES)


def classifier(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export sums, probabilities or labels."""
    if estimator.link_ not in ("logit", "mlogit"):
        raise Unsupported(f"{type(estimator).__name__} with the link {estimator.link_} has no exporter")
    summed = _scores(estimator, rows, tables)
    classes, binary = labels(estimator.classes_), summed.rows.width == 1
    if method == "decision_function":
        single = {"op": "composing.column", "index": 0}
        return Exported(chain(summed.operation, single), VALUES) if binary else summed
    made = chain(summed.operation, *as_rows(summed.rows))
    if method == "predict":
        return Exported(chain(made, label_operation(classes, binary=binary)), VALUES)
    if method != "predict_proba":
        raise unsupported_method(estimator, method)
    return Exported(chain(made, {"op": "linear.logistic" if binary else "linear.softmax"}), Rows(len(classes)))


def _scores(estimator: Any, rows: Rows, tables: Tables) -> Exported:
    """Export the sums, in the order in which interpret adds them up: a term when all its columns are known."""
    import numpy as np

    starts = np.ravel(np.asarray(estimator.intercept_, dtype="f8")).tolist()
    bins: list[dict[str, Any]] = []
    places: dict[tuple[int, int], int] = {}
    terms = []
    for number in _order(estimator.term_features_):
        features = estimator.term_features_[number]
        scores = np.asarray(estimator.term_scores_[number], dtype="f8")
        shape = scores.shape[: len(features)]
        used = []
        for feature, size in zip(features, shape):
            levels = estimator.bins_[feature]
            level = min(len(levels), len(features)) - 1
            if (feature, level) not in places:
                places[feature, level] = len(bins)
                bins.append(_bins(estimator, feature, levels[level], size, rows, tables))
            used.append(places[feature, level])
        flat = scores.reshape(-1, len(starts)).T
        strides = [int(np.prod(shape[place + 1 :])) for place in range(len(shape))]
        terms.append({"bins": used, "strides": strides, "tables": [tables.add(table) for table in flat]})
    made = {"op": "additive.scores", "starts": starts, "bins": bins, "terms": terms}
    return Exported(chain(*as_columns(rows), made), Rows(len(starts), "columns"))


def _order(term_features: Any) -> list[int]:
    """Return the numbers of the terms in the order in which their columns become known."""
    known: set[int] = set()
    order: list[int] = []
    for feature in dict.fromkeys(feature for features in term_features for feature in features):
        known.add(feature)
        complete = [number for number, features in enumerate(term_features) if known.issuperset(features)]
        order += [number for number in complete if number not in order]
    return order


def _bins(estimator: Any, feature: int, known: Any, size: int, rows: Rows, tables: Tables) -> dict[str, Any]:
    """Describe the bins of a column: its cuts, or its categories."""
    index = _index(estimator, feature, rows)
    kind = common(rows.pick([index], "columns"))
    if not isinstance(known, dict):
        if kind == OBJECT:
            raise Unsupported(f"{type(estimator).__name__} of texts as numbers has no exporter")
        tables.hint(rows, index, known)
        return {"index": index, "cuts": tables.add(known.astype("f8"))}
    coded = {_category(text, kind): code for text, code in known.items()}
    tables.hint(rows, index, [*(value for value in coded if value is not None), *([" "] if kind == OBJECT else [])])
    return {"index": index, "values": list(coded), "codes": list(map(int, coded.values())), "unseen": size - 1}


def _index(estimator: Any, feature: int, rows: Rows) -> int:
    """Return the position of a column: by its name, if all names are known, else in order."""
    names = [rows.named(index) for index in range(rows.width)]
    fitted = list(map(str, estimator.feature_names_in_))
    if set(fitted) <= set(names):
        return names.index(fitted[feature])
    if len(fitted) != rows.width:
        name = type(estimator).__name__
        raise Unsupported(f"{name} of {rows.width} columns instead of {len(fitted)} has no exporter")
    return feature


def _category(text: str, kind: str) -> Any:
    """Return the value of a column that interpret knows by a text: None where no value has this text."""
    if kind == OBJECT:
        return text
    if kind == "boolean":
        return {"True": True, "False": False}.get(text)
    number = float if kind in ("double", "float") else int
    try:
        value = number(text)
    except ValueError:
        return None
    return value if str(value) == text else None


EXPORTERS: dict[str, Exporter] = {
    "interpret.ExplainableBoostingClassifier": classifier,
    "interpret.ExplainableBoostingRegressor": regressor,
}

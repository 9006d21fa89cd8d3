"""sklearn.multiclass."""

from typing import Any

from . import VALUES, Exported, Exporter, Rows, Tables, Unsupported, as_columns, as_rows, chain, labels, unknown
from .combining import BINARY, beside, binary, highest, kept, part, single
from .linear import doubles


def one_vs_rest(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """One binary estimator for each class."""
    methods = {"decision_function": _decisions, "predict": _predicted, "predict_proba": _probabilities}
    if method not in methods:
        raise unknown(estimator, method)
    if estimator.label_binarizer_.sparse_input_:
        raise Unsupported(f"{type(estimator).__name__} of sparse labels has no exporter")
    return methods[method](estimator, rows, tables)


def _decisions(estimator: Any, rows: Rows, tables: Tables) -> Exported:
    made = beside([part(own, "decision_function", rows, tables) for own in estimator.estimators_])
    return single(made) if made.rows.width == 1 else made


def _predicted(estimator: Any, rows: Rows, tables: Tables) -> Exported:
    scores = beside([binary(own, rows, tables) for own in estimator.estimators_])
    if estimator.multilabel_:
        above = {"op": "linear.above", "least": threshold(estimator)}
        return Exported(chain(scores.operation, *as_rows(scores.rows), above), Rows(scores.rows.width))
    classes = labels(estimator.classes_)
    if estimator.label_binarizer_.y_type_ == "multiclass":
        return highest(scores, classes)
    return single(scores, {"op": "combining.above", "least": threshold(estimator), "classes": (classes * 2)[:2]})


def _probabilities(estimator: Any, rows: Rows, tables: Tables) -> Exported:
    both = [part(own, "predict_proba", rows, tables) for own in estimator.estimators_]
    made = beside([kept(own, [1]) for own in both])
    doubles(estimator, made.rows, cast=False)
    steps: list[dict[str, Any]] = [{"op": "combining.complement"}] if made.rows.width == 1 else []
    if not estimator.multilabel_:
        steps.append({"op": "combining.shares", "otherwise": 0.0})
    return Exported(chain(made.operation, *steps), Rows(max(made.rows.width, BINARY), "columns"))


def threshold(estimator: Any) -> float:
    """What a binary estimator's score is above where it says yes."""
    from sklearn.base import is_classifier

    first = estimator.estimators_[0]
    return 0.0 if hasattr(first, "decision_function") and is_classifier(first) else 0.5


def one_vs_one(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """One binary estimator for each pair of classes."""
    if method not in ("decision_function", "predict"):
        raise unknown(estimator, method)
    if estimator.pairwise_indices_ is not None:
        raise Unsupported(f"{type(estimator).__name__} of precomputed kernels has no exporter")
    classes = labels(estimator.classes_)
    decisions = [part(own, "predict", rows, tables) for own in estimator.estimators_]
    confidences = [binary(own, rows, tables) for own in estimator.estimators_]
    pairs = {"op": "combining.pairs", "count": len(classes)}
    scores = Exported(chain(beside([*decisions, *confidences]).operation, pairs), Rows(len(classes)))
    if len(classes) > BINARY:
        return scores if method == "decision_function" else highest(scores, classes)
    second = Exported(chain(scores.operation, *as_columns(scores.rows)), scores.rows._replace(form="columns"))
    if method == "decision_function":
        return single(kept(second, [1]))
    return single(kept(second, [1]), {"op": "combining.above", "least": threshold(estimator), "classes": classes})


def output_code(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """One binary estimator for each letter of the classes' codes."""
    if method != "predict":
        raise unknown(estimator, method)
    scores = beside([binary(own, rows, tables) for own in estimator.estimators_])
    nearest = {
        "op": "combining.nearest",
        "codes": estimator.code_book_.astype("f8").tolist(),
        "classes": labels(estimator.classes_),
    }
    return Exported(chain(scores.operation, nearest), VALUES)


def constant(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """The only class that there was, among others a sure one."""
    if method not in ("decision_function", "predict_proba"):
        raise unknown(estimator, method)
    del tables
    [value] = estimator.y_.tolist()
    if method == "predict_proba":
        return Exported({"op": "combining.constant", "value": [1.0 - value, float(value)], "form": rows.form}, Rows(2))
    return Exported({"op": "combining.constant", "value": float(value), "form": rows.form}, VALUES)


EXPORTERS: dict[str, Exporter] = {
    "sklearn.OneVsOneClassifier": one_vs_one,
    "sklearn.OneVsRestClassifier": one_vs_rest,
    "sklearn.OutputCodeClassifier": output_code,
    "sklearn._ConstantPredictor": constant,
}

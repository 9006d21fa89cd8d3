"""sklearn.multiclass."""

from __future__ import annotations

from typing import Any

from . import Exporter, Unsupported, as_columns, as_rows, labels, unsupported_method
from .combining import BINARY, best_label, binary, concatenate, part, select_columns, single_column
from .forms import VALUES, Exported, Rows, Tables, chain
from .linear import refuse_float32
from .versions import version


def one_vs_rest(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export one binary estimator for each class."""
    methods = {"decision_function": _decisions, "predict": _predicted, "predict_proba": _probabilities}
    if method not in methods:
        raise unsupported_method(estimator, method)
    if estimator.label_binarizer_.sparse_input_:
        raise Unsupported(f"{type(estimator).__name__} of sparse labels has no exporter")
    return methods[method](estimator, rows, tables)


def _decisions(estimator: Any, rows: Rows, tables: Tables) -> Exported:
    made = concatenate([part(own, "decision_function", rows, tables) for own in estimator.estimators_])
    return single_column(made) if made.rows.width == 1 else made


def _predicted(estimator: Any, rows: Rows, tables: Tables) -> Exported:
    scores = concatenate([binary(own, rows, tables) for own in estimator.estimators_])
    if estimator.multilabel_:
        above = {"op": "linear.above", "least": threshold(estimator)}
        return Exported(chain(scores.operation, *as_rows(scores.rows), above), Rows(scores.rows.width))
    classes = labels(estimator.classes_)
    if estimator.label_binarizer_.y_type_ == "multiclass":
        if version() < (1, 8):  # of equal scores, the last class wins
            scores, classes = select_columns(scores, list(range(scores.rows.width))[::-1]), classes[::-1]
        return best_label(scores, classes)
    return single_column(scores, {"op": "combining.above", "least": threshold(estimator), "classes": (classes * 2)[:2]})


def _probabilities(estimator: Any, rows: Rows, tables: Tables) -> Exported:
    both = [part(own, "predict_proba", rows, tables) for own in estimator.estimators_]
    made = concatenate([select_columns(own, [1]) for own in both])
    refuse_float32(estimator, made.rows, cast=False)
    steps: list[dict[str, Any]] = [{"op": "combining.complement"}] if made.rows.width == 1 else []
    if not estimator.multilabel_:
        steps.append({"op": "combining.shares", "otherwise": 0.0})
    return Exported(chain(made.operation, *steps), Rows(max(made.rows.width, BINARY), "columns"))


def threshold(estimator: Any) -> float:
    """Return the score above which a binary estimator predicts the positive class."""
    from sklearn.base import is_classifier

    first = estimator.estimators_[0]
    return 0.0 if hasattr(first, "decision_function") and is_classifier(first) else 0.5


def one_vs_one(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export one binary estimator for each pair of classes."""
    if method not in ("decision_function", "predict"):
        raise unsupported_method(estimator, method)
    if estimator.pairwise_indices_ is not None:
        raise Unsupported(f"{type(estimator).__name__} of precomputed kernels has no exporter")
    classes = labels(estimator.classes_)
    decisions = [part(own, "predict", rows, tables) for own in estimator.estimators_]
    confidences = [binary(own, rows, tables) for own in estimator.estimators_]
    pairs = {"op": "combining.pairs", "count": len(classes)}
    scores = Exported(chain(concatenate([*decisions, *confidences]).operation, pairs), Rows(len(classes)))
    if len(classes) > BINARY:
        return scores if method == "decision_function" else best_label(scores, classes)
    second = Exported(chain(scores.operation, *as_columns(scores.rows)), scores.rows._replace(form="columns"))
    if method == "decision_function":
        return single_column(select_columns(second, [1]))
    least = threshold(estimator) if version() >= (1, 1) else 0.0
    return single_column(select_columns(second, [1]), {"op": "combining.above", "least": least, "classes": classes})


def output_code(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export one binary estimator for each digit of the classes' codes."""
    if method != "predict":
        raise unsupported_method(estimator, method)
    scores = concatenate([binary(own, rows, tables) for own in estimator.estimators_])
    nearest = {
        "op": "combining.nearest",
        "codes": estimator.code_book_.astype("f8").tolist(),
        "classes": labels(estimator.classes_),
    }
    return Exported(chain(scores.operation, nearest), VALUES)


def constant(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the estimator of a label that was constant during training."""
    if method not in ("decision_function", "predict_proba"):
        raise unsupported_method(estimator, method)
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

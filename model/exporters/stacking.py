"""sklearn.ensemble: stacking."""

from typing import Any

from . import VALUES, Exported, Exporter, Rows, Tables, Unsupported, as_columns, chain, export, labels
from .combining import BINARY, beside, kept, part

NUMBERS = {"boolean", "double", "float", "integer", "long"}


def stacked(estimator: Any, rows: Rows, tables: Tables) -> Exported:
    """What each estimator says of the rows, and the rows themselves if they pass through: columns."""
    made = []
    for own, method in zip(estimator.estimators_, estimator.stack_method_, strict=True):
        found = part(own, method, rows, tables)
        if method == "predict_proba" and len(estimator.classes_) == BINARY:
            found = kept(found, list(range(1, found.rows.width)))
        made.append(found)
    if estimator.passthrough:
        made.append(_passed(estimator, rows))
    return beside(made)


def _passed(estimator: Any, rows: Rows) -> Exported:
    if rows.sparse or set(rows.types) - NUMBERS:
        raise Unsupported(f"{type(estimator).__name__} that passes text or sparse rows through has no exporter")
    numbers = [{"op": "checking.numbers", "names": [None] * rows.width}] if rows.types else []
    return Exported(chain(*as_columns(rows), *numbers), Rows(rows.width, "columns"))


def regressor(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """The final estimator's answer to what the others say."""
    first, given = stacked(estimator, rows, tables)
    if method == "transform":
        return Exported(first, given)
    last, found = export(estimator.final_estimator_, method, given, tables)
    return Exported(chain(first, last), found)


def classifier(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """The same; the final estimator names classes by their number."""
    if isinstance(estimator._label_encoder, list):  # noqa: SLF001 - it has no other name
        raise Unsupported(f"{type(estimator).__name__} of several labels has no exporter")
    operation, found = regressor(estimator, method, rows, tables)
    if method != "predict":
        return Exported(operation, found)
    named = {"op": "combining.named", "classes": labels(estimator.classes_)}
    return Exported(chain(operation, named), VALUES)


EXPORTERS: dict[str, Exporter] = {"sklearn.StackingClassifier": classifier, "sklearn.StackingRegressor": regressor}

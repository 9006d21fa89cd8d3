"""Stacking (sklearn.ensemble)."""

from __future__ import annotations

from typing import Any

from . import Exporter, Unsupported, as_columns, composing, export, labels
from .combining import BINARY, concatenate, part, select_columns
from .forms import VALUES, Exported, Rows, Tables, chain, zip_strict
from .versions import first_of

NUMBERS = {"boolean", "double", "float", "integer", "long"}


def stacked(estimator: Any, rows: Rows, tables: Tables) -> Exported:
    """Export the predictions of all estimators, plus the rows if passthrough: as columns, or sparse if the rows are."""
    made = []
    for own, method in zip_strict(estimator.estimators_, estimator.stack_method_):
        found = part(own, method, rows, tables)
        if method == "predict_proba" and len(estimator.classes_) == BINARY:
            found = select_columns(found, list(range(1, found.rows.width)))
        made.append(found)
    if estimator.passthrough:
        made.append(_passed(estimator, rows))
        if rows.sparse:
            whole = composing.concatenate(made)
            return whole._replace(rows=whole.rows._replace(scipy=rows.scipy))
    return concatenate(made)


def _passed(estimator: Any, rows: Rows) -> Exported:
    if set(rows.types) - NUMBERS:
        raise Unsupported(f"{type(estimator).__name__} that passes text through has no exporter")
    if rows.sparse:
        return Exported(chain(), rows)
    numbers = [{"op": "checking.numbers", "names": [None] * rows.width}] if rows.types else []
    return Exported(chain(*as_columns(rows), *numbers), Rows(rows.width, "columns"))


def regressor(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the final estimator on the others' predictions."""
    first, given = stacked(estimator, rows, tables)
    if method == "transform":
        return Exported(first, given)
    last, found = export(estimator.final_estimator_, method, given, tables)
    return Exported(chain(first, last), found)


def classifier(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export a stacking classifier; its final estimator predicts class numbers."""
    if isinstance(first_of(estimator, "_label_encoder", "_le"), list):
        raise Unsupported(f"{type(estimator).__name__} of several labels has no exporter")
    operation, found = regressor(estimator, method, rows, tables)
    if method != "predict":
        return Exported(operation, found)
    named = {"op": "combining.named", "classes": labels(estimator.classes_)}
    return Exported(chain(operation, named), VALUES)


EXPORTERS: dict[str, Exporter] = {"sklearn.StackingClassifier": classifier, "sklearn.StackingRegressor": regressor}

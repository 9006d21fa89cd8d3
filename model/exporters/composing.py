"""Pipelines, column transformers and feature unions."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from . import Exporter, Unsupported, as_columns, as_rows, as_sparse, export, unsupported_method
from .forms import Exported, Rows, Tables, chain, side_by_side
from .frames import OBJECT, as_array, common, is_frame
from .versions import version


def pipeline(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export each step's transform, then the last step's method."""
    operations = []
    *steps, last = [step for _, step in estimator.steps]
    asked = [(step, "transform") for step in steps] + [(last, method)]
    for step, own in asked:
        if step not in (None, "passthrough"):
            operation, rows = export(step, own, rows, tables)
            operations.append(operation)
        elif own != "transform":
            raise unsupported_method(estimator, method)
    return Exported(chain(*operations), rows)


def column_transformer(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export each transformer on its columns, and concatenate the results."""
    import numpy as np

    if method != "transform":
        raise unsupported_method(estimator, method)
    weights = estimator.transformer_weights or {}
    places = _places(estimator, rows)
    columns = rows._replace(form="columns")
    made = []
    for name, transformer, selector in estimator.transformers_:
        selected = [places[index] for index in _inputs(estimator, name, selector, rows)]
        if transformer == "drop" or not selected:
            continue
        scalar = bool(np.isscalar(selector))
        picked: dict[str, Any] = {"op": "composing.columns", "indices": selected}
        if scalar:
            picked = {"op": "composing.column", "index": selected[0]}
        given = columns.pick(selected, "values" if scalar else "columns")
        steps, found = transform_steps(transformer, weights.get(name), given, tables)
        made.append(Exported(chain(picked, *steps), found))
    union, found = concatenate(made, frame=is_frame(estimator))
    return Exported(chain(*as_columns(rows), union), found._replace(scipy=bool(estimator.sparse_output_)))


def _inputs(estimator: Any, name: str, selector: Any, rows: Rows) -> list[int]:
    """Return the indices of a transformer's columns; before scikit-learn 1.0, resolve its selector."""
    if version() >= (1, 0):
        return list(estimator._transformer_to_input_indices[name])  # noqa: SLF001 - resolved names and selectors
    import numpy as np
    from sklearn.utils import _get_column_indices

    names = estimator._feature_names_in  # noqa: SLF001 - None where it was fitted to an array
    if names is None:
        return list(_get_column_indices(np.empty((1, rows.width)), selector))
    import pandas as pd

    return list(_get_column_indices(pd.DataFrame(columns=names), selector))


def _places(estimator: Any, rows: Rows) -> list[int]:
    """Return the position of each fitted column in the input: by name, as pandas finds them, or in order."""
    names = [rows.named(index) for index in range(rows.width)]
    fitted = list(getattr(estimator, "feature_names_in_", ()))
    if fitted and len(set(names)) == len(names) and set(fitted) <= set(names):
        return [names.index(name) for name in fitted]
    return list(range(rows.width))


def feature_union(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export each transformer on all columns, and concatenate the results."""
    if method != "transform":
        raise unsupported_method(estimator, method)
    weights = estimator.transformer_weights or {}
    made = []
    for name, transformer in estimator.transformer_list:
        if transformer != "drop":
            steps, found = transform_steps(transformer, weights.get(name), rows, tables)
            made.append(Exported(chain(*steps), found))
    union, found = concatenate(made, frame=is_frame(estimator))
    return Exported(union, found._replace(scipy=any(part.rows.scipy for part in made)))


def transform_steps(
    transformer: Any, weight: float | None, rows: Rows, tables: Tables
) -> tuple[list[dict[str, Any]], Rows]:
    """Return the operations of a transformer whose results are multiplied by a weight, and the form of the result."""
    steps: list[dict[str, Any]] = []
    if transformer != "passthrough":
        operation, rows = export(transformer, "transform", rows, tables)
        steps.append(operation)
    if weight is None:
        return steps, rows
    kind = common(rows)
    if kind in ("float", OBJECT):
        raise Unsupported(f"transformer_weights of {kind} columns has no exporter")
    form = rows.form if rows.sparse else "columns"
    steps += [] if rows.sparse else as_columns(rows)
    steps.append({"op": f"composing.weighted_{form}", "weight": float(weight)})
    return steps, rows._replace(form=form, types=())


def concatenate(parts: list[Exported], *, frame: bool = False) -> Exported:
    """Concatenate results: sparse rows if any part is sparse, columns if all parts are columns.

    Args:
        parts: the results to concatenate.
        frame: whether columns keep their own types, as in a pandas.DataFrame; an array has one type.

    Raises:
        Unsupported: there are no columns.
    """
    if not any(part.rows.width for part in parts):
        raise Unsupported("a transformer that gives no column has no exporter")
    types = sum((part.rows.types or ("double",) * part.rows.width for part in parts), ())
    origins = sum((part.rows.origins or (None,) * part.rows.width for part in parts), ())
    whole = Rows(len(types), "columns", types, origins, finite=all(part.rows.finite for part in parts))
    if not frame:
        kind = OBJECT if any(map(_mixed, parts)) else common(whole)
        parts = [_typed(part, kind) for part in parts]
        whole = whole._replace(types=() if kind == "double" else (kind,) * whole.width)
    parts = [part for part in parts if part.rows.width or part.rows.form != "columns"]
    if len(parts) > 1 and OBJECT not in types and any(part.rows.sparse for part in parts):
        formed = [chain(part.operation, *as_sparse(part.rows)) for part in parts]
        widths = [part.rows.width for part in parts]
        union = {"op": "composing.sparse_union", "parts": formed, "widths": widths}
        return Exported(union, whole._replace(form="sparse"))
    runs: list[Exported] = []
    for columnar, run in groupby(parts, lambda part: part.rows.form in ("columns", "values")):
        several = list(run)
        runs += [_columns(several)] if columnar else several
    if len(runs) == 1:
        return Exported(runs[0].operation, whole._replace(form=runs[0].rows.form))
    formed = [chain(run.operation, *as_rows(run.rows)) for run in runs]
    widths = [run.rows.width for run in runs]
    return Exported({"op": "composing.union", "parts": formed, "widths": widths}, whole._replace(form="rows"))


def _columns(parts: list[Exported]) -> Exported:
    """Concatenate columns."""
    formed = [chain(part.operation, *as_columns(part.rows)) for part in parts]
    width = sum(part.rows.width for part in parts)
    return Exported(side_by_side(formed), Rows(width, "columns"))


def _mixed(part: Exported) -> bool:
    """Return whether numpy turns a part, columns of a DataFrame, into objects: it has booleans among numbers."""
    return len(set(part.rows.types)) > 1 and "boolean" in part.rows.types


def _typed(part: Exported, kind: str) -> Exported:
    """Cast a part to a type; in sparse rows, 1 may stand for 1.0."""
    if part.rows.sparse:
        return part
    steps, rows = as_array(part.rows, kind)
    return Exported(chain(part.operation, *steps), rows)


EXPORTERS: dict[str, Exporter] = {
    "sklearn.ColumnTransformer": column_transformer,
    "sklearn.FeatureUnion": feature_union,
    "sklearn.Pipeline": pipeline,
}

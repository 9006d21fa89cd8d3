"""Pipelines and other estimators made of estimators."""

from typing import Any

from . import (
    Exported,
    Exporter,
    Rows,
    Tables,
    Unsupported,
    as_rows,
    as_sparse,
    chain,
    export,
    unknown,
)


def pipeline(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Each step's transform, then the last one's method; backwards where the inverse is asked for."""
    steps = [step for _, step in estimator.steps if step not in (None, "passthrough")]
    if method == "inverse_transform":
        asked = [(step, method) for step in reversed(steps)]
    else:
        asked = [(step, "transform") for step in steps]
        if estimator.steps[-1][1] not in (None, "passthrough"):
            asked[-1] = (steps[-1], method)
        elif method != "transform":
            raise unknown(estimator, method)
    operations = []
    for step, own in asked:
        operation, rows = export(step, own, rows, tables)
        operations.append(operation)
    return Exported(chain(*operations), rows)


def column_transformer(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Some columns to each transformer, the results beside each other."""
    del method
    made = []
    if estimator.transformer_weights:
        raise Unsupported("ColumnTransformer with transformer_weights has no exporter")
    if rows.form != "columns":
        raise Unsupported("ColumnTransformer of anything but raw columns has no exporter")
    for name, transformer, _ in estimator.transformers_:
        if transformer == "drop":
            continue
        selected = [int(index) for index in estimator._transformer_to_input_indices[name]]  # noqa: SLF001 - resolved names and selectors
        columns = [fitted for label, _, fitted in estimator.transformers if label == name]
        scalar = bool(columns) and isinstance(columns[0], str | int)
        picked: dict[str, Any]
        if scalar:
            picked = {"op": "composing.column", "index": selected[0]}
        else:
            picked = {"op": "composing.columns", "indices": selected}
        given = rows.pick(selected, "values" if scalar else "columns")
        if transformer == "passthrough" or getattr(transformer, "func", 0) is None:
            made.append(Exported(picked, given))
        else:
            operation, found = export(transformer, "transform", given, tables)
            made.append(Exported(chain(picked, operation), found))
    return beside(made)


def beside(parts: list[Exported]) -> Exported:
    """Rows beside each other: sparse if any of them is, so that zeros cost nothing."""
    if len(parts) == 1:
        return parts[0]
    widths = [part.rows.width for part in parts]
    sparse = any(part.rows.sparse for part in parts)
    formed = [chain(part.operation, *(as_sparse if sparse else as_rows)(part.rows)) for part in parts]
    types = sum((part.rows.types or ("double",) * part.rows.width for part in parts), ())
    origins = sum((part.rows.origins or (None,) * part.rows.width for part in parts), ())
    if sparse:
        union = {"op": "composing.sparse_union", "parts": formed, "widths": widths}
        return Exported(union, Rows(sum(widths), "sparse", types, origins))
    return Exported({"op": "composing.union", "parts": formed}, Rows(sum(widths), "rows", types, origins))


EXPORTERS: dict[str, Exporter] = {
    "sklearn.ColumnTransformer": column_transformer,
    "sklearn.Pipeline": pipeline,
}

"""Pipelines and other estimators made of estimators."""

from typing import Any

from . import (
    VALUES,
    Exported,
    Exporter,
    Rows,
    Tables,
    Unsupported,
    as_rows,
    as_sparse,
    chain,
    export,
    labels,
)


def pipeline(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Each step's transform, then the last one's method."""
    operations = []
    *transformers, (_, last) = [(name, step) for name, step in estimator.steps if step not in (None, "passthrough")]
    for _, step in transformers:
        operation, rows = export(step, "transform", rows, tables)
        operations.append(operation)
    operation, rows = export(last, method, rows, tables)
    return Exported(chain(*operations, operation), rows)


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


def fixed_threshold(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """A label by a threshold on one class's score; everything else is the inner estimator's."""
    inner = estimator.estimator_
    if method != "predict":
        return export(inner, method, rows, tables)
    classes = labels(estimator.classes_)
    positive = estimator.pos_label if estimator.pos_label is not None else classes[1]
    place = classes.index(positive)
    response = estimator.response_method
    response = (
        ("predict_proba" if hasattr(inner, "predict_proba") else "decision_function")
        if response == "auto"
        else response
    )
    least = getattr(estimator, "best_threshold_", None) or estimator.threshold
    if least == "auto":
        least = 0.5 if response == "predict_proba" else 0.0
    if response == "decision_function" and place == 0:
        raise Unsupported("FixedThresholdClassifier on the decision function of the first class has no exporter")
    scores, given = export(inner, response, rows, tables)
    decided = {
        "op": "linear.threshold",
        "position": place if response == "predict_proba" else 0,
        "least": float(least),
        "classes": [classes[1 - place], classes[place]],
    }
    return Exported(chain(scores, *as_rows(given), decided), VALUES)


EXPORTERS: dict[str, Exporter] = {
    "sklearn.ColumnTransformer": column_transformer,
    "sklearn.FixedThresholdClassifier": fixed_threshold,
    "sklearn.Pipeline": pipeline,
}

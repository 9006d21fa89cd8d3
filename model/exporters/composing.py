"""Pipelines and other estimators made of estimators."""

from typing import Any

from . import Exported, Exporter, Rows, Tables, Unsupported, chain, export, labels


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
    operations, widths, sparse = [], [], []
    for name, transformer, _ in estimator.transformers_:
        if transformer == "drop":
            continue
        selected = estimator._transformer_to_input_indices[name]  # noqa: SLF001 - resolved names and selectors
        columns = [fitted for label, _, fitted in estimator.transformers if label == name]
        scalar = bool(columns) and isinstance(columns[0], str | int)
        picked: dict[str, Any]
        if scalar:
            picked = {"op": "composing.column", "index": int(selected[0])}
        else:
            picked = {"op": "composing.columns", "indices": [int(index) for index in selected]}
        given = Rows(
            len(selected),
            types=tuple(rows.types[index] for index in selected),
            names=tuple(rows.names[index] for index in selected),
            scalar=scalar,
        )
        if transformer == "passthrough" or getattr(transformer, "func", 0) is None:
            made = Exported(picked, given)
        else:
            inner = export(transformer, "transform", given, tables)
            made = Exported(chain(picked, inner.operation), inner.rows)
        weight = (estimator.transformer_weights or {}).get(name)
        if weight is not None:
            raise Unsupported("ColumnTransformer with transformer_weights has no exporter")
        operations.append(made.operation)
        widths.append(made.rows.width)
        sparse.append(made.rows.sparse)
    return joined(operations, widths, sparse)


def joined(operations: list[dict[str, Any]], widths: list[int], sparse: list[bool]) -> Exported:
    """Rows beside each other: sparse if any of them is, so that zeros cost nothing."""
    if len(operations) == 1:
        return Exported(operations[0], Rows(widths[0], sparse=sparse[0]))
    if not any(sparse):
        return Exported({"op": "composing.union", "parts": operations}, Rows(sum(widths)))
    parts = [
        operation if thin else chain(operation, {"op": "composing.sparse"})
        for operation, thin in zip(operations, sparse, strict=True)
    ]
    union = {"op": "composing.sparse_union", "parts": parts, "widths": widths}
    return Exported(union, Rows(sum(widths), sparse=True))


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
    scores, _ = export(inner, response, rows, tables)
    if response == "decision_function" and place == 0:
        raise Unsupported("FixedThresholdClassifier on the decision function of the first class has no exporter")
    decided = {
        "op": "linear.threshold",
        "position": place if response == "predict_proba" else 0,
        "least": float(least),
        "classes": [classes[1 - place], classes[place]],
    }
    return Exported(chain(scores, decided), Rows(1))


EXPORTERS: dict[str, Exporter] = {
    "sklearn.ColumnTransformer": column_transformer,
    "sklearn.FixedThresholdClassifier": fixed_threshold,
    "sklearn.Pipeline": pipeline,
}

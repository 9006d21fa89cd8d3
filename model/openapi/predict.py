"""`POST /predict`."""

from typing import Any

from handler.outputs import PREDICTION
from handler.schema import NO_MISSING, fields
from handler.schema import Schema as Reader
from handler.types import COLUMN_TYPES
from model.openapi.parts import Document, json_answer, problems, reference
from model.openapi.types import Schema, answer, named, present, record

MLFLOW_TYPE = "x-mlflow-type"


def add(document: Document) -> None:
    """Add the route, and the schemas Row, Rows, Answer and Problem."""
    signature, example = document.manifest.signature, document.manifest.example
    rows, given = (example.rows, example.answer or []) if example else ([], [])
    together = Reader(signature).rows_per_call
    document.schemas |= {
        "Row": {"description": "The model's input columns.", **_row(signature.inputs or [])},
        "Rows": {"type": "array", "items": reference("Row"), **_rows(signature.inputs or [], together)},
        "Answer": {"description": "The model's output columns.", **_answer(signature.outputs or [], given)},
        "Answers": {"type": "array", "items": reference("Answer")},
        "Problem": _PROBLEM,
    }
    alone = together in {None, 1}
    asked = {"oneOf": [reference("Row"), reference("Rows")]} if alone else reference("Rows")
    answers = {"oneOf": [reference("Answer"), reference("Answers")]}
    document.post(
        "/predict",
        "predict",
        "predict",
        "Predict one row, or several.",
        json_answer("One answer a row, in the form that was asked.", answers, _examples(given, alone))
        | problems(400, 413, 415, 422, 500, 504),
        {"application/json": {"schema": asked, "examples": _examples(rows, alone)}},
        parameters=_params(signature.params or []),
    )


def _examples(rows: list[dict[str, Any]], alone: bool) -> dict[str, Any]:
    one = {"one": {"summary": "One row", "value": rows[0]}} if rows and alone else {}
    return {**one, "several": {"summary": "Several rows", "value": rows}} if rows else {}


def _row(inputs: list[dict[str, Any]]) -> Schema:
    """An object with the signature's columns, of which there must be one that holds a value."""
    if not inputs:
        return {"type": "object", "minProperties": 1}
    names = fields(inputs)
    schema = record(names, inputs)
    for name, spec in zip(names, inputs, strict=True):
        schema["properties"][name][MLFLOW_TYPE] = named(spec)
    if "required" not in schema:
        schema["anyOf"] = [
            _there(name) if spec["type"] in NO_MISSING else {"required": [name]}
            for name, spec in zip(names, inputs, strict=True)
        ]
    return schema


def _rows(inputs: list[dict[str, Any]], together: int | None) -> Schema:
    """What holds of several rows: how many there must be, and which columns are in all of them or in none."""
    rules: list[Schema] = []
    if together is not None:
        rules.append({"anyOf": [{"minItems": together, "maxItems": together}, {"maxItems": 0}]})
    for name, spec in zip(fields(inputs), inputs, strict=True):
        if spec["type"] in NO_MISSING and not spec.get("required", True):
            rules.append({"anyOf": [{"items": _there(name)}, {"items": {"properties": {name: {"type": "null"}}}}]})
    return {"allOf": rules} if rules else {}


def _there(name: str) -> Schema:
    return {"required": [name], "properties": {name: {"not": {"type": "null"}}}}


_PROBLEM: Schema = {
    "description": "What was wrong, and where (RFC 9457).",
    "type": "object",
    "properties": {
        "type": {"const": "about:blank"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "row": {"type": "integer", "minimum": 0, "description": "The row, counted from 0."},
        "column": {"type": "string", "description": "The input column."},
    },
    "required": ["type", "title", "status", "detail"],
}


def _params(specs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The model's params as parameters of a query."""
    return [
        {"name": spec["name"], "in": "query", "schema": _param(spec), "description": "A param of the model."}
        for spec in specs
    ]


def _param(spec: dict[str, Any]) -> Schema:
    schema = param(spec)
    return schema | {"default": spec["default"]} if spec.get("default") is not None else schema


def param(spec: dict[str, Any]) -> Schema:
    """A param's value; where it has a shape, a list of them."""
    schema = present(spec) if spec["type"] in COLUMN_TYPES else {}
    return {"type": "array", "items": schema} if spec.get("shape") is not None else schema


def _answer(outputs: list[dict[str, Any]], given: list[dict[str, Any]]) -> Schema:
    """An object with the signature's outputs, of the types of the answers that were given."""
    if not outputs:
        return {"type": "object"}
    unnamed = len(outputs) == 1 and not outputs[0].get("name")
    names = [PREDICTION] if unnamed else fields(outputs)
    columns = {
        name: {**answer(spec, [row[name] for row in given if name in row]), MLFLOW_TYPE: named(spec)}
        for name, spec in zip(names, outputs, strict=True)
    }
    return {"type": "object", "properties": columns} | ({"required": names} if unnamed else {})

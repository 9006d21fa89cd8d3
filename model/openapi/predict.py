"""Describe `POST /predict`."""

from typing import Any

from handler.bundle import Answers
from handler.response.output_columns import PREDICTION
from handler.schema import NO_MISSING, fields
from handler.schema import Schema as SignatureSchema
from handler.schema.column_types import COLUMN_TYPES
from model.openapi import explanations
from model.openapi.json_schema import Schema, mlflow_type, object_schema, output_schema, present_schema
from model.openapi.parts import Document, json_response, problem_responses, reference

MLFLOW_TYPE = "x-mlflow-type"


def add(document: Document) -> None:
    """Add the route, and the schemas Row, Rows, Answer and Problem."""
    signature, example = document.manifest.signature, document.manifest.example
    rows, answer = (example.rows, example.answer) if example else ([], None)
    whole = document.manifest.answers.whole
    outputs = [] if whole else answer or []
    together = SignatureSchema(signature).rows_per_call
    document.schemas |= {
        "Row": {"description": "The model's input columns.", **_row(signature.inputs or [])},
        "Rows": {"type": "array", "items": reference("Row"), **_rows(signature.inputs or [], together)},
        "Answer": {"description": "The model's output columns.", **_answer(signature.outputs or [], outputs)},
        "Answers": {"type": "array", "items": reference("Answer")},
        "Problem": _PROBLEM,
    }
    document.schemas |= explanations.schemas(document.manifest)
    if whole:
        document.schemas["Output"] = _output(answer)
    alone = together in {None, 1}
    body = {"oneOf": [reference("Row"), reference("Rows")]} if alone else reference("Rows")
    answers = reference("Output") if whole else {"oneOf": [reference("Answer"), reference("Answers")]}
    if "Explained" in document.schemas:
        answers = {"anyOf": [*answers["oneOf"], reference("Explained")]}
    examples = {"example": {"summary": "The whole output", "value": answer}} if whole and answer else {}
    document.post(
        "/predict",
        "predict",
        "predict",
        "Predict one row or several rows.",
        json_response(_described(document.manifest.answers), answers, examples or _examples(outputs, alone))
        | problem_responses(400, 413, 415, 422, 500, 504),
        {"application/json": {"schema": body, "examples": _examples(rows, alone)}},
        parameters=[*query_parameters(signature.params), *explanations.parameters(document.manifest)],
        description=_PARAMS_IN_BODY if SignatureSchema(signature).rows_have_params else "",
    )


def _described(answers: Answers) -> str:
    """Return what a response contains, and how far it can be relied on."""
    parts = [".".join(map(str, path)) for path in answers.varies if path]
    sentences = (
        (not answers.whole, "One prediction per row: an object for an object, a list for a list."),
        (answers.whole, "The whole output: it is not one prediction per row."),
        (answers.batch, "The prediction for a row depends on the other rows of the request."),
        ([] in answers.varies, "The predictions differ from call to call."),
        (bool(parts), f"These parts differ from call to call: {', '.join(parts)}."),
    )
    return " ".join(sentence for holds, sentence in sentences if holds)


def _output(answer: Any) -> Schema:
    """Return the schema of a whole output, whose `predictions` are those of MLflow's server."""
    kinds = {dict: "object", list: "array", str: "string", bool: "boolean", int: "number", float: "number"}
    predictions = answer["predictions"] if answer else None
    kind = {"type": kinds[type(predictions)]} if type(predictions) in kinds else {}
    description = "The whole output, as in a response of `/invocations`."
    return {
        "type": "object",
        "properties": {"predictions": kind | {"description": description}},
        "required": ["predictions"],
    }


def _examples(rows: list[dict[str, Any]], alone: bool) -> dict[str, Any]:
    one = {"one": {"summary": "One row", "value": rows[0]}} if rows and alone else {}
    return {**one, "several": {"summary": "Several rows", "value": rows}} if rows else {}


def _row(inputs: list[dict[str, Any]]) -> Schema:
    """Return the schema of a row: the signature's columns, at least one of them with a value."""
    if not inputs:
        return {"type": "object", "minProperties": 1}
    names = fields(inputs)
    schema = object_schema(names, inputs)
    for name, spec in zip(names, inputs, strict=True):
        schema["properties"][name][MLFLOW_TYPE] = mlflow_type(spec)
    if "required" not in schema:
        schema["anyOf"] = [
            _there(name) if spec["type"] in NO_MISSING else {"required": [name]}
            for name, spec in zip(names, inputs, strict=True)
        ]
    return schema


def _rows(inputs: list[dict[str, Any]], together: int | None) -> Schema:
    """Return the rules for several rows: their number, and columns that must be in all of them or in none."""
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
    "description": "What is wrong, and where (RFC 9457).",
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


_PARAMS_IN_BODY = "One object may have the model's params in its field `params` instead of the query string."


def query_parameters(specs: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    """Return the model's params as query parameters."""
    return [
        {"name": spec["name"], "in": "query", "schema": _param(spec), "description": "A param of the model."}
        for spec in specs or []
    ]


def _param(spec: dict[str, Any]) -> Schema:
    schema = param_schema(spec)
    return schema | {"default": spec["default"]} if spec.get("default") is not None else schema


def param_schema(spec: dict[str, Any]) -> Schema:
    """Return the schema of a param: its type, or a list of it if the param has a shape."""
    schema = present_schema(spec) if spec["type"] in COLUMN_TYPES else {}
    return {"type": "array", "items": schema} if spec.get("shape") is not None else schema


def _answer(outputs: list[dict[str, Any]], observed: list[dict[str, Any]]) -> Schema:
    """Return the schema of a prediction: the signature's outputs, unless the model returned other types."""
    if not outputs:
        return {"type": "object"}
    unnamed = len(outputs) == 1 and not outputs[0].get("name")
    names = [PREDICTION] if unnamed else fields(outputs)
    columns = {
        name: {**output_schema(spec, [row[name] for row in observed if name in row]), MLFLOW_TYPE: mlflow_type(spec)}
        for name, spec in zip(names, outputs, strict=True)
    }
    return {"type": "object", "properties": columns} | ({"required": names} if unnamed else {})

"""`POST /predict`."""

from typing import Any

from handler.outputs import PREDICTION
from handler.schema import fields
from model.openapi.parts import Document, json_answer, reference, row
from model.openapi.types import answer, value

ERRORS = {
    400: "The body is not JSON.",
    413: "The body or the answer is over the platform's limit.",
    415: "The body is of a content type, or packed in a way, that is not read.",
    422: "A value does not fit the signature, or the model refuses the row.",
    500: "The model failed.",
    504: "No time was left.",
}


def add(document: Document) -> None:
    """Add the route, and the schemas Row and Answer."""
    manifest = document.manifest
    inputs, outputs = manifest.signature.inputs, manifest.signature.outputs
    schema: dict[str, Any] = {"type": "object"}
    if inputs:
        schema = row(inputs, fields(inputs))
    document.schemas["Row"] = {"description": "The model's input columns.", **schema}
    document.schemas["Answer"] = {"description": "The model's output columns.", **_answer(outputs or [])}
    body: dict[str, Any] = {"schema": _one_or_several("Row")}
    if manifest.example:
        rows = manifest.example.rows
        body["examples"] = {
            "one": {"summary": "One row", "value": rows[0]},
            "several": {"summary": "Several rows", "value": rows},
        }
    answers = json_answer("One answer a row, in the form that was asked.", _one_or_several("Answer"))
    answers |= {str(status): document.problem(text) for status, text in ERRORS.items()}
    document.post(
        "/predict",
        "predict",
        "predict",
        "Predict one row, or several.",
        answers,
        {"application/json": body},
        params(document),
    )


def params(document: Document) -> list[dict[str, Any]]:
    """The model's params as parameters of a query."""
    return [
        {"name": spec["name"], "in": "query", "schema": _param(spec), "description": "A param of the model."}
        for spec in document.manifest.signature.params or []
    ]


def _param(spec: dict[str, Any]) -> dict[str, Any]:
    schema = value({"type": spec["type"], "required": True})
    if isinstance(schema.get("type"), list):
        schema |= {"type": schema["type"][0]}
    if spec.get("shape") is not None:
        schema = {"type": "array", "items": schema}
    return schema | {"default": spec["default"]} if spec.get("default") is not None else schema


def _one_or_several(name: str) -> dict[str, Any]:
    return {"oneOf": [reference(name), {"type": "array", "items": reference(name)}]}


def _answer(outputs: list[dict[str, Any]]) -> dict[str, Any]:
    if not outputs:
        return {"type": "object"}
    if len(outputs) == 1 and not outputs[0].get("name"):
        return {"type": "object", "properties": {PREDICTION: answer(outputs[0])}, "required": [PREDICTION]}
    names = fields(outputs)
    return {
        "type": "object",
        "properties": {name: answer(spec) for name, spec in zip(names, outputs, strict=True)},
    }

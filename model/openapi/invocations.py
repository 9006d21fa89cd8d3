"""MLflow's scoring protocol."""

from typing import Any

from handler.schema import UNNAMED, fields
from model.openapi.parts import Answers, Document, answered, errors, json_answer, reference
from model.openapi.predict import param
from model.openapi.types import Schema, value

_TAG = "MLflow"


def add(document: Document) -> None:
    """Add `/invocations`, `/ping`, `/health` and `/version`, and the schemas of their bodies."""
    forms = _forms(document)
    document.schemas |= forms | {"MlflowError": _ERROR}
    body: dict[str, Any] = {"schema": {"oneOf": [reference(name) for name in forms]}}
    if document.manifest.example:
        body["examples"] = {"example": {"summary": "The model's own example", "value": _example(document)}}
    predictions = {"type": "object", "properties": {"predictions": {}}, "required": ["predictions"]}
    table = {"type": "string", "description": "A line with the columns' names, then a line a row."}
    document.post(
        "/invocations",
        "invocations",
        _TAG,
        "Predict, as MLflow's own server does.",
        json_answer("What the model gives.", predictions)
        | _errors(400, 413, 500, 504)
        | answered("The content type is not read.", "text/plain", {"type": "string"}, 415),
        {"application/json": body, "text/csv": {"schema": table}},
    )
    # MLflow calls them JSON; they are a line without anything, and a version as it is.
    for path, name, summary in (("/ping", "ping", "Whether it answers."), ("/health", "health", "The same.")):
        document.get(path, name, _TAG, summary, answered("It does.", "application/json", {}) | _errors(500))
    version = answered("As text.", "application/json", {})
    document.get("/version", "version", _TAG, "MLflow's version.", version | _errors(500))


_ERROR: Schema = {
    "description": "An error as MLflow has it.",
    "type": "object",
    "properties": {
        "error_code": {"type": "string"},
        "message": {"type": "string"},
        "sqlstate": {"type": "string"},
        "error_class": {"type": "string"},
        "row": {"type": "integer", "minimum": 0},
        "column": {"type": "string"},
    },
    "required": ["error_code", "message"],
}


def _errors(*statuses: int) -> Answers:
    texts = {400: "The body is not in one of the forms, or a value does not fit the signature."}
    return errors("MlflowError", *statuses, texts=texts)


def _example(document: Document) -> dict[str, Any]:
    rows = document.manifest.example.rows if document.manifest.example else []
    if _unnamed(document):
        return {"inputs": [row[UNNAMED] for row in rows]}
    return {"dataframe_records": rows}


def _unnamed(document: Document) -> bool:
    inputs = document.manifest.signature.inputs or []
    return len(inputs) == 1 and "name" not in inputs[0]


def _forms(document: Document) -> dict[str, Schema]:
    """The schema of each form that this signature can be asked in."""
    inputs = document.manifest.signature.inputs or []
    names = fields(inputs)
    columns = {name: value(spec) for name, spec in zip(names, inputs, strict=True)}
    params = {spec["name"]: param(spec) for spec in document.manifest.signature.params or []}

    def form(name: str, schema: Schema) -> Schema:
        fields = {name: schema, "params": {"type": ["object", "null"], "properties": params}}
        return {"type": "object", "properties": fields, "required": [name]}

    one = list(columns.values()) if len(columns) == 1 else []
    several = [{"type": "array", "items": schema} for schema in one]
    if _unnamed(document):
        return {"Instances": form("instances", several[0]), "Inputs": form("inputs", {"anyOf": [*several, *one]})}
    split = {
        "type": "object",
        "properties": {
            "columns": {"type": ["array", "null"], "items": {"enum": names} if names else {}},
            "data": {"type": "array"},
            "index": {"type": ["array", "null"]},
        },
        "required": ["data"],
        "additionalProperties": False,
    }
    rows = {"allOf": [reference("Rows"), {"minItems": 1}]}
    required = [name for name, spec in zip(names, inputs, strict=True) if spec.get("required", True)]
    listed = {name: {"type": "array", "items": schema} for name, schema in columns.items()}
    by_column: Schema = {"type": "object", "properties": listed, **({"required": required} if required else {})}
    return {
        "DataframeSplit": form("dataframe_split", split),
        "DataframeRecords": form("dataframe_records", rows),
        "Instances": form("instances", {"anyOf": [rows, *several]}),
        "Inputs": form("inputs", {"anyOf": [by_column, reference("Row"), rows, *several, *one]}),
    }

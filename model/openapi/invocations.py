"""Describe MLflow's scoring protocol."""

from typing import Any

from handler.schema import UNNAMED, fields
from model.openapi import explanations
from model.openapi.json_schema import Schema, value_schema
from model.openapi.parts import Document, Responses, error_responses, json_response, reference, response
from model.openapi.predict import param_schema, query_parameters

_TAG = "MLflow"


def add(document: Document) -> None:
    """Add `/invocations`, `/ping`, `/health` and `/version`, and the schemas of their bodies."""
    forms = _forms(document)
    document.schemas |= forms | {"MlflowError": _ERROR}
    body: dict[str, Any] = {"schema": {"oneOf": [reference(name) for name in forms]}}
    if document.manifest.example:
        body["examples"] = {"example": {"summary": "The model's own example", "value": _example(document)}}
    predictions: Schema = {"type": "object", "properties": {"predictions": {}}, "required": ["predictions"]}
    if "Explained" in document.schemas:
        predictions["properties"]["explanations"] = document.schemas["Explained"]["properties"]["explanations"]
    table = {"type": "string", "description": "A header line with the column names, then one line per row."}
    document.post(
        "/invocations",
        "invocations",
        _TAG,
        "Predict, as MLflow's scoring server does.",
        json_response("The predictions.", predictions)
        | _errors(400, 413, 500, 504)
        | response("The content type is not supported.", "text/plain", {"type": "string"}, 415),
        {"application/json": body, "text/csv": {"schema": table}},
        parameters=[
            *query_parameters(document.manifest.signature.params),
            *explanations.parameters(document.manifest),
        ],
    )
    # MLflow declares JSON for these, but sends an empty line and a bare version.
    for path, name, summary in (("/ping", "ping", "Liveness."), ("/health", "health", "Liveness, as `/ping`.")):
        document.get(path, name, _TAG, summary, response("The service is up.", "application/json", {}) | _errors(500))
    version = response("The version, as text.", "application/json", {})
    document.get("/version", "version", _TAG, "MLflow's version.", version | _errors(500))


_ERROR: Schema = {
    "description": "An error in MLflow's format.",
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


def _errors(*statuses: int) -> Responses:
    texts = {400: "The body has none of the accepted formats, or a value does not match the signature."}
    return error_responses("MlflowError", *statuses, texts=texts)


def _example(document: Document) -> dict[str, Any]:
    rows = document.manifest.example.rows if document.manifest.example else []
    if _unnamed(document):
        return {"inputs": [row[UNNAMED] for row in rows]}
    return {"dataframe_records": rows}


def _unnamed(document: Document) -> bool:
    inputs = document.manifest.signature.inputs or []
    return len(inputs) == 1 and "name" not in inputs[0]


def _forms(document: Document) -> dict[str, Schema]:
    """Return the schema of each request format that this signature allows."""
    inputs = document.manifest.signature.inputs or []
    names = fields(inputs)
    columns = {name: value_schema(spec) for name, spec in zip(names, inputs, strict=True)}
    params = {spec["name"]: param_schema(spec) for spec in document.manifest.signature.params or []}

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

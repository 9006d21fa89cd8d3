"""MLflow's scoring protocol."""

from typing import Any

from handler.schema import UNNAMED, fields
from model.openapi.parts import Document, json_answer, plain, reference
from model.openapi.types import or_null, value

ERRORS = {
    400: "The body is not in one of the forms, or a value does not fit the signature.",
    413: "The body or the answer is over the platform's limit.",
    500: "The model failed.",
    504: "No time was left.",
}


def add(document: Document) -> None:
    """Add `/invocations`, `/ping`, `/health` and `/version`, and the schemas of their bodies."""
    document.schemas["MlflowError"] = {
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
    forms = _forms(document)
    for name, schema in forms.items():
        document.schemas[name] = schema
    body: dict[str, Any] = {"schema": {"oneOf": [reference(name) for name in forms]}}
    example = document.manifest.example
    if example:
        body["examples"] = {"records": {"summary": "Records", "value": _example(document)}}
    predictions = {"type": "object", "properties": {"predictions": {}}, "required": ["predictions"]}
    answers = json_answer("What the model gives.", predictions)
    for status, text in ERRORS.items():
        answers |= json_error(status, text, "MlflowError")
    answers |= plain("The content type is not read.", "text/plain", 415)
    content = {"application/json": body, "text/csv": {"schema": {"type": "string"}}}
    document.post("/invocations", "invocations", "MLflow", "Predict, as MLflow's own server does.", answers, content)
    for path, name, summary in (("/ping", "ping", "Whether it answers."), ("/health", "health", "The same.")):
        document.get(path, name, "MLflow", summary, plain("It does.", "application/json"))
    document.get("/version", "version", "MLflow", "MLflow's version.", plain("As text.", "application/json"))


def json_error(status: int, description: str, name: str) -> dict[str, Any]:
    """An error in JSON."""
    content = {"application/json": {"schema": reference(name)}}
    return {str(status): {"description": description, "content": content}}


def _example(document: Document) -> dict[str, Any]:
    rows = document.manifest.example.rows if document.manifest.example else []
    if list(rows[0]) == [UNNAMED] and "name" not in (document.manifest.signature.inputs or [{}])[0]:
        return {"inputs": [row[UNNAMED] for row in rows]}
    return {"dataframe_records": rows}


def _forms(document: Document) -> dict[str, dict[str, Any]]:
    """The schema of each form that this signature can be asked in."""
    inputs = document.manifest.signature.inputs or []
    names = fields(inputs)
    unnamed = len(inputs) == 1 and "name" not in inputs[0]
    forms: dict[str, dict[str, Any]] = {}
    columns = {name: value(spec) for name, spec in zip(names, inputs, strict=True)}
    if not unnamed:
        cell = {"type": "array", "items": {}}
        split = {
            "type": "object",
            "properties": {
                "columns": {"type": "array", "items": {"enum": names} if names else {}},
                "data": {"type": "array", "items": cell},
                "index": {"type": "array"},
            },
            "required": ["data"],
            "additionalProperties": False,
        }
        rows = {"type": "array", "items": reference("Row"), "minItems": 1}
        forms["DataframeSplit"] = _form("dataframe_split", split, document)
        forms["DataframeRecords"] = _form("dataframe_records", rows, document)
        forms["Instances"] = _form("instances", rows, document)
        required = [name for name, spec in zip(names, inputs, strict=True) if spec.get("required", True)]
        listed = {name: {"type": "array", "items": schema, "minItems": 1} for name, schema in columns.items()}
        by_column: dict[str, Any] = {"type": "object", "properties": listed}
        forms["Inputs"] = _form("inputs", by_column | ({"required": required} if required else {}), document)
        return forms
    values = {"type": "array", "items": columns[names[0]], "minItems": 1}
    return {"Instances": _form("instances", values, document), "Inputs": _form("inputs", values, document)}


def _form(name: str, schema: dict[str, Any], document: Document) -> dict[str, Any]:
    params = {spec["name"]: value({**spec, "required": True}) for spec in document.manifest.signature.params or []}
    named = {"type": ["object", "null"], "properties": {key: or_null(inner) for key, inner in params.items()}}
    return {
        "type": "object",
        "properties": {name: schema, "params": named},
        "required": [name],
        "additionalProperties": False,
    }

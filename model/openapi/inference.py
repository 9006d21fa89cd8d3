"""The Open Inference Protocol."""

from typing import Any

from handler.protocols.oip import tensors
from model.openapi.invocations import json_error
from model.openapi.parts import Document, json_answer, reference

_TAG = "Open Inference Protocol"
_ERRORS = {
    400: "The body is no inference request, or a value does not fit the signature.",
    404: "There is no such model here.",
    413: "The body or the answer is over the platform's limit.",
    415: "The body is packed in a way that is not read.",
    500: "The model failed.",
    504: "No time was left.",
}
_PARAMETERS = {"type": "object", "description": "The model's params; others are passed over."}


def add(document: Document) -> None:
    """Add the routes below `/v2`, and the schemas of their bodies."""
    document.schemas |= _schemas()
    health = {"type": "object", "properties": {"live": {"type": "boolean"}, "ready": {"type": "boolean"}}}
    server = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "version": {"type": "string"}, "extensions": {"type": "array"}},
        "required": ["name", "version", "extensions"],
    }
    document.get("/v2", "server", _TAG, "What serves.", json_answer("Its name and version.", server))
    for name in ("live", "ready"):
        document.get(
            f"/v2/health/{name}", f"server_{name}", _TAG, f"Whether it is {name}.", json_answer("It is.", health)
        )
    for suffix, parameters in (("", ["name"]), ("_version", ["name", "version"])):
        path = "/v2/models/{name}" + ("/versions/{version}" if suffix else "")
        _add_model(document, path, suffix, [_parameter(document, name) for name in parameters])


def _add_model(document: Document, path: str, suffix: str, parameters: list[dict[str, Any]]) -> None:
    missing = json_error(404, _ERRORS[404], "InferenceError")
    ready = {"type": "object", "properties": {"name": {"type": "string"}, "ready": {"type": "boolean"}}}
    document.get(
        path,
        f"model{suffix}",
        _TAG,
        "The model's inputs and outputs.",
        json_answer("The signature as tensors.", reference("ModelMetadata")) | missing,
        parameters,
    )
    document.get(
        f"{path}/ready",
        f"model{suffix}_ready",
        _TAG,
        "Whether the model is ready.",
        json_answer("It is.", ready) | missing,
        parameters,
    )
    answers = json_answer("Output tensors.", reference("InferenceResponse"))
    for status, text in _ERRORS.items():
        answers |= json_error(status, text, "InferenceError")
    body: dict[str, Any] = {"schema": reference("InferenceRequest")}
    if example := _example(document):
        body["examples"] = {"rows": {"summary": "The model's own example", "value": example}}
    document.post(
        f"{path}/infer", f"infer{suffix}", _TAG, "Predict tensors.", answers, {"application/json": body}, parameters
    )


def _parameter(document: Document, name: str) -> dict[str, Any]:
    only = getattr(document.manifest.model, name)
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}, "example": only}


def _example(document: Document) -> dict[str, Any] | None:
    """The input example, where its columns are plain."""
    example, inputs = document.manifest.example, document.manifest.signature.inputs
    known = tensors.all_of(inputs)
    if not example or any(len(tensor.shape) != 1 or tensor.json for tensor in known):
        return None
    given = [tensor for tensor in known if all(tensor.name in row for row in example.rows)]
    return {
        "inputs": [
            {
                "name": tensor.name,
                "shape": [len(example.rows)],
                "datatype": tensor.datatype,
                "data": [row[tensor.name] for row in example.rows],
            }
            for tensor in given
        ]
    }


def _schemas() -> dict[str, Any]:
    text = {"type": "string"}
    datatype = {"enum": sorted(tensors.DATATYPES)}
    shape = {"type": "array", "items": {"type": "integer"}}
    tensor = {
        "type": "object",
        "properties": {
            "name": text,
            "shape": {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 1},
            "datatype": datatype,
            "parameters": {"type": ["object", "null"]},
            "data": {"type": "array", "description": "Flat in row-major order, or nested as its shape."},
        },
        "required": ["name", "shape", "datatype", "data"],
    }
    described = {"type": "object", "properties": {"name": text, "datatype": datatype, "shape": shape}}
    wanted = {"type": "object", "properties": {"name": text}, "required": ["name"]}
    return {
        "InferenceError": {"type": "object", "properties": {"error": text}, "required": ["error"]},
        "InferenceRequest": {
            "type": "object",
            "properties": {
                "id": {"type": ["string", "null"]},
                "parameters": {**_PARAMETERS, "type": ["object", "null"]},
                "inputs": {"type": "array", "items": tensor, "minItems": 1},
                "outputs": {"type": ["array", "null"], "items": wanted},
            },
            "required": ["inputs"],
        },
        "InferenceResponse": {
            "type": "object",
            "properties": {
                "model_name": text,
                "model_version": text,
                "id": text,
                "outputs": {"type": "array", "items": tensor},
            },
            "required": ["model_name", "outputs"],
        },
        "ModelMetadata": {
            "type": "object",
            "properties": {
                "name": text,
                "versions": {"type": "array", "items": text},
                "platform": text,
                "inputs": {"type": "array", "items": described},
                "outputs": {"type": "array", "items": described},
            },
            "required": ["name", "platform", "inputs", "outputs"],
        },
    }

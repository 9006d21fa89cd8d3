"""Describe the Open Inference Protocol."""

from typing import Any

from handler.protocols.oip import tensors
from model.openapi.json_schema import Schema
from model.openapi.parts import Document, Responses, error_responses, json_response, reference
from model.openapi.predict import param_schema, query_parameters

_TAG = "Open Inference Protocol"
_SERVER: Schema = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "version": {"type": "string"}, "extensions": {"type": "array"}},
    "required": ["name", "version", "extensions"],
}


def add(document: Document) -> None:
    """Add the routes below `/v2`, and the schemas of their bodies."""
    document.schemas |= _schemas(
        {spec["name"]: param_schema(spec) for spec in document.manifest.signature.params or []}
    )
    document.get(
        "/v2",
        "server",
        _TAG,
        "Server metadata.",
        json_response("The server's name and version.", _SERVER) | _errors(500),
    )
    for name in ("live", "ready"):
        health = {"type": "object", "properties": {name: {"type": "boolean"}}, "required": [name]}
        answers = json_response("The state.", health) | _errors(500)
        document.get(f"/v2/health/{name}", f"server_{name}", _TAG, f"Whether the server is {name}.", answers)
    _add_model(document, "/v2/models/{name}", "", ["name"])
    _add_model(document, "/v2/models/{name}/versions/{version}", "_version", ["name", "version"])


def _add_model(document: Document, path: str, suffix: str, names: list[str]) -> None:
    parameters = [_parameter(document, name) for name in names]
    signature = json_response("The signature as tensors.", reference("ModelMetadata")) | _errors(404, 500)
    document.get(path, f"model{suffix}", _TAG, "The model's inputs and outputs.", signature, parameters=parameters)
    ready = {"type": "object", "properties": {"name": {"type": "string"}, "ready": {"type": "boolean"}}}
    document.get(
        f"{path}/ready",
        f"model{suffix}_ready",
        _TAG,
        "Whether the model is ready.",
        json_response("The state.", ready) | _errors(404, 500),
        parameters=parameters,
    )
    body: dict[str, Any] = {"schema": reference("InferenceRequest")}
    if example := _example(document):
        body["examples"] = {"example": {"summary": "The model's own example", "value": example}}
    document.post(
        f"{path}/infer",
        f"infer{suffix}",
        _TAG,
        "Predict tensors.",
        json_response("Output tensors.", reference("InferenceResponse")) | _errors(400, 404, 413, 415, 500, 504),
        {"application/json": body},
        parameters=parameters + query_parameters(document.manifest.signature.params),
    )


def _errors(*statuses: int) -> Responses:
    texts = {
        400: "The body is not an inference request, or a value does not match the signature.",
        404: "The model is not found.",
    }
    return error_responses("InferenceError", *statuses, texts=texts)


def _parameter(document: Document, name: str) -> dict[str, Any]:
    schema = {"type": "string", "enum": [getattr(document.manifest.model, name)]}
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _example(document: Document) -> dict[str, Any] | None:
    """Return the input example as a request, if its columns are scalars."""
    example, inputs = document.manifest.example, document.manifest.signature.inputs
    known = tensors.list_tensors(inputs)
    if not example or any(len(tensor.shape) != 1 or tensor.json for tensor in known):
        return None
    present = [tensor for tensor in known if all(tensor.name in row for row in example.rows)]
    return {
        "inputs": [
            {
                "name": tensor.name,
                "shape": [len(example.rows)],
                "datatype": tensor.datatype,
                "data": [row[tensor.name] for row in example.rows],
            }
            for tensor in present
        ]
    }


def _schemas(params: dict[str, Schema]) -> dict[str, Schema]:
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
            "data": {"type": "array", "description": "Flat in row-major order, or nested like the shape."},
        },
        "required": ["name", "shape", "datatype", "data"],
    }
    described = {"type": "object", "properties": {"name": text, "datatype": datatype, "shape": shape}}
    requested = {"type": "object", "properties": {"name": text}, "required": ["name"]}
    return {
        "InferenceError": {"type": "object", "properties": {"error": text}, "required": ["error"]},
        "InferenceRequest": {
            "type": "object",
            "properties": {
                "id": {"type": ["string", "null"]},
                "parameters": {
                    "type": ["object", "null"],
                    "properties": params,
                    "description": "The model's params, and parameters of the protocol.",
                },
                "inputs": {"type": "array", "items": tensor, "minItems": 1},
                "outputs": {"type": ["array", "null"], "items": requested},
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

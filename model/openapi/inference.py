"""The Open Inference Protocol."""

from typing import Any

from handler.protocols.oip import tensors
from model.openapi.parts import Answers, Document, errors, json_answer, reference
from model.openapi.predict import param
from model.openapi.types import Schema

_TAG = "Open Inference Protocol"
_SERVER: Schema = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "version": {"type": "string"}, "extensions": {"type": "array"}},
    "required": ["name", "version", "extensions"],
}


def add(document: Document) -> None:
    """Add the routes below `/v2`, and the schemas of their bodies."""
    document.schemas |= _schemas({spec["name"]: param(spec) for spec in document.manifest.signature.params or []})
    document.get("/v2", "server", _TAG, "What serves.", json_answer("Its name and version.", _SERVER) | _errors(500))
    for name in ("live", "ready"):
        health = {"type": "object", "properties": {name: {"type": "boolean"}}, "required": [name]}
        answers = json_answer("It is.", health) | _errors(500)
        document.get(f"/v2/health/{name}", f"server_{name}", _TAG, f"Whether it is {name}.", answers)
    _add_model(document, "/v2/models/{name}", "", ["name"])
    _add_model(document, "/v2/models/{name}/versions/{version}", "_version", ["name", "version"])


def _add_model(document: Document, path: str, suffix: str, names: list[str]) -> None:
    parameters = [_parameter(document, name) for name in names]
    signature = json_answer("The signature as tensors.", reference("ModelMetadata")) | _errors(404, 500)
    document.get(path, f"model{suffix}", _TAG, "The model's inputs and outputs.", signature, parameters=parameters)
    ready = {"type": "object", "properties": {"name": {"type": "string"}, "ready": {"type": "boolean"}}}
    document.get(
        f"{path}/ready",
        f"model{suffix}_ready",
        _TAG,
        "Whether the model is ready.",
        json_answer("It is.", ready) | _errors(404, 500),
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
        json_answer("Output tensors.", reference("InferenceResponse")) | _errors(400, 404, 413, 415, 500, 504),
        {"application/json": body},
        parameters=parameters,
    )


def _errors(*statuses: int) -> Answers:
    texts = {
        400: "The body is no inference request, or a value does not fit the signature.",
        404: "There is no such model here.",
    }
    return errors("InferenceError", *statuses, texts=texts)


def _parameter(document: Document, name: str) -> dict[str, Any]:
    schema = {"type": "string", "enum": [getattr(document.manifest.model, name)]}
    return {"name": name, "in": "path", "required": True, "schema": schema}


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
                "parameters": {
                    "type": ["object", "null"],
                    "properties": params,
                    "description": "The model's params; others are passed over.",
                },
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

"""`openapi.json`: the API that a bundle serves, described from its signature (OpenAPI 3.1)."""

from pathlib import Path
from typing import Any

import msgspec

from handler.bundle import Manifest
from handler.protocols import documents
from model.openapi import inference, invocations, predict
from model.openapi.columns import Column, narrowed
from model.openapi.parts import Document, answered, json_answer, problems

_SERVICE = "service"

_ABOUT = """A model of the flavor `{flavor}`, served by Thaw's `{backend}` backend.

Every path answers `OPTIONS` with the methods it has, and `HEAD` where it has `GET`. A body may be packed with gzip
(`Content-Encoding`), and an answer is where that is asked for (`Accept-Encoding`). A path that is not here is
answered 404, a method that a path does not have 405."""


def write(folder: Path, manifest: Manifest, metrics: dict[str, float], known: dict[str, Column]) -> None:
    """Write a bundle's description into its folder."""
    text = msgspec.json.format(msgspec.json.encode(describe(manifest, metrics, known)), indent=1)
    (folder / documents.DESCRIPTION).write_bytes(text + b"\n")


def describe(manifest: Manifest, metrics: dict[str, float], known: dict[str, Column]) -> dict[str, Any]:
    """The description of every route, with the signature's own names and types and the model's own example.

    Args:
        manifest: the bundle's, with its proof.
        metrics: numbers about the model.
        known: what the proof says of each input column.
    """
    document = Document(manifest)
    for part in (predict, invocations, inference):
        part.add(document)
    properties = document.schemas["Row"].get("properties", {})
    properties |= {name: narrowed(schema, known[name]) for name, schema in properties.items() if name in known}
    _add_hello(document)
    _add_documents(document)
    info = manifest.model
    return {
        "openapi": "3.1.0",
        "info": {
            "title": info.name,
            "version": info.version,
            "summary": "Predictions of an MLflow model.",
            "description": _ABOUT.format(flavor=manifest.flavor, backend=manifest.backend),
        },
        "servers": [{"url": ".", "description": "Where this description is."}],
        "tags": [
            {"name": "predict", "description": "Rows by the names of the signature."},
            {"name": "MLflow", "description": "The protocol of `mlflow models serve`."},
            {"name": "Open Inference Protocol", "description": "Version 2, as KServe and Triton have it."},
            {"name": _SERVICE, "description": "Whether it is there, and what it is."},
        ],
        "paths": document.paths,
        "components": document.components,
        "x-model": {
            "flavor": manifest.flavor,
            "backend": manifest.backend,
            "classes": manifest.classes,
            "metrics": metrics,
            "proof": {name: value for name, value in manifest.parity.items() if name != "cases"},
            "built_with": manifest.built_with,
        },
    }


def _add_hello(document: Document) -> None:
    hello = {"type": "object", "properties": {"message": {"const": "Hello Model"}}, "required": ["message"]}
    document.get("/", "hello", _SERVICE, "Say hello.", json_answer("A greeting.", hello) | problems(500))
    number = {"type": "string", "pattern": "^[+-]?[0-9]{1,100}$"}
    total = {"type": "object", "properties": {"total": {"type": "integer"}}, "required": ["total"]}
    document.get(
        "/add/{a}/{b}",
        "add",
        _SERVICE,
        "Add two integers: the smallest question that has an answer.",
        json_answer("Their sum.", total) | problems(422, 500, texts={422: "One of them is no integer."}),
        parameters=[
            {"name": name, "in": "path", "required": True, "schema": number, "example": example}
            for name, example in (("a", "1"), ("b", "2"))
        ],
    )


def _add_documents(document: Document) -> None:
    described = json_answer("OpenAPI 3.1.", {"type": "object"})
    document.get("/openapi.json", "openapi", _SERVICE, "This description.", described | problems(404, 413, 500))
    page = answered("A page.", "text/html", {"type": "string"})
    document.get("/docs", "docs", _SERVICE, "The page to read and try this API.", page | problems(500))
    files = answered("A file.", "text/css", {"type": "string"})
    files["200"]["content"]["text/javascript"] = {"schema": {"type": "string"}}
    name = {"name": "file", "in": "path", "required": True, "schema": {"enum": list(documents.FILES)}}
    document.get(
        "/docs/{file}",
        "docs_file",
        _SERVICE,
        "What the page is made of.",
        files | problems(404, 413, 500),
        parameters=[name],
    )

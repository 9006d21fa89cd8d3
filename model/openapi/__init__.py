"""`openapi.json`: the API that a bundle serves, described from its signature (OpenAPI 3.1)."""

import json
from pathlib import Path
from typing import Any

from handler.bundle import Manifest
from model.openapi import inference, invocations, predict
from model.openapi.parts import Document, json_answer, plain
from model.rows import Hints

FILE = "openapi.json"

_CHOICES = 200  # of one column


def write(folder: Path, manifest: Manifest, metrics: dict[str, float], hints: Hints) -> None:
    """Write a bundle's description into its folder."""
    text = json.dumps(describe(manifest, metrics, hints), ensure_ascii=False, indent=1)
    (folder / FILE).write_text(text + "\n", encoding="utf-8")


def describe(manifest: Manifest, metrics: dict[str, float], hints: Hints) -> dict[str, Any]:
    """The description of every route, with the signature's own names and types and the model's own example.

    Args:
        manifest: the bundle's, with its proof.
        metrics: numbers about the model.
        hints: by column, values that the model treats differently: its categories are examples of what to send.
    """
    document = Document(manifest)
    for part in (predict, invocations, inference):
        part.add(document)
    _add_choices(document.schemas["Row"], hints)
    _add_hello(document)
    _add_documents(document)
    info = manifest.model
    return {
        "openapi": "3.1.0",
        "info": {
            "title": info.name,
            "version": info.version,
            "summary": "Predictions of an MLflow model.",
            "description": f"A model of the flavor `{manifest.flavor}`, served by Thaw's `{manifest.backend}` backend.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": ".", "description": "Where this description is."}],
        "tags": [
            {"name": "predict", "description": "Rows by the names of the signature."},
            {"name": "MLflow", "description": "The protocol of `mlflow models serve`."},
            {"name": "Open Inference Protocol", "description": "Version 2, as KServe and Triton have it."},
            {"name": "service", "description": "Whether it is there, and what it is."},
        ],
        "paths": document.paths,
        "components": {"schemas": document.schemas},
        "x-model": {
            "flavor": manifest.flavor,
            "backend": manifest.backend,
            "classes": manifest.classes,
            "metrics": metrics,
            "proof": {name: value for name, value in manifest.parity.items() if name != "cases"},
            "built_with": manifest.built_with,
        },
    }


def _add_choices(row: dict[str, Any], hints: Hints) -> None:
    """The categories of a column as examples of its values, where they are few."""
    for name, schema in row.get("properties", {}).items():
        texts = [value for value in hints.get(name, {}).get("values", []) if isinstance(value, str)]
        if 0 < len(set(texts)) <= _CHOICES and "string" in schema.get("type", []):
            schema["examples"] = sorted(set(texts))


def _add_hello(document: Document) -> None:
    hello = {"type": "object", "properties": {"message": {"const": "Hello Model"}}, "required": ["message"]}
    document.get("/", "hello", "service", "Say hello.", json_answer("A greeting.", hello))
    number = {"type": "string", "pattern": "^[+-]?[0-9]{1,100}$"}
    total = {"type": "object", "properties": {"total": {"type": "integer"}}, "required": ["total"]}
    document.get(
        "/add/{a}/{b}",
        "add",
        "service",
        "Add two integers: the smallest question that has an answer.",
        json_answer("Their sum.", total) | {"422": document.problem("One of them is no integer.")},
        parameters=[
            {"name": name, "in": "path", "required": True, "schema": number, "example": example}
            for name, example in (("a", "1"), ("b", "2"))
        ],
    )


def _add_documents(document: Document) -> None:
    document.get(
        "/openapi.json", "openapi", "service", "This description.", json_answer("OpenAPI 3.1.", {"type": "object"})
    )
    document.get("/docs", "docs", "service", "The page to read and try this API.", plain("A page.", "text/html"))

"""Write `openapi.json`: the API of a bundle, described from its signature (OpenAPI 3.1)."""

from pathlib import Path
from typing import Any

import msgspec

from handler.bundle import Manifest
from handler.protocols import documents
from model.openapi import inference, invocations, predict
from model.openapi.columns import Column, narrow_schema
from model.openapi.parts import Document, json_response, problem_responses, response

_SERVICE = "service"

_ABOUT = """A model of the flavor `{flavor}`, served by Thaw's `{backend}` backend.

Every path supports `OPTIONS`, and `HEAD` where it supports `GET`. Request bodies may be compressed with gzip
(`Content-Encoding`), and responses are if the client accepts it (`Accept-Encoding`). An unknown path returns 404, an
unsupported method 405."""


def write(folder: Path, manifest: Manifest, metrics: dict[str, float], known: dict[str, Column]) -> None:
    """Write the description of a bundle's API into its directory."""
    text = msgspec.json.format(msgspec.json.encode(describe(manifest, metrics, known)), indent=1)
    (folder / documents.DESCRIPTION).write_bytes(text + b"\n")


def describe(manifest: Manifest, metrics: dict[str, float], known: dict[str, Column]) -> dict[str, Any]:
    """Return the description of every route, with the signature's names and types and the model's example.

    Args:
        manifest: the bundle's manifest, with its proof.
        metrics: the model's metrics by name.
        known: facts about input columns, from `columns.observe_columns`.
    """
    document = Document(manifest)
    for part in (predict, invocations, inference):
        part.add(document)
    properties = document.schemas["Row"].get("properties", {})
    properties |= {name: narrow_schema(schema, known[name]) for name, schema in properties.items() if name in known}
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
        "servers": [{"url": ".", "description": "The address of this description."}],
        "tags": [
            {"name": "predict", "description": "Rows as objects, by the column names of the signature."},
            {"name": "MLflow", "description": "The protocol of `mlflow models serve`."},
            {"name": "Open Inference Protocol", "description": "Version 2, as in KServe and Triton."},
            {"name": _SERVICE, "description": "Health and documentation of the service."},
        ],
        "paths": document.paths,
        "components": document.components,
        "x-model": {
            "flavor": manifest.flavor,
            "backend": manifest.backend,
            "classes": manifest.classes,
            "answers": manifest.answers,
            "metrics": metrics,
            "proof": {name: value for name, value in manifest.parity.items() if name not in ("cases", "not_asked")},
            "built_with": manifest.built_with,
        },
    }


def _add_documents(document: Document) -> None:
    described = json_response("OpenAPI 3.1.", {"type": "object"})
    document.get(
        "/openapi.json", "openapi", _SERVICE, "This description.", described | problem_responses(404, 413, 500)
    )
    page = response("The page.", "text/html", {"type": "string"})
    document.get(
        "/docs", "docs", _SERVICE, "The page on which to read and try this API.", page | problem_responses(500)
    )
    files = response("The file.", "text/css", {"type": "string"})
    files["200"]["content"]["text/javascript"] = {"schema": {"type": "string"}}
    name = {"name": "file", "in": "path", "required": True, "schema": {"enum": list(documents.FILES)}}
    document.get(
        "/docs/{file}",
        "docs_file",
        _SERVICE,
        "Return a file of the page.",
        files | problem_responses(404, 413, 500),
        parameters=[name],
    )

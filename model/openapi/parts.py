"""What the description of every protocol is made of."""

from typing import Any

from handler.bundle import Manifest
from model.openapi.types import value

Answers = dict[str, Any]

_HEADERS = {
    "x-request-id": {"description": "What the platform calls this request.", "schema": {"type": "string"}},
    "x-model-version": {"description": "The version of the model that answered.", "schema": {"type": "string"}},
}


class Document:
    """Paths and schemas, as they are added."""

    def __init__(self, manifest: Manifest) -> None:
        self.manifest = manifest
        self.paths: dict[str, dict[str, Any]] = {}
        self.schemas: dict[str, Any] = {}
        self.schemas["Problem"] = {
            "description": "What was wrong, and where (RFC 9457).",
            "type": "object",
            "properties": {
                "type": {"const": "about:blank"},
                "title": {"type": "string"},
                "status": {"type": "integer"},
                "detail": {"type": "string"},
                "row": {"type": "integer", "minimum": 0, "description": "The row, counted from 0."},
                "column": {"type": "string", "description": "The input column."},
            },
            "required": ["type", "title", "status", "detail"],
        }

    def problem(self, description: str) -> dict[str, Any]:
        """An error as problem details."""
        content = {"application/problem+json": {"schema": reference("Problem")}}
        return {"description": description, "headers": _HEADERS, "content": content}

    def get(
        self, path: str, name: str, tag: str, summary: str, answers: Answers, parameters: list[Any] | None = None
    ) -> None:
        """Add a route that is read."""
        self._add(path, "get", name, tag, summary, answers, parameters, None)

    def post(
        self,
        path: str,
        name: str,
        tag: str,
        summary: str,
        answers: Answers,
        body: dict[str, Any],
        parameters: list[Any] | None = None,
    ) -> None:
        """Add a route that is sent a body, given as OpenAPI's `content`."""
        self._add(path, "post", name, tag, summary, answers, parameters, {"required": True, "content": body})

    def _add(
        self,
        path: str,
        method: str,
        name: str,
        tag: str,
        summary: str,
        answers: Answers,
        parameters: list[Any] | None,
        body: dict[str, Any] | None,
    ) -> None:
        operation: dict[str, Any] = {"operationId": name, "tags": [tag], "summary": summary}
        operation |= {"parameters": parameters} if parameters else {}
        operation |= {"requestBody": body} if body else {}
        self.paths.setdefault(path, {})[method] = operation | {"responses": answers}


def reference(name: str) -> dict[str, str]:
    """A schema of the components, by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def json_answer(description: str, schema: dict[str, Any]) -> Answers:
    """The answer 200 in JSON."""
    content = {"application/json": {"schema": schema}}
    return {"200": {"description": description, "headers": _HEADERS, "content": content}}


def plain(description: str, media: str, status: int = 200) -> Answers:
    """An answer that is text."""
    content = {media: {"schema": {"type": "string"}}}
    return {str(status): {"description": description, "headers": _HEADERS, "content": content}}


def row(specs: list[dict[str, Any]], names: list[str]) -> dict[str, Any]:
    """An object with a signature's columns."""
    required = [name for name, spec in zip(names, specs, strict=True) if spec.get("required", True)]
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {name: value(spec) for name, spec in zip(names, specs, strict=True)},
    }
    return schema | ({"required": required} if required else {})

"""What the description of every protocol is made of."""

from typing import Any

from handler.bundle import Manifest
from model.openapi.types import Schema

Answers = dict[str, Any]

_HEADERS: dict[str, Any] = {
    "x-request-id": {"description": "What the platform calls this request.", "schema": {"type": "string"}},
    "x-model-version": {"description": "The version of the model that answered.", "schema": {"type": "string"}},
}
_ALLOW = {"allow": {"description": "The methods that the path answers.", "schema": {"type": "string"}}}

ERRORS = {
    400: "The body is not what its content type or content encoding says.",
    404: "There is no such thing here.",
    405: "The path answers other methods.",
    413: "The body or the answer is over the platform's limit.",
    415: "The body is of a content type, or packed in a way, that is not read.",
    422: "A value does not fit the signature, or the model refuses the row.",
    500: "The service or the model failed; its log says why.",
    504: "No time was left to predict in.",
}
"""By status, what an error says where a protocol says nothing else."""


class Document:
    """Paths and components, as they are added."""

    def __init__(self, manifest: Manifest) -> None:
        self.manifest = manifest
        self.paths: dict[str, dict[str, Any]] = {}
        self.schemas: dict[str, Any] = {}

    @property
    def components(self) -> dict[str, Any]:
        """What paths refer to; and, as no path can say it, how a wrong path and a wrong method are answered."""
        lost = {f"{status}": error for status, error in problems(404, 405).items()}
        lost["405"]["headers"] |= _ALLOW
        return {
            "schemas": self.schemas,
            "headers": _HEADERS,
            "responses": {"NotFound": lost["404"], "MethodNotAllowed": lost["405"]},
        }

    def get(self, path: str, name: str, tag: str, summary: str, answers: Answers, **more: Any) -> None:
        """Add a route that is read; `more` are fields of OpenAPI's operation."""
        self.paths.setdefault(path, {})["get"] = _operation(name, tag, summary, answers, more)

    def post(
        self, path: str, name: str, tag: str, summary: str, answers: Answers, content: dict[str, Any], **more: Any
    ) -> None:
        """Add a route that is sent a body, given as OpenAPI's `content`."""
        more["requestBody"] = {"required": True, "content": content}
        self.paths.setdefault(path, {})["post"] = _operation(name, tag, summary, answers, more)


def _operation(name: str, tag: str, summary: str, answers: Answers, more: dict[str, Any]) -> dict[str, Any]:
    given = {field: value for field, value in more.items() if value}
    return {"operationId": name, "tags": [tag], "summary": summary, **given, "responses": answers}


def reference(name: str, kind: str = "schemas") -> dict[str, str]:
    """A part of the components, by its name."""
    return {"$ref": f"#/components/{kind}/{name}"}


def answered(
    description: str, media: str, schema: Schema, status: int = 200, examples: dict[str, Any] | None = None
) -> Answers:
    """An answer with a body; an empty schema says nothing of it."""
    content = {**({"schema": schema} if schema else {}), **({"examples": examples} if examples else {})}
    headers = {name: reference(name, "headers") for name in _HEADERS}
    return {str(status): {"description": description, "headers": headers, "content": {media: content}}}


def json_answer(description: str, schema: Schema, examples: dict[str, Any] | None = None) -> Answers:
    """The answer 200 in JSON."""
    return answered(description, "application/json", schema, examples=examples)


def errors(name: str, *statuses: int, media: str = "application/json", texts: dict[int, str] | None = None) -> Answers:
    """Errors in a protocol's own form, the schema called `name`."""
    said = ERRORS | (texts or {})
    found: Answers = {}
    for status in statuses:
        found |= answered(said[status], media, reference(name), status)
    return found


def problems(*statuses: int, texts: dict[int, str] | None = None) -> Answers:
    """Errors as problem details."""
    return errors("Problem", *statuses, media="application/problem+json", texts=texts)

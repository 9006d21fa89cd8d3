"""Building blocks of the descriptions of all protocols."""

from typing import Any

from handler.bundle import Manifest
from model.openapi.json_schema import Schema

Responses = dict[str, Any]

_HEADERS: dict[str, Any] = {
    "x-request-id": {"description": "The platform's id of this request.", "schema": {"type": "string"}},
    "x-model-version": {"description": "The version of the model that predicted.", "schema": {"type": "string"}},
}
_ALLOW = {"allow": {"description": "The methods that the path supports.", "schema": {"type": "string"}}}

ERRORS = {
    400: "The body does not match its content type or content encoding.",
    404: "Not found.",
    405: "The path supports other methods.",
    413: "The body or the response exceeds the platform's limit.",
    415: "The content type or content encoding is not supported.",
    422: "A value does not match the signature, or the model refuses the row.",
    500: "The service or the model failed; the log says why.",
    504: "The time limit was reached before the prediction.",
}
"""Default descriptions of errors by status."""


class Document:
    """An OpenAPI document: paths and components are added one by one."""

    def __init__(self, manifest: Manifest) -> None:
        self.manifest = manifest
        self.paths: dict[str, dict[str, Any]] = {}
        self.schemas: dict[str, Any] = {}

    @property
    def components(self) -> dict[str, Any]:
        """Return the components, with the responses to a wrong path and a wrong method, which belong to no path."""
        unrouted = {f"{status}": error for status, error in problem_responses(404, 405).items()}
        unrouted["405"]["headers"] |= _ALLOW
        return {
            "schemas": self.schemas,
            "headers": _HEADERS,
            "responses": {"NotFound": unrouted["404"], "MethodNotAllowed": unrouted["405"]},
        }

    def get(self, path: str, name: str, tag: str, summary: str, responses: Responses, **more: Any) -> None:
        """Add a GET route; `more` are fields of OpenAPI's operation object."""
        self.paths.setdefault(path, {})["get"] = _operation(name, tag, summary, responses, more)

    def post(
        self, path: str, name: str, tag: str, summary: str, responses: Responses, content: dict[str, Any], **more: Any
    ) -> None:
        """Add a POST route; `content` describes its body, as in OpenAPI."""
        more["requestBody"] = {"required": True, "content": content}
        self.paths.setdefault(path, {})["post"] = _operation(name, tag, summary, responses, more)


def _operation(name: str, tag: str, summary: str, responses: Responses, more: dict[str, Any]) -> dict[str, Any]:
    fields = {field: value for field, value in more.items() if value}
    return {"operationId": name, "tags": [tag], "summary": summary, **fields, "responses": responses}


def reference(name: str, kind: str = "schemas") -> dict[str, str]:
    """Return a reference to a component."""
    return {"$ref": f"#/components/{kind}/{name}"}


def response(
    description: str, media: str, schema: Schema, status: int = 200, examples: dict[str, Any] | None = None
) -> Responses:
    """Return a response with a body; an empty schema leaves the body undescribed."""
    content = {**({"schema": schema} if schema else {}), **({"examples": examples} if examples else {})}
    headers = {name: reference(name, "headers") for name in _HEADERS}
    return {str(status): {"description": description, "headers": headers, "content": {media: content}}}


def json_response(description: str, schema: Schema, examples: dict[str, Any] | None = None) -> Responses:
    """Return a JSON response with status 200."""
    return response(description, "application/json", schema, examples=examples)


def error_responses(
    name: str, *statuses: int, media: str = "application/json", texts: dict[int, str] | None = None
) -> Responses:
    """Return error responses in a protocol's own format, the schema called `name`."""
    descriptions = ERRORS | (texts or {})
    found: Responses = {}
    for status in statuses:
        found |= response(descriptions[status], media, reference(name), status)
    return found


def problem_responses(*statuses: int, texts: dict[int, str] | None = None) -> Responses:
    """Return error responses as problem details (RFC 9457)."""
    return error_responses("Problem", *statuses, media="application/problem+json", texts=texts)

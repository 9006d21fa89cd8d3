"""REST APIs, and HTTP APIs that ask for it: payload format 1.0.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

from typing import Any

from handler.adapters import envelope
from handler.message import Request, Response

LIMIT = envelope.LAMBDA_LIMIT


class _Event(envelope.Proxied, kw_only=True):
    resource: str | None = None
    path_parameters: dict[str, str | None] | None = None


def claims(event: dict[str, Any]) -> bool:
    """Authorizer events look the same and have a `methodArn` besides."""
    context = event.get("requestContext")
    return (
        "httpMethod" in event
        and isinstance(context, dict)
        and "apiId" in context
        and "elb" not in context
        and "methodArn" not in event
        and event.get("version") != "2.0"
    )


def read(event: dict[str, Any], request_id: str, deadline: float | None) -> Request:
    """The event as a request."""
    shape = envelope.shaped(event, _Event)
    headers = envelope.headers_of(shape.multi_value_headers or shape.headers)
    # A REST API hands on a packed answer as base64 text, unless it was told which media types are binary.
    headers.pop("accept-encoding", None)
    return Request(
        method=shape.http_method.upper(),
        path=_without_mapping(shape),
        headers=headers,
        query=envelope.query_of(shape.multi_value_query_string_parameters or shape.query_string_parameters),
        body=envelope.body_of(shape.body, shape.is_base64_encoded),
        id=request_id,
        deadline=deadline,
    )


def write(response: Response, _event: dict[str, Any]) -> dict[str, Any]:
    """The response in payload format 1.0."""
    return envelope.answer(response)


def _without_mapping(shape: _Event) -> str:
    """A custom domain's base path stands in `path`; the resource, filled in, has none."""
    if shape.resource == "/":
        return "/"
    path = shape.resource or ""
    for name, value in (shape.path_parameters or {}).items():
        path = path.replace(f"{{{name}+}}", value or "").replace(f"{{{name}}}", value or "")
    return path if path and "{" not in path and shape.path.endswith(path) else shape.path

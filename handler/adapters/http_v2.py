"""HTTP APIs and function URLs: payload format 2.0.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from typing import Any

import msgspec

from handler.adapters import envelope
from handler.message import Request, Response

LIMIT = envelope.LAMBDA_LIMIT


class _Http(msgspec.Struct):
    method: str


class _Context(msgspec.Struct):
    http: _Http
    stage: str | None = None


class _Event(msgspec.Struct, rename="camel"):
    raw_path: str
    request_context: _Context
    raw_query_string: str | None = None
    headers: dict[str, str | None] | None = None
    body: str | None = None
    is_base64_encoded: bool | None = None


def claims(event: dict[str, Any]) -> bool:
    """Authorizer events have the same version and a `type` besides."""
    context = event.get("requestContext")
    return event.get("version") == "2.0" and isinstance(context, dict) and "http" in context and "type" not in event


def read(event: dict[str, Any], request_id: str, deadline: float | None) -> Request:
    """The event as a request."""
    shape = envelope.shaped(event, _Event)
    return Request(
        method=shape.request_context.http.method.upper(),
        path=_without_stage(shape.raw_path, shape.request_context.stage),
        headers=envelope.headers_of(shape.headers),
        query=_query(shape.raw_query_string),
        body=envelope.body_of(shape.body, shape.is_base64_encoded),
        id=request_id,
        deadline=deadline,
    )


def write(response: Response, _event: dict[str, Any]) -> dict[str, Any]:
    """The response in payload format 2.0."""
    return envelope.answer(response)


def _query(text: str | None) -> dict[str, list[str]]:
    if not text:
        return {}
    from urllib.parse import parse_qs

    return parse_qs(text, keep_blank_values=True)


def _without_stage(path: str, stage: str | None) -> str:
    """`rawPath` begins with the stage unless it is `$default`; `sam local` leaves it out."""
    prefix = f"/{stage}"
    if stage in (None, "", "$default") or not f"{path}/".startswith(f"{prefix}/"):
        return path
    return path[len(prefix) :] or "/"

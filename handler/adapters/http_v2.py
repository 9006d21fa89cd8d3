"""HTTP APIs and function URLs: payload format 2.0.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from typing import Any

import msgspec

from handler.adapters import envelope
from handler.message import Request

LIMIT = envelope.LAMBDA_LIMIT


class _Http(msgspec.Struct):
    method: str


class _Context(msgspec.Struct, rename="camel"):
    http: _Http
    stage: str | None = None
    domain_name: str | None = None


class _Event(msgspec.Struct, rename="camel"):
    raw_path: str
    request_context: _Context
    route_key: str | None = None
    path_parameters: dict[str, str | None] | None = None
    raw_query_string: str | None = None
    headers: dict[str, str | None] | None = None
    body: str | None = None
    is_base64_encoded: bool | None = None


def claims(event: dict[str, Any]) -> bool:
    """Return whether the event has format 2.0; authorizer events have it too, but with a `type`."""
    context = event.get("requestContext")
    return event.get("version") == "2.0" and isinstance(context, dict) and "http" in context and "type" not in event


def read_event(event: dict[str, Any], request_id: str, deadline: float | None) -> Request:
    """Return the event as a request."""
    given = envelope.convert_event(event, _Event)
    return Request(
        method=given.request_context.http.method.upper(),
        path=_path(given),
        headers=envelope.read_headers(given.headers),
        query=envelope.parse_query(given.raw_query_string),
        body=envelope.decode_body(given.body, given.is_base64_encoded),
        id=request_id,
        deadline=deadline,
    )


write_response = envelope.write_response


def _path(given: _Event) -> str:
    """Return the path without stage and mapping: the part that fills the route, unless that is `$default`."""
    _, _, route = (given.route_key or "").partition(" ")
    context = given.request_context
    found = envelope.find_route(given.raw_path, route, given.path_parameters)
    return found or envelope.without_stage(given.raw_path, context.stage, context.domain_name)

"""REST APIs, and HTTP APIs configured for it: payload format 1.0.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

from typing import Any

import msgspec

from handler.adapters import envelope
from handler.message import Request

LIMIT = envelope.LAMBDA_LIMIT


class _Context(msgspec.Struct, rename="camel"):
    stage: str | None = None
    domain_name: str | None = None


class _Event(envelope.Proxied, kw_only=True):
    request_context: _Context
    resource: str | None = None
    path_parameters: dict[str, str | None] | None = None
    version: str | None = None


def claims(event: dict[str, Any]) -> bool:
    """Return whether the event has format 1.0; authorizer events look the same, but have a `methodArn`."""
    context = event.get("requestContext")
    return (
        "httpMethod" in event
        and isinstance(context, dict)
        and "apiId" in context
        and "elb" not in context
        and "methodArn" not in event
        and event.get("version") != "2.0"
    )


def read_event(event: dict[str, Any], request_id: str, deadline: float | None) -> Request:
    """Return the event as a request."""
    given = envelope.convert_event(event, _Event)
    headers = envelope.read_headers(given.multi_value_headers or given.headers)
    # A REST API passes a compressed body on as base64 text, unless its binary media types are configured.
    headers.pop("accept-encoding", None)
    return Request(
        method=given.http_method.upper(),
        path=_path(given),
        headers=headers,
        query=envelope.read_query(given.multi_value_query_string_parameters or given.query_string_parameters),
        body=envelope.decode_body(given.body, given.is_base64_encoded),
        id=request_id,
        deadline=deadline,
    )


write_response = envelope.write_response


def _path(given: _Event) -> str:
    """Return the path without what precedes the API's resource: a custom domain's base path, or an HTTP API's stage."""
    found = envelope.find_route(given.path, given.resource, given.path_parameters)
    if found or given.version is None:  # a REST API's path is without the stage
        return found or given.path
    return envelope.without_stage(given.path, given.request_context.stage, given.request_context.domain_name)

"""Application Load Balancers, with single or multi-value headers.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
"""

from typing import Any

from handler.adapters import envelope
from handler.message import Request, Response

LIMIT = envelope.ALB_LIMIT


def claims(event: dict[str, Any]) -> bool:
    """Return whether the event's context has `elb`, as only load balancers set it."""
    context = event.get("requestContext")
    return isinstance(context, dict) and "elb" in context


def read_event(event: dict[str, Any], request_id: str, deadline: float | None) -> Request:
    """Return the event as a request; a load balancer leaves the query string percent-encoded."""
    given = envelope.convert_event(event, envelope.Proxied)
    encoded = envelope.read_query(given.multi_value_query_string_parameters or given.query_string_parameters)
    return Request(
        method=given.http_method.upper(),
        path=given.path,
        headers=envelope.read_headers(given.multi_value_headers or given.headers),
        query=_decode_query(encoded),
        body=envelope.decode_body(given.body, given.is_base64_encoded),
        id=request_id,
        deadline=deadline,
    )


def write_response(response: Response, event: dict[str, Any]) -> dict[str, Any]:
    """Return the response; a target group that sends multi-value headers accepts no others."""
    written = envelope.write_with_description(response, event)
    if event.get("multiValueHeaders") is not None:
        written["multiValueHeaders"] = {name: [value] for name, value in written.pop("headers").items()}
    return written


def _decode_query(query: dict[str, list[str]]) -> dict[str, list[str]]:
    if not query:
        return {}
    from urllib.parse import unquote_plus

    return {unquote_plus(name): [unquote_plus(value) for value in values] for name, values in query.items()}

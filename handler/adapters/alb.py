"""Application Load Balancers, with single or multi-value headers.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
"""

from typing import Any

from handler.adapters import envelope
from handler.message import Request, Response

LIMIT = envelope.ALB_LIMIT


def claims(event: dict[str, Any]) -> bool:
    """Only load balancers put `elb` into the context."""
    context = event.get("requestContext")
    return isinstance(context, dict) and "elb" in context


def read(event: dict[str, Any], request_id: str, deadline: float | None) -> Request:
    """The event as a request; a load balancer leaves the query percent-encoded."""
    shape = envelope.shaped(event, envelope.Proxied)
    encoded = envelope.query_of(shape.multi_value_query_string_parameters or shape.query_string_parameters)
    return Request(
        method=shape.http_method.upper(),
        path=shape.path,
        headers=envelope.headers_of(shape.multi_value_headers or shape.headers),
        query=_decoded(encoded),
        body=envelope.body_of(shape.body, shape.is_base64_encoded),
        id=request_id,
        deadline=deadline,
    )


def write(response: Response, event: dict[str, Any]) -> dict[str, Any]:
    """The response; a target group with multi-value headers sends them and takes nothing else."""
    from http import HTTPStatus

    answer = envelope.answer(response, statusDescription=f"{response.status} {HTTPStatus(response.status).phrase}")
    if event.get("multiValueHeaders") is not None:
        answer["multiValueHeaders"] = {name: [value] for name, value in answer.pop("headers").items()}
    return answer


def _decoded(query: dict[str, list[str]]) -> dict[str, list[str]]:
    if not query:
        return {}
    from urllib.parse import unquote_plus

    return {unquote_plus(name): [unquote_plus(value) for value in values] for name, values in query.items()}

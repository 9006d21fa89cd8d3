"""VPC Lattice: target groups with event structure version 1 or 2.

https://docs.aws.amazon.com/vpc-lattice/latest/ug/lambda-functions.html
"""

from typing import Any

import msgspec

from handler.adapters import envelope
from handler.message import Request

LIMIT = envelope.LAMBDA_LIMIT

_Values = dict[str, str | list[str | None] | None]
"""Values by name: one text in version 1, a list of them in version 2."""


class _Version1(msgspec.Struct):
    raw_path: str
    method: str
    headers: _Values | None = None
    query_string_parameters: _Values | None = None
    body: str | None = None
    is_base64_encoded: bool | None = None


class _Version2(msgspec.Struct, rename="camel"):
    path: str
    method: str
    headers: _Values | None = None
    query_string_parameters: _Values | None = None
    body: str | None = None
    is_base64_encoded: bool | None = None


def claims(event: dict[str, Any]) -> bool:
    """Return whether the event has version 1, or a context with a target group."""
    return envelope.is_lattice_version_1(event) or _is_version_2(event)


def read_event(event: dict[str, Any], request_id: str, deadline: float | None) -> Request:
    """Return the event as a request; the path may end in the query string, which has every value as it was sent."""
    given: _Version1 | _Version2
    if _is_version_2(event):
        given = envelope.convert_event(event, _Version2)
        address = given.path
    else:
        given = envelope.convert_event(event, _Version1)
        address = given.raw_path
    path, _, query = address.partition("?")
    return Request(
        method=given.method.upper(),
        path=path,
        headers=envelope.read_headers(given.headers),
        query=envelope.parse_query(query) if query else envelope.read_query(given.query_string_parameters),
        body=envelope.decode_body(given.body, given.is_base64_encoded),
        id=request_id,
        deadline=deadline,
    )


write_response = envelope.write_with_description


def _is_version_2(event: dict[str, Any]) -> bool:
    context = event.get("requestContext")
    return isinstance(context, dict) and "targetGroupArn" in context and "method" in event

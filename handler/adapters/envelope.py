"""What events have in common: bodies, answers as an object with a string body, batches that fail as a whole."""

import binascii
from typing import Any, TypeVar

import msgspec

from handler.errors import MalformedBody
from handler.message import Response

LAMBDA_LIMIT = 6_291_556
"""Bytes of a synchronous answer, envelope included (Lambda quotas)."""

ALB_LIMIT = 1_048_576
"""Bytes of an answer behind an Application Load Balancer (Lambda functions as targets)."""

T = TypeVar("T")


class BatchFailed(Exception):
    """A whole batch failed, through no row's doing: an error of the function's, so that its source tries it again."""


class Proxied(msgspec.Struct, rename="camel", kw_only=True):
    """What REST APIs and load balancers have in common: both single and multi-value headers and parameters."""

    http_method: str
    path: str
    headers: dict[str, str | None] | None = None
    multi_value_headers: dict[str, list[str | None] | None] | None = None
    query_string_parameters: dict[str, str | None] | None = None
    multi_value_query_string_parameters: dict[str, list[str | None] | None] | None = None
    body: str | None = None
    is_base64_encoded: bool | None = None


def shaped(event: dict[str, Any], shape: type[T]) -> T:
    """The fields of an event that are used, typed.

    Raises:
        MalformedBody: a field has another type than its source gives it.
    """
    try:
        return msgspec.convert(event, shape)
    except (msgspec.ValidationError, UnicodeEncodeError, RecursionError) as error:
        raise MalformedBody(f"the event is not of the shape its source gives it: {error}") from None


def body_of(body: str | None, encoded: bool | None) -> bytes:
    """The bytes a caller sent; base64 is undone by the flag alone.

    Raises:
        MalformedBody: the flag is set and the body is not base64.
    """
    if not body:
        return b""
    raw = body.encode("utf-8", "surrogatepass")
    if not encoded:
        return raw
    try:
        return binascii.a2b_base64(raw, strict_mode=True)
    except binascii.Error:
        raise MalformedBody("the event's body is flagged as base64 and is not") from None


def headers_of(headers: dict[str, Any] | None) -> dict[str, str]:
    """Header names in lower case; several values of one name are joined by `, `; a null is left out."""
    found: dict[str, list[str]] = {}
    for name, value in (headers or {}).items():
        values = value if isinstance(value, list) else [value]
        found.setdefault(name.lower(), []).extend(value for value in values if value is not None)
    return {name: ", ".join(values) for name, values in found.items() if values}


def answer(response: Response, **more: Any) -> dict[str, Any]:
    """The answer as API Gateway and load balancers take it: text, or base64 where it is none."""
    try:
        body, encoded = response.body.decode(), False
    except UnicodeDecodeError:
        body, encoded = binascii.b2a_base64(response.body, newline=False).decode(), True
    return {
        "statusCode": response.status,
        "headers": response.headers,
        "body": body,
        "isBase64Encoded": encoded,
        **more,
    }


def query_of(parameters: dict[str, Any] | None) -> dict[str, list[str]]:
    """Every value of each query parameter; a null is left out."""
    found = {}
    for name, value in (parameters or {}).items():
        values = value if isinstance(value, list) else [value]
        found[name] = [value for value in values if value is not None]
    return {name: values for name, values in found.items() if values}


def is_batch(event: dict[str, Any]) -> bool:
    """Whether an object is a batch of a Distributed Map's, and so no row of a model's."""
    return isinstance(event.get("Items"), list) and event.keys() <= {"Items", "BatchInput"}

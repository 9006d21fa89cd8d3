"""Parts that several event sources share: bodies, headers, query parameters, and responses with a string body."""

from typing import Any, TypeVar

import msgspec

from handler.errors import MalformedBody
from handler.message import Response

LAMBDA_LIMIT = 6_291_556
"""The most bytes of a synchronous response, envelope included (Lambda quotas)."""

ALB_LIMIT = 1_048_576
"""The most bytes of a response to an Application Load Balancer (Lambda functions as targets)."""

T = TypeVar("T")


class Proxied(msgspec.Struct, rename="camel", kw_only=True):
    """Fields that REST APIs and load balancers share: single and multi-value headers and query parameters."""

    http_method: str
    path: str
    headers: dict[str, str | None] | None = None
    multi_value_headers: dict[str, list[str | None] | None] | None = None
    query_string_parameters: dict[str, str | None] | None = None
    multi_value_query_string_parameters: dict[str, list[str | None] | None] | None = None
    body: str | None = None
    is_base64_encoded: bool | None = None


def convert_event(event: dict[str, Any], shape: type[T]) -> T:
    """Return an event's fields as a typed struct; other fields are ignored.

    Raises:
        MalformedBody: a field is missing or has another type than its source gives it.
    """
    try:
        return msgspec.convert(event, shape)
    except (msgspec.ValidationError, UnicodeEncodeError, RecursionError) as error:
        raise MalformedBody(f"the event is not valid for its source: {error}") from None


def decode_body(body: str | None, encoded: bool | None) -> bytes:
    """Return the bytes that the caller sent; base64 is decoded only if the event's flag says so.

    Raises:
        MalformedBody: the flag is set, but the body is not base64.
    """
    if not body:
        return b""
    raw = body.encode("utf-8", "surrogatepass")
    if not encoded:
        return raw
    import binascii

    try:
        return binascii.a2b_base64(raw, strict_mode=True)
    except binascii.Error:
        raise MalformedBody("the event's body is flagged as base64, but is not valid base64") from None


def read_headers(headers: dict[str, Any] | None) -> dict[str, str]:
    """Return headers by lower-case name; repeated headers are joined by `, `, nulls are dropped."""
    found: dict[str, list[str]] = {}
    for name, value in (headers or {}).items():
        values = value if isinstance(value, list) else [value]
        found.setdefault(name.lower(), []).extend(value for value in values if value is not None)
    return {name: ", ".join(values) for name, values in found.items() if values}


def read_query(parameters: dict[str, Any] | None) -> dict[str, list[str]]:
    """Return every value of each query parameter; nulls are dropped."""
    found = {}
    for name, value in (parameters or {}).items():
        values = value if isinstance(value, list) else [value]
        found[name] = [value for value in values if value is not None]
    return {name: values for name, values in found.items() if values}


def parse_query(text: str | None) -> dict[str, list[str]]:
    """Return every decoded value of each parameter in a query string."""
    if not text:
        return {}
    from urllib.parse import parse_qs

    return parse_qs(text, keep_blank_values=True)


def without_stage(path: str, stage: str | None, domain: str | None) -> str:
    """Return an HTTP API's path without the stage.

    The path begins with the stage if the request came by the API's own host name, and the stage is not `$default`. It
    does not by a custom domain, or with `sam local`; a stage may then have the name of a route.

    Args:
        path: the event's path.
        stage: the stage's name.
        domain: the request's host name, if the event has it.
    """
    prefix = f"/{stage}"
    if stage in (None, "", "$default") or not f"{path}/".startswith(f"{prefix}/"):
        return path
    if domain is not None and ".execute-api." not in domain:
        return path
    return path[len(prefix) :] or "/"


def find_route(path: str, route: str | None, parameters: dict[str, str | None] | None) -> str | None:
    """Return the end of a path that fills the API's route: what precedes it is a stage or a domain's mapping.

    Args:
        path: the event's path.
        route: the API's route with its parameters in braces, such as `/{proxy+}`.
        parameters: the values of its parameters, decoded.

    Returns:
        None if the event does not have a route that the path fills.
    """
    if route == "/":
        return "/"
    filled = route or ""
    for name, value in (parameters or {}).items():
        filled = filled.replace(f"{{{name}+}}", value or "").replace(f"{{{name}}}", value or "")
    if not filled.startswith("/") or "{" in filled:
        return None
    if path.endswith(filled):
        return filled
    if "%" in path:
        from urllib.parse import unquote

        if unquote(path).endswith(filled):
            return "/" + "/".join(path.split("/")[-filled.count("/") :])
    return None


def write_response(response: Response, _event: dict[str, Any]) -> dict[str, Any]:
    """Return a response as API Gateway and load balancers expect it; a body that is not UTF-8 is base64 encoded."""
    try:
        body, encoded = response.body.decode(), False
    except UnicodeDecodeError:
        import binascii

        body, encoded = binascii.b2a_base64(response.body, newline=False).decode(), True
    return {
        "statusCode": response.status,
        "headers": response.headers,
        "body": body,
        "isBase64Encoded": encoded,
    }


def write_with_description(response: Response, event: dict[str, Any]) -> dict[str, Any]:
    """Return a response as load balancers and VPC Lattice expect it: with the status in words as well."""
    from http import HTTPStatus

    description = f"{response.status} {HTTPStatus(response.status).phrase}"
    return write_response(response, event) | {"statusDescription": description}


def is_item_batch(event: dict[str, Any]) -> bool:
    """Return whether an object is a batch of a Distributed Map, and not a row of a model's input."""
    return isinstance(event.get("Items"), list) and event.keys() <= {"Items", "BatchInput"}


def is_lattice_version_1(event: dict[str, Any]) -> bool:
    """Return whether an object is an event of VPC Lattice without a context, and not a row of a model's input."""
    return {"raw_path", "method", "headers", "is_base64_encoded"} <= event.keys() and isinstance(event["headers"], dict)

"""Decode events and encode responses by msgspec, for Lambda's runtime client: a third of the time of its own JSON.

awslambdaric lets a function replace its marshaller (`BaseLambdaRuntimeClient.marshaller`). What msgspec does not
accept, such as NaN, is left to awslambdaric's own, so that values and errors stay the same.
"""

import sys
from contextlib import suppress
from typing import Any

import msgspec

_JSON = "application/json"
_LARGE = 32 * 1024  # bytes
_FAILURES = (ValueError, TypeError, RecursionError)


class Encoded(bytes):
    """A response that is JSON already."""


class Marshaller:
    """Decodes and encodes as awslambdaric's LambdaMarshaller does.

    The items of a large Distributed Map batch stay encoded, a `msgspec.Raw`: their scorer decodes them into columns.

    Args:
        usual: awslambdaric's own.
    """

    def __init__(self, usual: Any) -> None:
        self._usual = usual

    def unmarshal_request(self, request: bytes, content_type: str = _JSON) -> Any:
        """Return the event."""
        if content_type == _JSON:
            with suppress(*_FAILURES):
                return _decode_items(request) if len(request) >= _LARGE else msgspec.json.decode(request)
        return self._usual.unmarshal_request(request, content_type)

    def marshal_response(self, response: Any) -> tuple[Any, str]:
        """Return the encoded response and its content type."""
        if isinstance(response, Encoded):
            return response, _JSON
        with suppress(*_FAILURES):
            return msgspec.json.encode(response), _JSON
        encoded: tuple[Any, str] = self._usual.marshal_response(response)
        return encoded


def install() -> None:
    """Replace the marshaller of awslambdaric, if that runs this process."""
    client = getattr(sys.modules.get("awslambdaric.lambda_runtime_client"), "BaseLambdaRuntimeClient", None)
    if hasattr(client, "marshaller"):
        client.marshaller = Marshaller(client.marshaller)


def _decode_items(request: bytes) -> Any:
    """Return a large event; if it is a Distributed Map batch, its items stay encoded."""

    class Batch(msgspec.Struct, forbid_unknown_fields=True):
        Items: msgspec.Raw
        BatchInput: Any = msgspec.UNSET

    try:
        batch = msgspec.json.decode(request, type=Batch)
    except msgspec.ValidationError:
        return msgspec.json.decode(request)
    if memoryview(batch.Items)[:1] != b"[":
        return msgspec.json.decode(request)
    return {"Items": batch.Items} | ({} if batch.BatchInput is msgspec.UNSET else {"BatchInput": batch.BatchInput})

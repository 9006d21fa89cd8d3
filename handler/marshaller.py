"""Decode events and encode responses by msgspec, for Lambda's runtime client: in a third of the time of its own JSON.

awslambdaric lets a function replace its marshaller (`BaseLambdaRuntimeClient.marshaller`). What msgspec does not
accept, such as NaN, is left to awslambdaric's own, so that values and errors stay the same.
"""

import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec

LARGE = 32 * 1024
"""Bytes of a large event."""

_JSON = "application/json"
_FAILURES = (ValueError, TypeError, RecursionError)


class Encoded(bytes):
    """A response that is JSON already."""


class Marshaller:
    """Decodes and encodes as awslambdaric's LambdaMarshaller does.

    Args:
        usual: awslambdaric's own.
        decode_large: decodes a large event.
    """

    def __init__(self, usual: Any, decode_large: Callable[[bytes], Any] = msgspec.json.decode) -> None:
        self._usual = usual
        self._decode_large = decode_large

    def unmarshal_request(self, request: bytes, content_type: str = _JSON) -> Any:
        """Return the event."""
        if content_type == _JSON:
            with suppress(*_FAILURES):
                return self._decode_large(request) if len(request) >= LARGE else msgspec.json.decode(request)
        return self._usual.unmarshal_request(request, content_type)

    def marshal_response(self, response: Any) -> tuple[Any, str]:
        """Return the encoded response and its content type."""
        if isinstance(response, Encoded):
            return response, _JSON
        with suppress(*_FAILURES):
            return msgspec.json.encode(response), _JSON
        encoded: tuple[Any, str] = self._usual.marshal_response(response)
        return encoded


def install(decode_large: Callable[[bytes], Any]) -> None:
    """Replace the marshaller of awslambdaric, if that runs this process."""
    client: Any = getattr(sys.modules.get("awslambdaric.lambda_runtime_client"), "BaseLambdaRuntimeClient", None)
    if hasattr(client, "marshaller"):
        client.marshaller = Marshaller(client.marshaller, decode_large)

"""Serve a model behind an endpoint that speaks MLflow's scoring protocol.

The bundle's option `url` is the endpoint's URL, such as https://host/invocations, or `sagemaker:NAME` for a SageMaker
endpoint. As with every backend, the signature has validated the input before it is sent.
"""

from typing import Any

import msgspec

from handler.backends.remote.authorizing import authorizer
from handler.backends.remote.retrying import with_retries
from handler.bundle import Manifest
from handler.connections import Connections, HttpResponse
from handler.errors import EndpointFailed, InvalidValue
from handler.files import AnyPath
from handler.response.encoding import encode
from handler.schema import UNNAMED
from handler.schema.batch import Arrays, Fields

_OK, _UNAUTHORIZED, _INVALID_INPUT = 200, (401, 403), (400, 413, 422)
_LONGEST = 500  # characters of the endpoint's error message that are passed on
_HINTS = {
    401: ": it rejects the token in THAW_TOKEN",
    403: ": access denied; check THAW_TOKEN, or that the role may call the endpoint",
    404: ": it does not have this path",
}


class RemoteModel:
    """An endpoint, called over persistent connections."""

    chunk: int | None = None

    def __init__(self, manifest: Manifest, _folder: AnyPath, *, token: str = "") -> None:
        self._authorizer = authorizer(manifest.options["url"], token)
        self._connections = Connections(self._authorizer.url)
        inputs = manifest.signature.inputs
        self._is_table = inputs is None or all("name" in spec and spec["type"] != "tensor" for spec in inputs)

    def predict(self, columns: dict[str, list[Any]], params: dict[str, Any], deadline: float | None = None) -> Any:
        """Call the endpoint; if it rejects a token that has been rotated, once more with the new one.

        Raises:
            InvalidValue: it rejects the input.
            EndpointFailed: it fails, cannot be reached, or responds without predictions.
            DeadlineExceeded: it did not respond in time.
        """
        body = encode(self._payload(columns) | ({"params": params} if params else {}))

        def send(seconds: float) -> HttpResponse:
            path = self._connections.path
            headers = self._authorizer.headers(path, {"content-type": "application/json"}, body)
            return self._connections.request("POST", path, headers, body, seconds)

        response = with_retries(send, deadline)
        if response.status in _UNAUTHORIZED and self._authorizer.renew():
            response = with_retries(send, deadline)
        return _predictions(response)

    def _payload(self, columns: dict[str, list[Any]]) -> dict[str, Any]:
        if isinstance(columns, Fields):
            return {"inputs": columns[None][0] if None in columns else {name: one[0] for name, one in columns.items()}}
        if isinstance(columns, Arrays):
            return {"inputs": columns.get(None, columns)}
        if self._is_table:
            rows = list(zip(*columns.values(), strict=True))
            return {"dataframe_split": {"columns": list(columns), "data": rows}}
        return {"inputs": columns[UNNAMED] if list(columns) == [UNNAMED] else columns}


def _predictions(response: HttpResponse) -> Any:
    if response.status == _OK:
        try:
            return msgspec.json.decode(response.body)["predictions"]
        except (ValueError, TypeError, KeyError):
            raise EndpointFailed("the model's endpoint responds without `predictions`") from None
    if response.status in _INVALID_INPUT:
        raise InvalidValue(f"the model's endpoint rejects the input{_message(response.body)}")
    raise EndpointFailed(f"the model's endpoint responds with {response.status}{_HINTS.get(response.status, '')}")


def _message(body: bytes) -> str:
    """Return the first line of an error message from MLflow or SageMaker, which is never a stack trace."""
    try:
        error = msgspec.json.decode(body, type=dict[str, Any])
    except ValueError:
        return ""
    message = error.get("message")
    return f": {message.strip().splitlines()[0][:_LONGEST]}" if isinstance(message, str) and message.strip() else ""


load = RemoteModel

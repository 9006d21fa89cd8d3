"""A model that lives elsewhere, behind an endpoint that speaks MLflow's scoring protocol.

The bundle's option `url` says where: an address such as https://host/invocations, or `sagemaker:NAME` for an endpoint
of SageMaker's. What is sent has been read by the signature, as with every other backend.
"""

from pathlib import Path
from typing import Any

import msgspec

from handler.answers import encode
from handler.backends import DEADLINE
from handler.backends.remote.authorizing import authorizer
from handler.backends.remote.retrying import persistent
from handler.batch import Arrays, Fields
from handler.bundle import Manifest
from handler.connections import Answer, Connections
from handler.errors import EndpointFailed, InvalidValue
from handler.schema import UNNAMED

_OK, _REFUSES = 200, (400, 413, 422)
_LONGEST = 500  # characters of what an endpoint says that are passed on


class RemoteModel:
    """An endpoint, asked over connections that stay open."""

    chunk: int | None = None

    def __init__(self, manifest: Manifest, _folder: Path) -> None:
        address, self._authorized = authorizer(manifest.options["url"])
        self._connections = Connections(address)
        inputs = manifest.signature.inputs
        self._table = inputs is None or all("name" in spec and spec["type"] != "tensor" for spec in inputs)

    def predict(self, columns: dict[str, list[Any]], params: dict[str, Any]) -> Any:
        """Ask the endpoint.

        Raises:
            InvalidValue: it refuses the input.
            EndpointFailed: it fails, is not to be reached, or answers with no predictions.
            DeadlineExceeded: it did not answer in time.
        """
        body = encode(self._form(columns) | ({"params": params} if params else {}))

        def ask(seconds: float) -> Answer:
            headers = self._authorized(self._connections.path, {"content-type": "application/json"}, body)
            return self._connections.request("POST", self._connections.path, headers, body, seconds)

        return _predictions(persistent(ask, DEADLINE.get()))

    def _form(self, columns: dict[str, list[Any]]) -> dict[str, Any]:
        if isinstance(columns, Fields):
            return {"inputs": columns[None][0] if None in columns else {name: one[0] for name, one in columns.items()}}
        if isinstance(columns, Arrays):
            return {"inputs": columns.get(None, columns)}
        if self._table:
            rows = list(zip(*columns.values(), strict=True))
            return {"dataframe_split": {"columns": list(columns), "data": rows}}
        return {"inputs": columns[UNNAMED] if list(columns) == [UNNAMED] else columns}


def _predictions(answer: Answer) -> Any:
    if answer.status == _OK:
        try:
            return msgspec.json.decode(answer.body)["predictions"]
        except (ValueError, TypeError, KeyError):
            raise EndpointFailed("the endpoint that this model is behind answers with no predictions") from None
    if answer.status in _REFUSES:
        raise InvalidValue(f"the endpoint that this model is behind refuses the input{_said(answer.body)}")
    hint = {401: ": it does not take THAW_TOKEN", 403: ": it does not let us ask", 404: ": it has no such path"}
    raise EndpointFailed(f"the endpoint that this model is behind answers {answer.status}{hint.get(answer.status, '')}")


def _said(body: bytes) -> str:
    """The first line of an error's message, where it is one of MLflow's or SageMaker's; never a stack trace."""
    try:
        said = msgspec.json.decode(body, type=dict[str, Any])
    except ValueError:
        return ""
    message = said.get("message")
    return f": {message.strip().splitlines()[0][:_LONGEST]}" if isinstance(message, str) and message.strip() else ""


load = RemoteModel

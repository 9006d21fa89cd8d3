"""Send one request to MLflow's scoring server and to the handler, both in this process, and compare the responses."""

import asyncio
import json
import math
import warnings
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from handler.core import Core
from handler.message import Request

_CACHED = 8  # requests are sent again to explain a difference


class Question(NamedTuple):
    """A request.

    Attributes:
        body: the request's body.
        content_type: the header's value; None for no header.
        faults: what is wrong with it, by the names in `judging`; empty for a valid request.
        form: its form: dataframe_split, csv...; empty if that does not matter.
        rows: number of rows.
        twin: the same rows as dataframe_records, if the model has named columns.
    """

    body: bytes
    content_type: str | None = "application/json"
    faults: frozenset[str] = frozenset()
    form: str = ""
    rows: int = 1
    twin: bytes | None = None
    method: str = "POST"
    path: str = "/invocations"


class Answer(NamedTuple):
    """A response; `value` is the decoded JSON, or the text if it is not JSON."""

    status: int
    content_type: str
    value: Any


class Difference(NamedTuple):
    """One difference between two responses."""

    what: str
    theirs: Any
    ours: Any


class MlflowServer:
    """MLflow's scoring server: its ASGI app, called directly."""

    def __init__(self, model: Path) -> None:
        with warnings.catch_warnings(action="ignore"):
            import mlflow.pyfunc
            from mlflow.pyfunc import scoring_server

            self._app = scoring_server.init(mlflow.pyfunc.load_model(str(model)))
        self._loop = asyncio.new_event_loop()
        self._cached = lru_cache(_CACHED)(self._send)

    def __call__(self, question: Question) -> Answer:
        """Return the response; an exception that escapes becomes the 500 that uvicorn would send."""
        return self._cached(question)

    def close(self) -> None:
        """Close the event loop."""
        self._loop.close()

    def _send(self, question: Question) -> Answer:
        headers = [(b"host", b"test")]
        if question.content_type is not None:
            headers.append((b"content-type", question.content_type.encode("latin-1")))
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": question.method,
            "scheme": "http",
            "path": question.path,
            "raw_path": question.path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": headers,
            "server": ("test", 80),
            "client": ("test", 1),
        }
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": question.body, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        with warnings.catch_warnings(action="ignore"):
            try:
                self._loop.run_until_complete(self._app(scope, receive, send))
            except Exception as error:  # noqa: BLE001 - uvicorn treats all alike
                return Answer(500, "text/plain; charset=utf-8", f"{type(error).__name__}: {error}")
        answered = dict(sent[0]["headers"])
        if sent[0]["status"] == 307:
            return self._send(question._replace(path=urlsplit(answered[b"location"].decode()).path))
        body = b"".join(message.get("body", b"") for message in sent[1:])
        return _to_answer(sent[0]["status"], answered.get(b"content-type", b"").decode(), body)


class Handler:
    """The handler's core, called directly."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self.columns = core.predictor.schema.columns
        self._cached = lru_cache(_CACHED)(self._send)

    def __call__(self, question: Question) -> Answer:
        """Return the response."""
        return self._cached(question)

    def _send(self, question: Question) -> Answer:
        headers = {} if question.content_type is None else {"content-type": question.content_type}
        with warnings.catch_warnings(action="ignore"):
            response = self._core.answer(
                Request(question.method, question.path, headers, {}, question.body, id="a-request")
            )
        return _to_answer(response.status, response.headers.get("content-type", ""), response.body)


class Servers(NamedTuple):
    """Both servers, with the same model."""

    theirs: MlflowServer
    ours: Handler


def _to_answer(status: int, content_type: str, body: bytes) -> Answer:
    try:
        return Answer(status, content_type, json.loads(body))
    except ValueError:
        return Answer(status, content_type, body.decode())


def differences(theirs: Answer, ours: Answer, digits: float = 0.0) -> Iterator[Difference]:
    """Yield the differences; if the status differs, nothing else is compared.

    Args:
        theirs: MLflow's response.
        ours: the handler's response.
        digits: relative difference that numbers may have.
    """
    if theirs.status != ours.status or (theirs.status == 500 and theirs.content_type != "application/json"):
        yield Difference("status", theirs, ours)
        return
    if theirs.content_type != ours.content_type:
        yield Difference("content type", theirs.content_type, ours.content_type)
    if isinstance(theirs.value, dict) and "error_code" in theirs.value:
        yield from _error_differences(theirs.value, ours.value)
        return
    strict = _as_strict_json(theirs.value)
    if not same(theirs.value, strict, 0):
        yield Difference("NaN", theirs.value, ours.value)
    if theirs.status != 415 and not same(strict, ours.value, digits):
        yield Difference("value", theirs.value, ours.value)


def _error_differences(theirs: dict[str, Any], ours: dict[str, Any]) -> Iterator[Difference]:
    names = ("error_code", "sqlstate", "error_class")
    codes = [[error.get(name) for name in names] for error in (theirs, ours)]
    if codes[0] != codes[1]:
        yield Difference("code", theirs, ours)
    for what in {**theirs, **ours}.keys() - set(names):
        if theirs.get(what) != ours.get(what):
            yield Difference(what, theirs.get(what), ours.get(what))


def _as_strict_json(value: Any) -> Any:
    """Return the value as strict JSON."""
    match value:
        case float() if not math.isfinite(value):
            return None
        case "NaT":
            return None
        case list():
            return [_as_strict_json(inner) for inner in value]
        case dict():
            return {key: _as_strict_json(inner) for key, inner in value.items()}
    return value


def same(theirs: Any, ours: Any, digits: float) -> bool:
    """Return whether two JSON values have the same types and values; numbers exactly, or to a relative difference."""
    match theirs, ours:
        case list(), list():
            return len(theirs) == len(ours) and all(
                same(one, other, digits) for one, other in zip(theirs, ours, strict=True)
            )
        case dict(), dict():
            return theirs.keys() == ours.keys() and all(same(theirs[key], ours[key], digits) for key in theirs)
        case float(), float() if digits:
            return math.isclose(theirs, ours, rel_tol=digits)
    return type(theirs) is type(ours) and repr(theirs) == repr(ours)

"""Stream a model's output as server-sent events."""

from collections.abc import Generator
from itertools import chain
from typing import Any

from handler.errors import InvalidValue, RequestError
from handler.message import Request, Response
from handler.predictor import Predictor
from handler.protocols.mlflow import predictions
from handler.response import events
from handler.response.encoding import refuse_unencodable
from handler.schema.batch import Batch

# Proxies such as nginx otherwise collect a response before they pass it on.
_HEADERS = {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache", "x-accel-buffering": "no"}


def answer(batch: Batch, params: dict[str, Any], predictor: Predictor, request: Request) -> Response:
    """Return a response whose events follow as the model makes them.

    The first event is awaited, so that an error before it is an ordinary response.

    Raises:
        InvalidValue: the request does not have exactly one row.
        RequestError: as `Predictor.stream` raises before the first event.
    """
    if batch.count != 1:
        raise InvalidValue(f"expected one row to stream the output of, got {batch.count}")
    parts = predictor.stream(batch, params, request.deadline, request.model_time)
    first = [event for event in [_next(parts)] if event]
    return Response(200, _HEADERS, b"", rows=1, stream=_follow(first, parts))


def _follow(first: list[bytes], parts: Generator[Any, None, None]) -> Generator[bytes, None, None]:
    """Yield the events."""
    try:
        yield from chain(first, iter(lambda: _next(parts), b""))
    except RequestError as error:
        yield events.last_events(error)
    else:
        yield events.DONE
    finally:
        parts.close()


def _next(parts: Generator[Any, None, None]) -> bytes:
    """Return the event of the next part; nothing at the end."""
    for part in parts:
        with refuse_unencodable():
            return events.event(predictions.to_json_value(part, wrapped=False))
    return b""

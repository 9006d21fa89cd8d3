"""Server-sent events, as MLflow's agent server and Databricks send a stream: `data: {...}`, at last `data: [DONE]`."""

from typing import Any

from handler.errors import RequestError, legible
from handler.response.encoding import encode

DONE = b"data: [DONE]\n\n"


def event(value: Any) -> bytes:
    """Return a value as an event."""
    return b"data: " + encode(value) + b"\n\n"


def last_events(error: RequestError) -> bytes:
    """Return the events with which a stream ends that an error stops."""
    return event({"error": legible(error.detail)}) + DONE

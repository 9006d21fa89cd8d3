"""`python -m local invoke`: invoke the handler with an event as Lambda does, without Docker."""

import json
from pathlib import Path
from typing import Any

from local.errors import LocalError
from local.runtime_api import Answer, Runtime
from local.stage import interpreter, stage

HANDLER = "handler.app.handler"


def invoke(event: Path, bundle: Path) -> Answer:
    """Print the handler's response to an event, and the times; return the first response.

    Raises:
        InitError: the handler did not load.
        LocalError: the file cannot be read, or is not JSON.
    """
    payload = _read_event(event)
    python = interpreter(bundle)
    with stage(bundle) as (folder, variables), Runtime(python, HANDLER, folder, variables) as runtime:
        first = runtime.invoke(payload)
        print(json.dumps(_decode_body(first.value), indent=2, ensure_ascii=False))
        if first.failed:
            return first
        warm = runtime.invoke(payload)
        print(
            f"init {runtime.init_milliseconds:.0f} ms, first invoke {first.milliseconds:.1f} ms, "
            f"second invoke {warm.milliseconds:.1f} ms"
        )
    return first


def is_error(response: Any) -> bool:
    """Return whether a response reports an error: by its status, or for a message of a queue or an item of a batch."""
    if not isinstance(response, dict):
        return False
    status = response.get("statusCode", response.get("status") if "title" in response else None)
    if isinstance(status, int):
        return status >= 400  # noqa: PLR2004 - RFC 9110, section 15: client and server errors
    items = response.get("Items")
    return bool(response.get("batchItemFailures")) or any("error" in item for item in items or [])


def _read_event(event: Path) -> Any:
    try:
        return json.loads(event.read_bytes())
    except OSError as error:
        raise LocalError(f"cannot read {event}: {error.strerror}") from None
    except ValueError as error:
        raise LocalError(f"{event} is not JSON: {error}") from None


def _decode_body(response: Any) -> Any:
    """Return the response with its JSON body decoded."""
    try:
        return {**response, "body": json.loads(response["body"])}
    except (KeyError, TypeError, ValueError):
        return response

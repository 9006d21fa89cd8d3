"""`python -m local invoke`: one event answered as Lambda would have it answered, without Docker."""

import json
from pathlib import Path
from typing import Any

from local.errors import LocalError
from local.runtime_api import Runtime
from local.stage import interpreter, stage

HANDLER = "handler.app.handler"


def invoke(event: Path, bundle: Path) -> bool:
    """Print what the handler answers to an event, and how long that took; False if it raised or ended.

    Raises:
        InitError: the handler did not load.
        LocalError: the event cannot be read, or is not JSON.
    """
    question = _read(event)
    python = interpreter(bundle)
    with stage(bundle) as (folder, variables), Runtime(python, HANDLER, folder, variables) as runtime:
        first = runtime.invoke(question)
        print(json.dumps(_readable(first.value), indent=2, ensure_ascii=False))
        if first.failed:
            return False
        warm = runtime.invoke(question)
        print(
            f"init {runtime.init_milliseconds:.0f} ms, first invoke {first.milliseconds:.1f} ms, "
            f"second invoke {warm.milliseconds:.1f} ms"
        )
    return True


def _read(event: Path) -> Any:
    try:
        return json.loads(event.read_bytes())
    except OSError as error:
        raise LocalError(f"{event} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise LocalError(f"{event} is not JSON: {error}") from None


def _readable(answer: Any) -> Any:
    """The answer with the JSON in its body as JSON."""
    try:
        return {**answer, "body": json.loads(answer["body"])}
    except (KeyError, TypeError, ValueError):
        return answer

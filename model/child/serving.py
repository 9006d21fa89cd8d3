"""Answer one request from the parent process: read it, and write the result or the error."""

from __future__ import annotations

import atexit
import json
import os
import sys
import threading
import traceback
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any, Callable, Mapping

Record = Callable[[Any], None]

_PARTING_SECONDS = 5.0


def serve(answer: Callable[[Any, Record], Mapping[str, Any]]) -> None:
    """Call `answer` with the request and a function that records progress, write what it returns, and end the process.

    Files are opened for each write, since a model may close or redirect any descriptor. Threads that a model leaves
    behind do not keep the process.
    """
    request, result, progress = map(Path, sys.argv[1:])
    warnings.simplefilter("ignore")

    def record(line: Any) -> None:
        with progress.open("a") as lines:
            lines.write(json.dumps(line) + "\n")

    try:
        given: Mapping[str, Any] = answer(json.loads(request.read_text()), record)
    except (Exception, SystemExit) as error:
        with suppress(Exception):
            traceback.print_exc()
        given = {"error": one_line(error)}
    unfinished = result.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(given))
    unfinished.replace(result)
    leave()


def leave() -> None:
    """End the process, after the functions that libraries register with `atexit`, if those are quick."""
    last = threading.Thread(target=atexit._run_exitfuncs, daemon=True)  # noqa: SLF001
    last.start()
    last.join(_PARTING_SECONDS)
    os._exit(0)


def one_line(error: BaseException) -> str:
    """Return an error's class and message in one line."""
    if isinstance(error, SystemExit):
        return f"the model calls sys.exit({error.code!r}), which would end the service: raise another exception there"
    return "{}: {}".format(type(error).__name__, " ".join(str(error).split())[:1000])

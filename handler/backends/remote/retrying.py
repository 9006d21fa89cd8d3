"""Asking again what may work the next time: at random moments, within the time there is.

Source: "Exponential Backoff And Jitter", AWS Architecture Blog; this is its full jitter.
"""

import random
import time
from collections.abc import Callable

from handler.connections import Answer
from handler.errors import DeadlineExceeded, EndpointFailed

TRIES = 4
PATIENCE = 60.0
"""Seconds that an answer may take where no deadline is known."""

_AGAIN = frozenset({408, 429, 500, 502, 503, 504})
_BASE, _CAP = 0.1, 2.0


def persistent(ask: Callable[[float], Answer], deadline: float | None) -> Answer:
    """The answer, the last one where all were of a kind to ask again.

    A 500 is asked again once: MLflow answers so where a model fails for a while, and where it always will.

    Args:
        ask: called with the seconds that it may take.
        deadline: `time.monotonic()` after which nobody waits.

    Raises:
        DeadlineExceeded: there is no time left.
        EndpointFailed: no connection, whenever it was tried.
    """
    deadline = time.monotonic() + PATIENCE if deadline is None else deadline
    for tried in range(1, TRIES + 1):
        left = deadline - time.monotonic()
        if left <= 0:
            raise _late()
        answer, reason = None, ""
        try:
            answer = ask(left)
        except TimeoutError:
            raise _late() from None
        except OSError as error:
            reason = type(error).__name__
        last = tried == TRIES or (answer is not None and answer.status == 500 and tried > 1)  # noqa: PLR2004
        if answer is not None and (answer.status not in _AGAIN or last):
            return answer
        if last:
            raise EndpointFailed(f"the endpoint that this model is behind cannot be reached ({reason})")
        pause = _pause(answer, tried)
        if pause >= deadline - time.monotonic():
            if answer is not None:
                return answer
            raise _late()
        time.sleep(pause)
    raise AssertionError


def _pause(answer: Answer | None, tried: int) -> float:
    """Seconds to wait: as many as the endpoint says, else at random."""
    said = answer.headers.get("retry-after", "") if answer else ""
    return float(said) if said.isdecimal() else random.uniform(0, min(_CAP, _BASE * 2**tried))  # noqa: S311


def _late() -> DeadlineExceeded:
    return DeadlineExceeded("the endpoint that this model is behind did not answer in time; send fewer rows")

"""Retry transient failures with exponential backoff and full jitter, within the deadline.

Source: "Exponential Backoff And Jitter", AWS Architecture Blog.
"""

import random
import time
from collections.abc import Callable

from handler.connections import HttpResponse
from handler.errors import DeadlineExceeded, EndpointFailed

TRIES = 4
DEFAULT_TIMEOUT = 60.0
"""Seconds, for a request without a deadline."""

_TRANSIENT = frozenset({408, 429, 500, 502, 503, 504})
_BASE, _CAP = 0.1, 2.0


def with_retries(send: Callable[[float], HttpResponse], deadline: float | None) -> HttpResponse:
    """Return the first response that is not a transient failure, or the last one.

    A 500 is retried once: MLflow responds so to a failure that may be transient or permanent.

    Args:
        send: sends the request; called with a timeout in seconds.
        deadline: value of `time.monotonic()` at which the caller stops waiting.

    Raises:
        DeadlineExceeded: no response before the deadline.
        EndpointFailed: every attempt to connect failed.
    """
    deadline = time.monotonic() + DEFAULT_TIMEOUT if deadline is None else deadline
    for tried in range(1, TRIES + 1):
        left = deadline - time.monotonic()
        if left <= 0:
            raise _timed_out()
        response, reason = None, ""
        try:
            response = send(left)
        except TimeoutError:
            raise _timed_out() from None
        except OSError as error:
            reason = type(error).__name__
        last = tried == TRIES or (response is not None and response.status == 500 and tried > 1)  # noqa: PLR2004
        if response is not None and (response.status not in _TRANSIENT or last):
            return response
        if last:
            raise EndpointFailed(f"the model's endpoint cannot be reached ({reason})")
        pause = _pause(response, tried)
        if pause >= deadline - time.monotonic():
            if response is not None:
                return response
            raise _timed_out()
        time.sleep(pause)
    raise AssertionError


def _pause(response: HttpResponse | None, tried: int) -> float:
    """Return the seconds to wait: `retry-after` where the endpoint sends it, else a random time."""
    retry_after = response.headers.get("retry-after", "") if response else ""
    return float(retry_after) if retry_after.isdecimal() else random.uniform(0, min(_CAP, _BASE * 2**tried))  # noqa: S311


def _timed_out() -> DeadlineExceeded:
    return DeadlineExceeded("the model's endpoint did not respond in time; send fewer rows, or raise the timeout")

"""Call a model that streams its output, part by part, until it ends, fails, or the deadline passes."""

import time
from collections.abc import Generator
from typing import Any

from handler import log
from handler.backends import Backend
from handler.errors import DeadlineExceeded, ModelFailed, RequestError
from handler.message import ModelTime
from handler.schema.batch import Batch


def stream(
    backend: Backend,
    batch: Batch,
    params: dict[str, Any],
    deadline: float | None,
    model_time: ModelTime | None,
    *,
    log_input: bool,
) -> Generator[Any, None, None]:
    """Yield the parts of the output for one row, as `Predictor.stream` describes."""
    parts = None
    try:
        require_time(deadline)
        parts = backend.predict_stream(batch.columns, params)  # type: ignore[attr-defined]
        while True:
            started = time.perf_counter()
            try:
                part = next(parts)
            except StopIteration:
                return
            finally:
                if model_time is not None:
                    model_time.seconds += time.perf_counter() - started
            yield part
            require_time(deadline)
    except (RequestError, KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:  # noqa: BLE001 - a model may raise anything: sys.exit, a panic in Rust
        log.failure(error, quote=log_input)
        raise failed(error) from None
    finally:
        if parts is not None:
            parts.close()


def failed(error: BaseException) -> ModelFailed:
    """Return the error for an exception of the model, which the log has."""
    return ModelFailed(f"the model failed with {type(error).__name__}; the log has the details")


def require_time(deadline: float | None) -> None:
    """Check that time is left.

    Raises:
        DeadlineExceeded: the deadline, a value of `time.monotonic()`, has passed.
    """
    if deadline is not None and time.monotonic() >= deadline:
        raise DeadlineExceeded("no time is left to predict; send fewer rows, or raise the function's timeout")

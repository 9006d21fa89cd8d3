"""Log lines: one for each request, a model's exceptions without the input, and a sample of inputs and outputs.

If Lambda's log format is JSON, awslambdaric writes the `extra` fields as JSON; otherwise the message contains them.
"""

import json
import logging
import os
import traceback
from typing import Any

LOGGER = logging.getLogger("thaw")

_JSON = os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"
if not os.environ.get("AWS_LAMBDA_LOG_LEVEL"):
    LOGGER.setLevel(logging.INFO)


_MAX_CAPTURED = 100_000  # characters; CloudWatch takes at most a megabyte a line


def request(metrics: dict[str, Any], **fields: str | float | bool) -> None:
    """Write a request's line: request_id, route, status, rows, ms, cold and more.

    Args:
        metrics: fields in embedded metric format. They are part of the line if the log's format is JSON, else a line
            of their own.
        fields: the line's fields.
    """
    if _JSON:
        LOGGER.info("request", extra={**fields, **metrics})
        return
    LOGGER.info("request %s", " ".join(f"{name}={value}" for name, value in fields.items()))
    if metrics:
        print(json.dumps(metrics), flush=True)  # noqa: T201 - CloudWatch needs lines of pure JSON


def unproved(name: str, version: str) -> None:
    """Write, at a start, that nobody has compared this model's predictions with MLflow's."""
    if _JSON:
        LOGGER.warning("unproved", extra={"model": name, "model_version": version})
    else:
        LOGGER.warning(
            "unproved model=%s model_version=%s: its predictions were not compared with MLflow's", name, version
        )


def depends_on_batch(name: str) -> None:
    """Write that the answers of a batch depend on which rows are in it."""
    if _JSON:
        LOGGER.warning("depends_on_batch", extra={"model": name})
    else:
        LOGGER.warning(
            "depends_on_batch model=%s: its predictions for a row depend on the other rows of the batch", name
        )


def ignored_params(count: int) -> None:
    """Write how many params of a request are not in the model's signature."""
    if _JSON:
        LOGGER.warning("ignored_params", extra={"params": count})
    else:
        LOGGER.warning("ignored_params params=%d: they are not in the model's signature", count)


def capture(request_id: str, version: str, body: bytes, output: bytes) -> None:
    """Write a request's body and its response's, each cut to 100,000 characters."""
    texts = {
        name: part[:_MAX_CAPTURED].decode("utf-8", "replace") for name, part in (("input", body), ("output", output))
    }
    fields = {"request_id": request_id, "model_version": version, **texts}
    if _JSON:
        LOGGER.info("capture", extra=fields)
    else:
        LOGGER.info("capture %s", json.dumps(fields))


def failure(error: BaseException, *, quote: bool) -> None:
    """Write an exception's class and traceback; with `quote` also its message, which may repeat the input."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    LOGGER.error("raised %s%s\n%s", type(error).__name__, f": {error}" if quote else "", frames.rstrip())

"""What is logged: one line a request, a model's exceptions without what callers sent, and a sample of both ends.

awslambdaric writes JSON with the `extra` fields where Lambda's log format is JSON; elsewhere the message
itself carries the fields.
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


_LONGEST = 100_000  # characters of what is captured: a line of CloudWatch's has at most a megabyte


def request(metrics: dict[str, Any], **fields: str | float | bool) -> None:
    """Write a request's line: request_id, route, status, rows, ms, cold and more, with its metrics in the same line.

    Where the log's format is not JSON, metrics are a line of their own.
    """
    if _JSON:
        LOGGER.info("request", extra={**fields, **metrics})
        return
    LOGGER.info("request %s", " ".join(f"{name}={value}" for name, value in fields.items()))
    if metrics:
        print(json.dumps(metrics), flush=True)  # noqa: T201 - CloudWatch takes lines that are nothing but JSON


def capture(request_id: str, version: str, body: bytes, answer: bytes) -> None:
    """Write what a caller sent and got, cut where it is long."""
    texts = {name: part[:_LONGEST].decode("utf-8", "replace") for name, part in (("input", body), ("output", answer))}
    fields = {"request_id": request_id, "model_version": version, **texts}
    if _JSON:
        LOGGER.info("capture", extra=fields)
    else:
        LOGGER.info("capture %s", json.dumps(fields))


def failure(error: BaseException, *, quote: bool) -> None:
    """Write where something raised. Its message may repeat the input, so it is left out unless `quote`."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    LOGGER.error("raised %s%s\n%s", type(error).__name__, f": {error}" if quote else "", frames.rstrip())

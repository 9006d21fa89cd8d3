"""What is logged: one line a request, and a model's exceptions without what callers sent.

awslambdaric writes JSON with the `extra` fields where Lambda's log format is JSON; elsewhere the message
itself carries the fields.
"""

import logging
import os
import traceback

LOGGER = logging.getLogger("thaw")

_JSON = os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"
if not os.environ.get("AWS_LAMBDA_LOG_LEVEL"):
    LOGGER.setLevel(logging.INFO)


def request(**fields: str | float | bool) -> None:
    """Write a request's line: request_id, route, status, rows, ms, cold; and input where it is switched on."""
    if _JSON:
        LOGGER.info("request", extra=fields)
    else:
        LOGGER.info("request %s", " ".join(f"{name}={value}" for name, value in fields.items()))


def failure(error: BaseException, *, quote: bool) -> None:
    """Write where something raised. Its message may repeat the input, so it is left out unless `quote`."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    LOGGER.error("raised %s%s\n%s", type(error).__name__, f": {error}" if quote else "", frames.rstrip())

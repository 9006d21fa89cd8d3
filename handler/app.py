"""The Lambda entry, `handler.app.handler`: the bundle is loaded when this module is imported, once per cold start."""

import json
import os
import time
from typing import Any

from handler import adapters, core, settings, threads, writable
from handler.adapters import Adapter
from handler.errors import RequestError
from handler.message import Response

writable.use_tmp(os.environ)
threads.use_share(os.environ)
_core = core.load(settings.from_environment(os.environ))

# awslambdaric escapes what is not ASCII in what it sends, but on runtimes from this one on.
_ESCAPES = os.environ.get("AWS_EXECUTION_ENV", "") < "AWS_Lambda_python3.12"
_MARGIN = 0.05  # seconds kept back to send an answer in


def handler(event: Any, context: Any) -> Any:
    """Answer one event in the form its source expects; an error is an answer too."""
    request_id = str(getattr(context, "aws_request_id", None) or "")
    adapter: Adapter = adapters.direct
    try:
        adapter = adapters.find(event)
        request = adapter.read(event, request_id, _deadline(context))
    except RequestError as error:
        response = _core.refuse(error, request_id)
    else:
        response = _core.answer(request, fits=lambda response: _fits(adapter, response, event))
    return adapter.write(response, event)


def _deadline(context: Any) -> float | None:
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    return time.monotonic() + remaining() / 1000 - _MARGIN if remaining else None


def _fits(adapter: Adapter, response: Response, event: Any) -> bool:
    """Whether the platform takes the answer as the runtime will encode it: at most 6 bytes for one."""
    if len(response.body) * 6 + 10_000 < adapter.LIMIT:
        return True
    encoded = json.dumps(adapter.write(response, event), ensure_ascii=_ESCAPES)
    return len(encoded.encode()) <= adapter.LIMIT

"""The Lambda entry point, `handler.app.handler`. Importing this module loads the bundle, once per cold start."""

import gc

gc.disable()  # for the imports too, until the model is loaded

import json
import os
import time
from functools import partial
from typing import Any

from handler import adapters, core, marshaller, settings
from handler.adapters import Adapter
from handler.errors import RequestError
from handler.message import BatchRequest, Response
from handler.startup import snapshot, temporary_home, threads

temporary_home.use_tmp(os.environ)
threads.use_share(os.environ)
snapshot.register_hooks(os.environ)
_core = core.load(settings.from_environment(os.environ))
decode_large = partial(adapters.items.decode_event, _core.row)
marshaller.install(decode_large)

# awslambdaric escapes non-ASCII characters in the response, except on Python 3.12 and newer runtimes.
_ESCAPES_NON_ASCII = os.environ.get("AWS_EXECUTION_ENV", "") < "AWS_Lambda_python3.12"
_SENDING_TIME = 0.05  # seconds reserved for sending the response


def handler(event: Any, context: Any) -> Any:
    """Return the response to one event in the form that the event's source expects.

    Raises:
        BatchFailed: a batch of a Distributed Map or of a queue failed as a whole. Other errors are responses.
    """
    request_id = str(getattr(context, "aws_request_id", None) or "")
    adapter: Adapter = adapters.direct
    try:
        adapter = adapters.find(event)
        request = adapter.read_event(event, request_id, _deadline(context))
    except RequestError as error:
        response = _core.refuse(error, request_id)
    else:
        fits = partial(_fits, adapter, event)
        if isinstance(request, BatchRequest):
            response = _core.score_batch(request, fits)
        else:
            response = _core.answer(request, fits)
    return adapter.write_response(response, event)


def _deadline(context: Any) -> float | None:
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    return time.monotonic() + remaining() / 1000 - _SENDING_TIME if remaining else None


def _fits(adapter: Adapter, event: Any, response: Response) -> bool:
    """Return whether the platform accepts the response, as the runtime encodes it: at most 6 bytes for each byte."""
    if len(response.body) * 6 + 10_000 < adapter.LIMIT:
        return True
    encoded = json.dumps(adapter.write_response(response, event), ensure_ascii=_ESCAPES_NON_ASCII)
    return len(encoded.encode()) <= adapter.LIMIT

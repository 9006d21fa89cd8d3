"""Damage the sample events at random, and tell whether the function's response is one that their source accepts."""

import copy
import json
import random
from pathlib import Path
from typing import Any

from bench.hostile.rows import UNUSUAL
from bench.hostile.ways import CONTEXT, FAILED, PREDICTED, REJECTED, Outcome, Target
from handler import adapters
from handler.adapters import items, unsupported
from handler.errors import BatchFailed

_INTERNAL = "the service failed"
SAMPLES = [json.loads(path.read_bytes()) for path in sorted(Path(__file__).parents[2].glob("events/*.json"))]


def damaged_event(chance: random.Random) -> Any:
    """Return a sample event in which up to four fields, at any depth, are missing, renamed or have another value."""
    event = copy.deepcopy(chance.choice(SAMPLES))
    for _ in range(chance.randint(1, 4)):
        _damage(event, chance)
    return event


def _damage(holder: Any, chance: random.Random) -> None:
    while isinstance(holder, dict | list) and holder:
        key = chance.choice(list(holder)) if isinstance(holder, dict) else chance.randrange(len(holder))
        if isinstance(holder[key], dict | list) and holder[key] and chance.random() < 0.5:  # noqa: PLR2004
            holder = holder[key]
            continue
        change = chance.choice(("drop", "replace", "rename"))
        kept = holder.pop(key)
        if isinstance(holder, list):
            holder.extend([] if change == "drop" else [_unusual(chance)])
        elif change == "replace":
            holder[key] = _unusual(chance)
        elif change == "rename":
            holder[chance.choice(("", "body", "Records", "\ud800"))] = kept
        return


def _unusual(chance: random.Random) -> Any:
    return copy.deepcopy(chance.choice(UNUSUAL))  # the next damage may be within it


def outcome(target: Target, event: Any) -> Outcome:
    """Return whether an event was answered, rejected, or caused a failure of the function."""
    try:
        answer = target.handler(event, CONTEXT)
        json.dumps(answer, allow_nan=False)
    except BatchFailed as error:  # tells Step Functions, SQS or another sender of records to try again
        batch = unsupported.is_batch(event) or adapters.find(event) is items
        return Outcome(REJECTED if batch and _INTERNAL not in str(error) else FAILED, f"BatchFailed: {error}")
    except Exception as error:  # noqa: BLE001 - counted
        return Outcome(FAILED, f"{type(error).__name__}: {error}")
    status = answer.get("statusCode", answer.get("status", 200)) if isinstance(answer, dict) else 200
    if not isinstance(status, int) or status >= 500:  # noqa: PLR2004
        return Outcome(FAILED, json.dumps(answer))
    return Outcome(PREDICTED if status < 400 else REJECTED)  # noqa: PLR2004

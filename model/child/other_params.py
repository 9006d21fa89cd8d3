"""Find the params that change a model's answers, by asking with other values."""

from __future__ import annotations

import traceback
from typing import Any, Callable

from .varying import differing_paths

_ROWS = 20
"""How many rows are asked with each value."""


def changing_params(
    predict: Callable[[dict[str, Any], list[Any]], Any],
    specs: list[dict[str, Any]],
    given: dict[str, Any],
    rows: list[Any],
) -> list[str]:
    """Return the names of params of which another value changes an answer, or is refused; all if rows are refused.

    Args:
        predict: returns the answers to rows, given params.
        specs: the params, as the signature describes them.
        given: the params that the model is proved with.
        rows: rows that the model answers.
    """
    rows = rows[:_ROWS]
    before = _answers(predict, given, rows)

    def ignored(spec: dict[str, Any]) -> bool:
        tried = ({**given, spec["name"]: value} for value in other_values(spec))
        after = (_answers(predict, params, rows) for params in tried)
        return before is not None and all(each and not differing_paths(before, each, whole=False) for each in after)

    return [str(spec["name"]) for spec in specs if not ignored(spec)]


def other_values(spec: dict[str, Any]) -> list[Any]:
    """Return values of a param's type that are not its default."""
    default = spec.get("default")
    if spec.get("shape"):
        first = default[0] if default else None
        return [[value] for value in other_values({**spec, "shape": None, "default": first})]
    kind = spec["type"]
    if kind == "boolean":
        return [not default]
    if kind in ("integer", "long", "float", "double"):
        return [(default or 0) + 1, -(default or 0) - 1]
    if kind == "string":
        return [f"{default or ''}0", "predict_proba"]
    return ["2001-02-03T04:05:06"] if kind == "datetime" else [None]


def _answers(predict: Any, params: dict[str, Any], rows: list[Any]) -> Any:
    """Return the answers to rows; None if the model refuses them."""
    try:
        return predict(params, rows)
    except (Exception, SystemExit):
        traceback.print_exc()
        return None

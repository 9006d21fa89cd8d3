"""Fuse weighted sums over one-hot columns into sums of looked-up weights: same numbers, much shorter rows."""

from __future__ import annotations

from typing import Any, NamedTuple

from .forms import Tables, chain, side_by_side, zip_strict

_UNIONS = {"composing.union", "composing.sparse_union"}
_ONE_HOT = {"encoding.one_hot", "encoding.sparse_one_hot"}
_CHECKS = {"checking.finite_rows", "checking.finite_sparse"}
_SUMS = {"linear.sums", "linear.sparse_sums"}


class _Part(NamedTuple):
    """An operation that gives columns, their weights, and the raw columns that they are computed from."""

    operation: dict[str, Any]
    weights: list[float]
    names: list[str | None]


def fused(operation: dict[str, Any], tables: Tables) -> dict[str, Any]:
    """Replace one-hot columns that only feed one weighted sum by their weights."""
    steps = operation.get("steps", [])
    for index in range(len(steps) - 1):
        weighted, total = steps[index : index + 2]
        if weighted["op"] == "text.tfidf" and total["op"] == "linear.sparse_sums" and len(total["weights"]) == 1:
            [intercept] = tables.values(total["intercepts"])
            summed = {**weighted, "op": "text.tfidf_sum", "weights": total["weights"][0], "intercept": intercept}
            return chain(*steps[:index], summed, *steps[index + 2 :])
    for index in range(len(steps) - 2):
        union, check, total = steps[index : index + 3]
        if check["op"] in _CHECKS and total["op"] in _SUMS and len(total["weights"]) == 1:
            weights = tables.values(total["weights"][0])
            parts = _parts(union, weights, check.get("names") or [None] * len(weights), tables)
            if parts and sum(len(part.weights) for part in parts) < len(weights):
                return chain(*steps[:index], *_summed(parts, total, tables), *steps[index + 3 :])
    return operation


def _parts(union: dict[str, Any], weights: list[float], names: list[str | None], tables: Tables) -> list[_Part] | None:
    """Return the parts of a union as columns, or None if one has another form."""
    parts, widths = [union], [len(weights)]
    if union["op"] in _UNIONS:
        parts, widths = union["parts"], union["widths"]
    made = []
    start = 0
    for part, width in zip_strict(parts, widths):
        end = start + width
        columns = _columns(_Part(part, weights[start:end], names[start:end]), tables)
        if columns is None:
            return None
        made.append(columns)
        start = end
    return made


def _columns(part: _Part, tables: Tables) -> _Part | None:
    """Return a part without its conversion from columns to rows, or None."""
    steps = part.operation["steps"] if part.operation["op"] == "composing.chain" else [part.operation]
    if not steps:
        return None
    *steps, last = steps
    if last["op"] in _ONE_HOT:
        names = [column["name"] for column in last["columns"]]
        return _Part(chain(*steps, _looked_up(last, part.weights, tables)), [1.0] * len(names), names)
    if last["op"] == "composing.sparse" and steps:
        *steps, last = steps
    return part._replace(operation=chain(*steps)) if last["op"] == "composing.transposed" and steps else None


def _looked_up(one_hot: dict[str, Any], weights: list[float], tables: Tables) -> dict[str, Any]:
    """Return the lookup of each category's weight, zero for categories without a column."""
    columns, start = [], 0
    for column in one_hot["columns"]:
        end = start + column["width"]
        outcomes = [tables.add([*weights[start:end], 0.0])]
        kept = {name: column[name] for name in column if name != "width"}
        columns.append({**kept, "outcomes": outcomes})
        start = end
    return {"op": "encoding.looked_up", "columns": columns}


def _summed(parts: list[_Part], total: dict[str, Any], tables: Tables) -> list[dict[str, Any]]:
    """Return the operations that check the columns of all parts and add them up, weighted."""
    weights = [weight for part in parts for weight in part.weights]
    names = [name for part in parts for name in part.names]
    return [
        side_by_side([part.operation for part in parts]),
        {"op": "checking.finite", "missing": False, "float32": False, "names": names},
        {"op": "composing.transposed"},
        {"op": "linear.sums", "weights": [tables.add(weights)], "intercepts": total["intercepts"]},
    ]

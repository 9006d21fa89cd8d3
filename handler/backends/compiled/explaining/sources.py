"""From which input column each feature of a compiled model is computed."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple


class Unexplained(Exception):
    """The model has no explanations; the message says why."""


class Source(NamedTuple):
    """Where a feature comes from.

    Attributes:
        columns: the indices of input columns.
        term: the term that it counts in a text.
        group: what features that are one to the model share, such as CatBoost's bins of the same columns.
    """

    columns: frozenset[int]
    term: str | None = None
    group: frozenset[int] | None = None


Sources = list[Source]
Rule = Callable[[dict[str, Any], Sources], Sources]


def sources_after(steps: list[dict[str, Any]], before: Sources, arrays: list[Any]) -> Sources:
    """Return the sources of the features that described operations make.

    Args:
        steps: the operations, one after the other.
        before: the sources of what the first one gets.
        arrays: the arrays that operations refer to.

    Raises:
        Unexplained: an operation mixes features in a way that is not known here.
    """
    for step in steps:
        before = _sources(step, before, arrays)
    return before


def _sources(step: dict[str, Any], before: Sources, arrays: list[Any]) -> Sources:
    name = step["op"]
    if name == "composing.chain":
        return sources_after(step["steps"], before, arrays)
    if name in _UNIONS:
        return [source for part in step["parts"] for source in _sources(part, before, arrays)]
    if name in _SAME:
        return before
    if name not in _RULES:
        raise Unexplained(f"explanations do not reach the input columns through the operation {name}")
    return _RULES[name]({key: resolved(value, arrays) for key, value in step.items()}, before)


def resolved(value: Any, arrays: list[Any]) -> Any:
    """Return an argument with arrays in the place of references; operations stay described."""
    if isinstance(value, list):
        return [resolved(inner, arrays) for inner in value] if value and isinstance(value[0], dict) else value
    return arrays[value["array"]] if isinstance(value, dict) and "array" in value else value


def _picked(places: Any, before: Sources) -> Sources:
    return [before[place] for place in places]


def _repeated(before: Sources, counts: Iterator[int]) -> Sources:
    """Return each source as often as its column has features."""
    return [source for source, count in zip(before, counts, strict=True) for _ in range(count)]


def _mixed(before: Sources, count: int) -> Sources:
    """Return the sources of features each of which is computed from all."""
    return [Source(frozenset().union(*{source.columns for source in before}))] * count


def _normalized(_step: dict[str, Any], before: Sources) -> Sources:
    """Return the sources of features that are divided by a length of all of them."""
    return before if len({source.columns for source in before}) == 1 else _mixed(before, len(before))


def _compacted(step: dict[str, Any], before: Sources) -> Sources:
    kept = sorted((place, index) for index, place in enumerate(step["places"]) if place >= 0)
    return [before[index] for _, index in kept]


def _products(step: dict[str, Any], before: Sources) -> Sources:
    made = list(before)
    for left, right in zip(step["left"], step["right"], strict=True):
        made.append(Source(made[left].columns | before[right].columns))
    return [Source(frozenset())] * step["bias"] + made[step["skipped"] :]


def _splines(step: dict[str, Any], before: Sources) -> Sources:
    lost = step["degree"] * (2 if step["op"] == "splines.periodic" else 1) + 1 + (not step["bias"])
    return _repeated(before, (len(knots) - lost for knots in step["knots"]))


def _binned(step: dict[str, Any], before: Sources) -> Sources:
    return _repeated(before, (len(edges) + 1 for edges in step["edges"]))


def _encoded(step: dict[str, Any], before: Sources) -> Sources:
    return _repeated(before, (column["width"] for column in step["columns"]))


def _of_texts(step: dict[str, Any], before: Sources) -> Sources:
    """Return the sources of what CatBoost makes of a text: one feature to it. Other groups have no negative numbers."""
    group = frozenset(-1 - column for column in before[0].columns)
    return [before[0]._replace(group=group)] * sum(len(calcer["made"]) for calcer in step["calcers"])


def _bins(step: dict[str, Any], before: Sources) -> Sources:
    """Return the sources of CatBoost's bins; those of the same columns are one feature to it."""
    numbers, members = step["numbers"], step["members"]
    found = [{column} for column in step["cuts"][::4]] + [{numbers + column} for column in step["values"][::2]]
    start = 0
    for names, tests, _, width in zip(*(step["projections"][place::4] for place in range(4)), strict=True):
        end = start + names + 2 * tests
        combined = {numbers + name for name in members[start : start + names]}
        found += [combined.union(*(found[test] for test in members[start + names : end : 2]))] * width
        start = end
    groups = [before[min(columns)].group if len(columns) == 1 else None for columns in found]
    return [
        Source(frozenset().union(*(before[column].columns for column in columns)), group=group or frozenset(columns))
        for columns, group in zip(found, groups, strict=True)
    ]


_UNIONS = {"composing.columns_union", "composing.sparse_union", "composing.union"}

_SAME = {
    "binning.ordinal", "boosting.byte_categories", "catboost.rows", "catboost.whole", "checking.finite",
    "checking.finite_rows", "checking.finite_sparse", "checking.numbers", "checking.texts", "composing.dense",
    "composing.single", "composing.sparse", "composing.transposed", "composing.weighted_columns",
    "composing.weighted_sparse", "elementwise.applied", "imputing.none_missing", "lightgbm.whole", "linear.centred",
    "power.box_cox", "power.yeo_johnson", "quantile.normal", "quantile.uniform", "scaling.binarized",
    "scaling.clipped", "scaling.sparse_binarized", "scaling.sparse_clipped", "scaling.sparse_standardized",
    "scaling.standardized", "scaling.stretched", "text.present", "trees.float32", "trees.sparse_float32",
    "xgboost_boosters.narrowed",
}  # fmt: skip
"""Operations whose features come from the same columns as what they get."""

_RULES: dict[str, Rule] = {
    "binning.one_hot": _binned,
    "binning.sparse_one_hot": _binned,
    "catboost.bins": _bins,
    "catboost_texts.features": _of_texts,
    "composing.column": lambda step, before: [before[step["index"]]],
    "composing.columns": lambda step, before: _picked(step["indices"], before),
    "decomposition.projected": lambda step, before: _mixed(before, len(step["offsets"])),
    "encoding.looked_up": lambda step, before: _repeated(
        before, (len(column["outcomes"]) for column in step["columns"])
    ),
    "encoding.one_hot": _encoded,
    "encoding.sparse_one_hot": _encoded,
    "features.rows": lambda step, before: _picked(step["indices"], before),
    "features.sparse": _compacted,
    "imputing.filled": lambda step, before: _picked(step["indices"], before),
    "imputing.indicators": lambda step, before: _picked(step["indices"], before),
    "lightgbm.picked": lambda step, before: _picked(step["indices"], before),
    "linear.sums": lambda step, before: _mixed(before, len(step["intercepts"])),
    "polynomial.products": _products,
    "scaling.normalized": _normalized,
    "text.counts": lambda step, before: [Source(before[0].columns, term) for term in step["terms"]],
    "text.tfidf": _normalized,
    "text.hashes": lambda step, before: before * step["width"],
    "xgboost_boosters.sparse": lambda step, before: _picked(step["indices"], before),
    **dict.fromkeys(("splines.continued", "splines.periodic", "splines.straightened", "splines.within"), _splines),
}
"""The sources of the features that other operations make."""

"""Whether two ways to predict give the same answers, and how far apart they are where they do not."""

import math
import statistics
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

FLOAT64_TOLERANCE = 1e-9
"""Allowed difference of a float64, as a share of the larger of its size and its column's median size."""

FLOAT32_TOLERANCE = 4 * 2**-23
"""Allowed difference of a float32: four units in the last place."""

UNSTABLE_SHARE = 0.001
"""Share of rows on which the reference may disagree with itself and a backend with it."""

Path = tuple[Any, ...]


class Verdict(NamedTuple):
    """How a backend compares with the reference.

    Attributes:
        rows: how many were compared.
        identical: how many of them got the same answer to the last bit, or were refused by both.
        difference: the greatest difference of a number, relative as the tolerance is.
        unstable: rows that differ where the reference's own answers, alone and in a batch, do.
        refusal: why the backend does not reproduce the reference, with the smallest row that shows it; None if it does.
    """

    rows: int
    identical: int
    difference: float
    unstable: int
    refusal: str | None


def compare(rows: list[Any], reference: dict[str, Any], candidate: dict[str, Any]) -> Verdict:
    """Compare a backend's answers with the reference's, each row alone and all in a batch.

    Args:
        rows: what was asked.
        reference: what `model.ask` says of the model.
        candidate: what it says of the bundle.
    """
    tolerance = FLOAT32_TOLERANCE if reference["float32"] else FLOAT64_TOLERANCE
    medians = _medians(reference["single"])
    greatest, unstable, identical = 0.0, 0, 0
    wrong: list[tuple[int, str]] = []
    for index in range(len(rows)):
        failed, refused = reference["errors"][index], candidate["errors"][index]
        if failed or refused:
            if bool(failed) != bool(refused):
                wrong.append((index, f"MLflow raises {failed}" if failed else f"raises {refused}, MLflow answers"))
            else:
                identical += 1
            continue
        pairs = [(reference[way][index], candidate[way][index]) for way in ("single", "batch")]
        differences = [difference(expected, got, medians) for expected, got in pairs]
        if max(differences) <= tolerance:
            greatest = max(greatest, *differences)
            identical += not any(differences)
        elif difference(reference["single"][index], reference["batch"][index], medians) > tolerance:
            unstable += 1
        else:
            wrong.append((index, f"MLflow answers {_short(pairs[0][0])}, the bundle {_short(pairs[0][1])}"))
    refusal = None
    if wrong:
        index, what = min(wrong, key=lambda found: len(repr(rows[found[0]])))
        refusal = f"{len(wrong)} of {len(rows)} rows differ; on {_short(rows[index])} {what}"
    elif unstable > UNSTABLE_SHARE * len(rows):
        refusal = f"{unstable} of {len(rows)} rows differ where MLflow's answers in a batch and alone do"
    return Verdict(len(rows), identical, greatest, unstable, refusal)


def difference(expected: Any, got: Any, medians: dict[Path, float]) -> float:
    """The greatest relative difference of two answers' numbers; infinite where anything else differs.

    The bundle's answer is an object by column; the reference's is one too, or the bare value or list of values.
    """
    forms = [got]
    if isinstance(got, dict):
        values = list(got.values())
        forms.append(values[0] if len(values) == 1 else values)
    return min(_difference(expected, form, medians) for form in forms)


def _difference(expected: Any, got: Any, medians: dict[Path, float]) -> float:
    expected_leaves, got_leaves = dict(_leaves(expected)), dict(_leaves(got))
    if isinstance(got, list) != isinstance(expected, list) and len(expected_leaves) == len(got_leaves) == 1:
        # One output: MLflow may give it as [value], a named column as value.
        got_leaves = dict(zip(expected_leaves, got_leaves.values(), strict=True))
    if expected_leaves.keys() != got_leaves.keys():
        return math.inf
    return max(
        (_apart(value, got_leaves[path], medians.get(path, 0.0)) for path, value in expected_leaves.items()),
        default=0.0,
    )


def _apart(expected: Any, got: Any, median: float) -> float:
    if isinstance(expected, float) and not math.isfinite(expected):
        expected = None  # JSON has no other form for it
    if isinstance(expected, float) and isinstance(got, float) and expected != got:
        return float(abs(expected - got) / max(abs(expected), median, 5e-324))
    same = type(expected) is type(got) and expected == got
    return 0.0 if same or _same_moment(expected, got) else math.inf


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _same_moment(expected: Any, got: Any) -> bool:
    if not isinstance(expected, str) or not isinstance(got, str):
        return False
    try:
        return datetime.fromisoformat(expected) == datetime.fromisoformat(got)
    except ValueError:
        return False


def _leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    match value:
        case dict() if value:
            for name, inner in value.items():
                yield from _leaves(inner, (*path, name))
        case list() if value:
            for index, inner in enumerate(value):
                yield from _leaves(inner, (*path, index))
        case _:
            yield path, value


def _medians(answers: list[Any]) -> dict[Path, float]:
    sizes: dict[Path, list[float]] = {}
    for answer in answers:
        for path, value in _leaves(answer):
            if _number(value) and math.isfinite(value):
                sizes.setdefault(path, []).append(abs(value))
    return {path: statistics.median(found) for path, found in sizes.items()}


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:200]}..."  # noqa: PLR2004 - what a line bears

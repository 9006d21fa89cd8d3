"""Compare a backend's predictions with MLflow's, row by row."""

import math
import statistics
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from handler.warm_up import steady
from model.build.leaves import Path, finite, is_number, leaves, medians
from model.build.networks import MOST, TYPICAL, Rules, in_order_of_labels
from model.child.contract import ComparedAnswers, ReferenceAnswers

FLOAT64_TOLERANCE = 1e-9
"""Allowed difference of float64 values, relative to the larger of the value and its column's median magnitude."""

FLOAT32_TOLERANCE = 4 * 2**-23
"""Allowed relative difference of float32 values: four units in the last place."""

UNSTABLE_SHARE = 0.001
"""Share of rows that may differ where the reference's predictions alone and in a batch differ as well."""


class Scale(NamedTuple):
    """What the differences of numbers are relative to, besides the number itself.

    Attributes:
        medians: the median size of a number, by its path in an answer.
        by_answer: whether the largest number of the same answer counts, too.
    """

    medians: dict[Path, float]
    by_answer: bool = False


class Verdict(NamedTuple):
    """How a backend compares with the reference.

    Attributes:
        rows: number of rows compared.
        identical: rows with the same prediction to the last bit, or refused by both.
        difference: the greatest difference of two numbers, relative as the tolerance is.
        unstable: rows that differ where the reference's predictions alone and in a batch differ as well.
        unicode: rows that differ and contain a character that the two Pythons' Unicode tables classify differently.
        refusal: why the backend does not reproduce the reference, with the smallest row that shows it; None if it does.
    """

    rows: int
    identical: int
    difference: float
    unstable: int
    unicode: int
    refusal: str | None


def compare(
    rows: list[Any], reference: ReferenceAnswers, candidate: ComparedAnswers, network: Rules | None = None
) -> Verdict:
    """Compare a backend's answers with the reference's, each row alone and all in a batch.

    Args:
        rows: the rows that both were asked.
        reference: MLflow's answers.
        candidate: the backend's.
        network: the rules for a neural network that was exported; None for other models.
    """
    if network and network.ranked:
        reference, candidate = map(in_order_of_labels, (reference, candidate))
    tolerance = network.tolerance if network else _tolerance(reference)
    scale = Scale(medians(reference["single"]), by_answer=network is not None)
    varies = reference.get("varies") or []
    greatest, unstable, unicode, identical = 0.0, 0, 0, 0
    changed = changed_characters(reference, candidate)
    wrong: list[tuple[int, str]] = []
    typical: list[float] = []
    errors = zip(rows, reference["errors"], candidate["errors"], strict=True)
    for index, (row, failed, refused) in enumerate(errors):
        if failed and refused:
            identical += 1
            continue
        if failed or refused:
            if holds_any(row, changed):
                unicode += 1
            else:
                wrong.append((index, f"MLflow raises {failed}" if failed else f"raises {refused}, MLflow answers"))
            continue
        alone = reference["single"][index], candidate["single"][index]
        pairs = [alone, (reference["batch"][index], candidate["batch"][index])]
        differences = [difference(expected, got, scale, varies) for expected, got in pairs]
        batch = reference["batch"][index]
        own = difference(alone[0], batch, scale, varies) if batch is not None else 0.0
        typical.append(max(differences))
        if max(differences) <= tolerance:
            greatest = max(greatest, *differences)
            identical += not any(differences)
        elif max(differences) <= network.allowance(row, own) if network else own > tolerance:
            unstable += 1
        elif holds_any(row, changed):
            unicode += 1
        else:
            wrong.append((index, f"MLflow answers {shortened(alone[0])}, the bundle {shortened(alone[1])}"))
    refusal = _rows_refusal(rows, wrong, unstable, typical, network)
    refusal = refusal or _compare_batches(rows, reference, candidate, network)
    return Verdict(len(rows), identical, greatest, unstable, unicode, refusal)


def _rows_refusal(
    rows: list[Any], wrong: list[tuple[int, str]], unstable: int, typical: list[float], network: Rules | None
) -> str | None:
    """Return why answers to the rows refuse a backend.

    Args:
        rows: all that were asked.
        wrong: the index of each row that differs, and how.
        unstable: how many differ where the reference differs from itself, or where a network may differ by more.
        typical: the difference of each row.
        network: the rules for a network.
    """
    if wrong:
        index, what = min(wrong, key=lambda found: len(repr(rows[found[0]])))
        return f"{len(wrong)} of {len(rows)} rows differ; on {shortened(rows[index])} {what}"
    if network and (usual := statistics.median(typical or [0.0])) > network.tolerance * TYPICAL:
        return f"half of the rows differ by {usual:.1e} and more: not rounding"
    if not network and unstable > UNSTABLE_SHARE * len(rows):
        return f"{unstable} of {len(rows)} rows differ, on which MLflow's own answers alone and in a batch differ"
    return None


def _compare_batches(
    rows: list[Any], reference: ReferenceAnswers, candidate: ComparedAnswers, network: Rules | None
) -> str | None:
    """Compare the answers to the example by itself, to batches and, where outputs are whole, to all rows at once."""
    varies = reference.get("varies") or []
    by_row = reference.get("together") is None
    scale = Scale(medians(reference["single"]) if by_row else {}, by_answer=network is not None)
    batches = zip(reference.get("batches") or [], candidate.get("batches") or [], strict=True)
    asked = [
        ("the input example", list(range(len(rows))), reference.get("example"), candidate.get("example")),
        ("all rows at once", [], reference.get("together"), candidate.get("together")),
        *((f"{len(places)} rows at once", places, expected, got) for (places, expected), (_, got) in batches),
    ]
    for what, places, expected, got in asked:
        if expected is None:
            continue
        pairs, of = [(expected, got)], [rows[:1]]
        if by_row and isinstance(expected, list) and isinstance(got, list) and len(got) == len(expected):
            pairs, of = list(zip(expected, got, strict=True)), [rows[place] for place in places[: len(expected)]]
        for row, (one, other) in zip(of, pairs, strict=True):
            apart = difference(one, other, scale, varies)
            if apart > (network.allowance(row, 0.0) if network else _tolerance(reference)):
                return f"on {what} MLflow answers {shortened(expected)}, the bundle {shortened(got)}"
    return None


def depends_on_batch(reference: ReferenceAnswers, network: Rules | None = None) -> bool:
    """Return whether the reference answers rows alone otherwise than in a batch, or not at all.

    Args:
        reference: MLflow's answers.
        network: the rules for a neural network that was exported: its sums are added up in another order in a batch.
    """
    if any(reference["errors"][: len(reference.get("example") or [])]):
        return True
    tolerance = network.tolerance * MOST if network else _tolerance(reference)
    scale = Scale(medians(reference["single"]), by_answer=network is not None)
    varies = reference.get("varies") or []
    pairs = [pair for pair in zip(reference["single"], reference["batch"], strict=True) if None not in pair]
    differ = sum(difference(*pair, scale, varies) > tolerance for pair in pairs)
    return differ > UNSTABLE_SHARE * len(pairs)


def nothing_steady(answer: Any, varies: list[list[Any]]) -> bool:
    """Return whether no value of a reference's answer is left without the parts that vary."""
    return all(value is None for _, value in leaves(steady(answer, varies)))


def bundle_paths(varies: list[list[Any]], expected: Any, got: Any) -> list[list[Any]]:
    """Return paths in a reference's answer to a row as paths in a bundle's answer, an object by output name.

    Args:
        varies: paths in the reference's answer.
        expected: the reference's answer to a row.
        got: the bundle's.
    """
    if not isinstance(got, dict) or (isinstance(expected, dict) and expected.keys() == got.keys()):
        return varies
    names = list(got)
    if isinstance(expected, list) and len(expected) == len(names) and not isinstance(got[names[0]], list):
        return [[names[path[0]], *path[1:]] if path else path for path in varies]
    return [[names[0], *path] for path in varies]


def _tolerance(reference: ReferenceAnswers) -> float:
    return FLOAT32_TOLERANCE if reference["float32"] else FLOAT64_TOLERANCE


def columns_without_missing(rows: list[Any], errors: list[str | None]) -> set[str]:
    """Return the columns in which the reference accepts no missing value: it raises on every row that lacks one.

    Old versions of MLflow hand scikit-learn missing texts in a form on which it fails.
    """
    lacking: dict[str, list[bool]] = {}
    for row, error in zip(rows, errors, strict=True):
        for name, value in row.items():
            if value is None:
                lacking.setdefault(name, []).append(bool(error))
    return {name for name, failed in lacking.items() if all(failed)}


def changed_characters(reference: ComparedAnswers, candidate: ComparedAnswers) -> set[str]:
    """Return the characters that the Unicode tables of the two sides' Pythons classify differently."""
    there, here = reference.get("characters") or {}, candidate.get("characters") or {}
    return {character for character in there if character in here and there[character] != here[character]}


def holds_any(row: Any, characters: set[str]) -> bool:
    """Return whether a text of a row holds one of these characters."""
    if isinstance(row, str):
        return not characters.isdisjoint(row)
    parts = row.values() if isinstance(row, dict) else row if isinstance(row, list) else ()
    return bool(characters) and any(holds_any(part, characters) for part in parts)


def difference(expected: Any, got: Any, scale: Scale, varies: Sequence[list[Any]] = ()) -> float:
    """Return the greatest relative difference of two predictions' numbers, infinity where anything else differs.

    The bundle predicts an object by column; the reference predicts the same, or the bare value or list of values.
    Parts at the paths in `varies` are not compared.
    """
    forms = [got]
    if isinstance(got, dict):
        values = list(got.values())
        forms.append(values[0] if len(values) == 1 else values)
    if varies:
        expected, forms = steady(expected, varies), [steady(form, varies) for form in forms]
    return min(_difference(expected, form, scale) for form in forms)


def _difference(expected: Any, got: Any, scale: Scale) -> float:
    expected_leaves, got_leaves = dict(leaves(expected)), dict(leaves(got))
    if isinstance(got, list) != isinstance(expected, list) and len(expected_leaves) == len(got_leaves) == 1:
        # One output: MLflow may give it as [value], a named column as value.
        got_leaves = dict(zip(expected_leaves, got_leaves.values(), strict=True))
    if expected_leaves.keys() != got_leaves.keys():
        return math.inf
    sizes = (abs(value) for value in expected_leaves.values() if is_number(value) and math.isfinite(value))
    largest = max(sizes, default=0.0) if scale.by_answer else 0.0
    return max(
        (
            _apart(value, got_leaves[path], max(largest, scale.medians.get(path, 0.0)))
            for path, value in expected_leaves.items()
        ),
        default=0.0,
    )


def _apart(expected: Any, got: Any, usual: float) -> float:
    expected, got = finite(expected), finite(got)
    if isinstance(expected, float) and isinstance(got, float) and expected != got:
        return float(abs(expected - got) / max(abs(expected), usual, 5e-324))
    same = type(expected) is type(got) and expected == got
    return 0.0 if same or _same_moment(expected, got) else math.inf


def _same_moment(expected: Any, got: Any) -> bool:
    if not isinstance(expected, str) or not isinstance(got, str):
        return False
    try:
        return datetime.fromisoformat(expected) == datetime.fromisoformat(got)
    except ValueError:
        return False


def shortened(value: Any) -> str:
    """Return a value as Python writes it, in one line of a message."""
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:200]}..."  # noqa: PLR2004 - one line

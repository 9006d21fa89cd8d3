"""Measure what quantising a network costs: how far its answers are from MLflow's."""

import math
import statistics
from typing import Any, NamedTuple

from handler.bundle import Manifest
from handler.parity import Loss
from model.build import networks, proof
from model.build.leaves import Path, finite, is_number, leaves, medians
from model.build.networks import LARGE, TOLERANCE, Rules
from model.build.proof import Verdict, shortened
from model.child.contract import ComparedAnswers, ReferenceAnswers

TIMES = 2
"""How many times as large the loss may be on another processor: float32 there rounds otherwise, and a number that is
nearly between two steps may take the other one."""

_VECTORS = ("embedding", "feature-extraction")
"""Tasks whose answers are vectors: it means nothing which of their numbers is the largest."""


class Losses(NamedTuple):
    """The loss on the rows of the example, and on the probing rows; `refusal` says what no quantised graph may do."""

    example: Loss
    probing: Loss
    refusal: str | None = None

    @property
    def greatest(self) -> float:
        """The largest difference on any row."""
        return max(self.example["greatest_difference"], self.probing["greatest_difference"])


class _Row(NamedTuple):
    """How one answer differs: the largest difference of two numbers, and whether a label is another one."""

    apart: float
    changed: bool


def compare(
    manifest: Manifest, rows: list[Any], examples: int, reference: ReferenceAnswers, candidate: ComparedAnswers
) -> Verdict:
    """Compare a bundle's answers with MLflow's, as a proof does; those of a quantised one by its recorded loss.

    Args:
        manifest: the bundle's.
        rows: the rows that both were asked.
        examples: how many of the first rows are the input example.
        reference: MLflow's answers.
        candidate: the bundle's.
    """
    quantized = manifest.parity.get("quantized")
    if quantized is None:
        return proof.compare(rows, reference, candidate, networks.rules(manifest.options))
    found = measure(manifest.options, rows, examples, reference, candidate)
    larger = _larger("example", quantized["example"], found.example)
    larger = larger or _larger("probing", quantized["probing"], found.probing)
    identical = found.example["identical_rows"] + found.probing["identical_rows"]
    return Verdict(len(rows), identical, found.greatest, 0, 0, found.refusal or larger)


def measure(
    options: dict[str, Any], rows: list[Any], examples: int, reference: ReferenceAnswers, candidate: ComparedAnswers
) -> Losses:
    """Return the loss of a quantised graph.

    A difference is relative to the largest number of MLflow's answer or, if that is larger, to its column's median. It
    is measured on rows without missing numbers and without numbers from 10**6 on. Every row has to be answered where
    MLflow answers it, and with numbers where MLflow answers numbers.

    Args:
        options: the bundle's.
        rows: the rows that both were asked.
        examples: how many of the first rows are the input example.
        reference: MLflow's answers.
        candidate: the bundle's.
    """
    rules = networks.rules(options) or Rules(TOLERANCE)
    vectors, usual = options.get("task") in _VECTORS, medians(reference["single"])
    found: dict[bool, list[_Row]] = {True: [], False: []}
    refusal = None
    answers = zip(rows, reference["single"], candidate["single"], strict=True)
    errors = zip(reference["errors"], candidate["errors"], strict=True)
    for place, ((row, expected, got), (failed, refused)) in enumerate(zip(answers, errors, strict=True)):
        if failed and refused:
            continue
        pairs = _pairs(expected, got)
        if failed or refused:
            refusal = refusal or f"on {shortened(row)} " + (
                f"MLflow raises {failed}" if failed else f"raises {refused}"
            )
        elif pairs is None or any((one is None) != (other is None) for _, one, other in pairs):
            if not math.isinf(rules.allowance(row, 0.0)):
                refusal = (
                    refusal or f"on {shortened(row)} MLflow answers {shortened(expected)}, the bundle {shortened(got)}"
                )
        elif not networks.misses(row) and networks.largest(row) < LARGE:
            found[place < examples].append(_compare_row(pairs, usual, vectors=vectors))
    return Losses(_loss(found[True], vectors=vectors), _loss(found[False], vectors=vectors), refusal)


def _pairs(expected: Any, got: Any) -> list[tuple[Path, Any, Any]] | None:
    """Return MLflow's values with the bundle's, by their paths or, where outputs have other names, by their order."""
    ours = [(path, finite(value)) for path, value in leaves(expected)]
    theirs = {path: finite(value) for path, value in leaves(got)}
    if theirs.keys() == {path for path, _ in ours}:
        return [(path, value, theirs[path]) for path, value in ours]
    if len(ours) != len(theirs):
        return None
    return [(path, value, other) for (path, value), other in zip(ours, theirs.values(), strict=True)]


def _compare_row(pairs: list[tuple[Path, Any, Any]], usual: dict[Path, float], *, vectors: bool) -> _Row:
    numbers = [(path, one, other) for path, one, other in pairs if isinstance(one, float) and is_number(other)]
    largest = max((abs(one) for _, one, _ in numbers), default=0.0)
    apart = [abs(one - other) / max(largest, usual.get(path, 0.0), 5e-324) for path, one, other in numbers]
    changed = any(one != other for _, one, other in pairs if not isinstance(one, float))
    groups: dict[Path, list[tuple[float, float]]] = {}
    for path, one, other in numbers if not vectors else ():
        groups.setdefault(path[:-1], []).append((one, other))
    return _Row(max(apart, default=0.0), changed or any(map(_ranks_differ, groups.values())))


def _ranks_differ(numbers: list[tuple[float, float]]) -> bool:
    """Return whether the largest of several numbers is at another place."""
    return max(numbers)[1] < max(other for _, other in numbers)


def _loss(rows: list[_Row], *, vectors: bool) -> Loss:
    return {
        "rows": len(rows),
        "identical_rows": sum(not row.apart and not row.changed for row in rows),
        "greatest_difference": max((row.apart for row in rows), default=0.0),
        "mean_difference": statistics.fmean([row.apart for row in rows] or [0.0]),
        "labels_changed": None if vectors else sum(row.changed for row in rows),
    }


def _larger(kind: str, recorded: Loss, found: Loss) -> str | None:
    """Return which loss is larger than the recorded one allows; None if none is."""
    for what, was, now in (
        ("largest", recorded["greatest_difference"], found["greatest_difference"]),
        ("mean", recorded["mean_difference"], found["mean_difference"]),
    ):
        if now > TIMES * was + TOLERANCE:
            return f"the {what} difference of the {kind} rows was {was:.1e} when it was quantised, and is {now:.1e}"
    before, after = recorded["labels_changed"] or 0, found["labels_changed"] or 0
    if after > TIMES * before + 1:
        return f"{before} of the {kind} rows had other labels when it was quantised, and {after} have now"
    return None

"""What a quantised network costs: how its loss is measured, recorded and found again."""

from typing import Any

import msgspec
import pytest

from handler.bundle import FORMAT, Manifest, ModelInfo, Signature
from model.build import loss
from model.build.networks import TOLERANCE

ROWS = [{"a": 1.0}, {"a": 2.0}, {"a": 3.0}, {"a": 4.0}]


def answers(*single: Any, **more: Any) -> Any:
    """Return one side's answers to rows that are asked alone."""
    return {"single": list(single), "batch": list(single), "errors": [None] * len(single), "float32": True, **more}


def measured(expected: list[Any], got: list[Any], rows: list[Any] | None = None, **options: Any) -> loss.Losses:
    """Return the loss on rows, the first of which is the example."""
    return loss.measure(options, rows or ROWS[: len(expected)], 1, answers(*expected), answers(*got))


def test_a_difference_is_relative_to_the_largest_number_of_the_answer() -> None:
    """Or to the column's median, where that is larger; the example is counted apart from the probing rows."""
    got = measured([[10.0, 0.0], [1.0, 2.0], [10.0, 8.0]], [[9.0, 0.0], [1.0, 2.5], [10.0, 8.0]])

    assert (1, 0, 0.1, 0.1, 0) == tuple(got.example.values())
    assert (2, 1, 0.25, 0.125) == tuple(got.probing.values())[:4]
    assert 0.25 == got.greatest


@pytest.mark.parametrize(
    ("expected", "got", "changed"),
    [
        ({"label": "cat", "score": 0.5}, {"label": "dog", "score": 0.5}, 1),
        ([0.2, 0.8], {"no": 0.3, "yes": 0.7}, 0),
        ([0.4, 0.6], {"no": 0.6, "yes": 0.4}, 1),
        ([[0.4, 0.6], [0.1, 0.9]], [[0.3, 0.7], [0.9, 0.1]], 1),
        (3, 3, 0),
        (3, 4, 1),
        (0.5, 0.25, 0),
    ],
    ids=["label", "same", "largest", "each-token", "class", "other-class", "number"],
)
def test_labels_that_change_are_counted(expected: Any, got: Any, changed: int) -> None:
    """A text or a whole number, or which of several numbers is the largest."""
    assert changed == measured([expected], [got]).example["labels_changed"]


def test_vectors_have_no_labels() -> None:
    """It means nothing which number of an embedding is the largest."""
    assert measured([[0.4, 0.6]], [[0.6, 0.4]], task="embedding").example["labels_changed"] is None


@pytest.mark.parametrize("row", [{"a": None}, {"a": 2e6}, {"a": [1.0, -1e9]}], ids=["missing", "large", "in-a-tensor"])
def test_rows_of_extreme_numbers_are_not_measured(row: dict[str, Any]) -> None:
    """But they are answered: with numbers where MLflow answers numbers."""
    rows = [ROWS[0], row]

    assert 0 == measured([1.0, 1.0], [1.0, 9.0], rows).probing["rows"]
    assert "the bundle nan" in str(measured([1.0, 1.0], [1.0, float("nan")], rows).refusal)
    assert "the bundle 1.0" in str(measured([1.0, None], [1.0, 1.0], rows).refusal)


def test_a_row_that_overflows_float32_may_have_any_answer() -> None:
    """As in the proof of the graph that is quantised."""
    assert measured([1.0, 1.0], [1.0, None], [ROWS[0], {"a": 1e30}]).refusal is None


def test_a_row_that_only_one_of_them_refuses_refuses_the_graph() -> None:
    """A crash is no loss that can be measured."""
    got = loss.measure({}, ROWS[:1], 1, answers(1.0), answers(None, errors=["RuntimeError: no"]))

    assert "on {'a': 1.0} raises RuntimeError: no" == got.refusal


def manifest(**quantized: Any) -> Manifest:
    """Return the manifest of a bundle that was quantised with this loss on the probing rows."""
    empty = {"rows": 1, "identical_rows": 0, "greatest_difference": 0.0, "mean_difference": 0.0, "labels_changed": 0}
    found: Any = {"operators": {}, "bytes": [4, 1], "example": empty, "probing": empty | quantized}
    return Manifest(
        FORMAT, "native", {"tolerance": TOLERANCE}, "pytorch", ModelInfo("", "", ""), Signature(), None, None, {}, {},
        {"quantized": found},
    )  # fmt: skip


def test_a_bundle_is_verified_by_its_recorded_loss() -> None:
    """Another processor may double it; more is another graph."""
    recorded = manifest(greatest_difference=0.1, mean_difference=0.05)
    expected = answers(1.0, 1.0, 1.0)

    assert loss.compare(recorded, ROWS[:3], 1, expected, answers(1.0, 0.85, 1.0)).refusal is None
    refused = loss.compare(recorded, ROWS[:3], 1, expected, answers(1.0, 0.75, 1.0)).refusal
    assert "the largest difference of the probing rows was 1.0e-01 when it was quantised, and is 2.5e-01" == refused
    refused = loss.compare(recorded, ROWS[:3], 1, expected, answers(1.0, 0.85, 0.85)).refusal
    assert "the mean difference" in str(refused)


def test_labels_that_change_more_often_are_found() -> None:
    """Twice as often and once is the most."""
    rows, expected = ROWS[:4], answers("a", "a", "a", "a")

    assert loss.compare(manifest(labels_changed=1), rows, 1, expected, answers("a", "b", "b", "b")).refusal is None
    refused = loss.compare(manifest(labels_changed=0), rows, 1, expected, answers("a", "b", "b", "b")).refusal
    assert "0 of the probing rows had other labels when it was quantised, and 3 have now" == refused


def test_a_bundle_that_is_not_quantised_is_compared_as_in_its_proof() -> None:
    """Without a recorded loss, a difference refuses it."""
    plain = msgspec.structs.replace(manifest(), parity={})

    assert loss.compare(plain, ROWS[:1], 1, answers(1.0), answers(1.0)).refusal is None
    assert loss.compare(plain, ROWS[:1], 1, answers(1.0), answers(0.9)).refusal is not None

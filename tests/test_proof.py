"""The comparison of a backend's predictions with MLflow's: which differences are accepted, and which refuse it."""

import math
from typing import Any

import pytest

from model.build.networks import CANCELLED, TOLERANCE, UNITS, Rules
from model.build.proof import FLOAT32_TOLERANCE, FLOAT64_TOLERANCE, columns_without_missing, compare
from model.child.contract import ReferenceAnswers

ROWS = [{"x": float(number)} for number in range(1000)]
ANSWERS = [1.0 + number for number in range(1000)]


def said(
    single: list[Any], batch: list[Any] | None = None, *, float32: bool = False, **errors: str
) -> ReferenceAnswers:
    """Answers as `model.child` gives them; `errors` are named `row3` and so on."""
    raised = [errors.get(f"row{index}") for index in range(len(single))]
    return {"single": single, "batch": single if batch is None else batch, "errors": raised, "float32": float32}


def named(values: list[Any]) -> list[Any]:
    """The same answers by column, as a bundle gives them."""
    return [{"prediction": value} for value in values]


def changed(index: int, value: Any) -> list[Any]:
    """ANSWERS with one of them changed."""
    return [*ANSWERS[:index], value, *ANSWERS[index + 1 :]]


def test_the_same_answers_are_no_difference() -> None:
    """A column's name is the bundle's own, not a difference."""
    assert (1000, 1000, 0.0, 0, 0, None) == compare(ROWS, said(ANSWERS), said(named(ANSWERS)))


@pytest.mark.parametrize(
    ("float32", "factor", "fits"),
    [
        (False, 1 + 0.9 * FLOAT64_TOLERANCE, True),
        (False, 1 + 1.1 * FLOAT64_TOLERANCE, False),
        (True, 1 + 0.9 * FLOAT32_TOLERANCE, True),
        (True, 1 + 1.1 * FLOAT32_TOLERANCE, False),
    ],
)
def test_numbers_may_differ_by_the_tolerance_of_their_type(float32: bool, factor: float, fits: bool) -> None:
    """A billionth for float64, four units in the last place for float32."""
    verdict = compare(ROWS, said(ANSWERS, float32=float32), said(named(changed(999, 1000.0 * factor))))

    assert fits == (verdict.refusal is None)
    assert math.isclose(factor - 1 if fits else 0, verdict.difference, rel_tol=1e-3)


def test_a_small_number_is_measured_by_its_columns_median() -> None:
    """Next to answers around 500, zero may be off by half a millionth."""
    reference = said(changed(0, 0.0))

    assert compare(ROWS, reference, said(named(changed(0, 4e-7)))).refusal is None
    assert compare(ROWS, reference, said(named(changed(0, 6e-7)))).refusal


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        ("low", "Low"),
        (10**9, 10**9 + 1),
        (1, 1.0),
        (1, True),
        (None, 0.0),
        ([1.0, 2.0], [1.0]),
        ({"a": 1.0}, {"b": 1.0}),
        ([], {}),
        ("2026-01-31", "2026-02-01"),
    ],
)
def test_everything_but_a_float_is_the_same_or_is_not(expected: Any, got: Any) -> None:
    """Labels, whole numbers, lengths, names and JSON's types have no tolerance."""
    verdict = compare([{}], said([expected]), said(named([got])))

    assert verdict.refusal
    assert verdict.refusal.startswith("1 of 1 rows differ; on {} MLflow answers")


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        (math.nan, None),
        (math.inf, None),
        ([0.5, 0.5], {"a": 0.5, "b": 0.5}),
        ([0.5], {"p": 0.5}),
        ({"a": 1, "b": "x"}, {"a": 1, "b": "x"}),
        ({"a": {"b": [1]}}, {"prediction": {"a": {"b": [1]}}}),
        ({"prediction": 1}, {"prediction": {"prediction": 1}}),
        ("2026-01-31T00:00:00+00:00", {"p": "2026-01-31T00:00:00Z"}),
    ],
)
def test_forms_of_one_answer_are_the_same(expected: Any, got: Any) -> None:
    """JSON has no NaN, a column has a name, and a moment can be written in two ways."""
    got = got if isinstance(got, dict) else {"p": got}

    assert compare([{}], said([expected]), said([got])).refusal is None


def test_the_smallest_row_that_differs_is_shown() -> None:
    """Of a thousand, a person wants to see the shortest."""
    rows = [{"text": "a long row"}, {"text": "b"}, {"text": "another long row"}]

    verdict = compare(rows, said(["x", "y", "z"]), said(named(["X", "Y", "Z"])))

    assert "3 of 3 rows differ; on {'text': 'b'} MLflow answers 'y', the bundle {'prediction': 'Y'}" == verdict.refusal


def test_a_row_that_only_one_of_them_refuses_is_a_difference() -> None:
    """Both must raise on the same rows."""
    answered, raised = said([1.0]), said([None], row0="ValueError: no")

    assert compare([{}], raised, raised).refusal is None
    assert "MLflow raises ValueError: no" in str(compare([{}], raised, answered).refusal)
    assert "raises ValueError: no, MLflow answers" in str(compare([{}], answered, raised).refusal)


def test_rows_on_which_mlflow_disagrees_with_itself_are_counted() -> None:
    """Up to a thousandth of the rows may differ where its answers alone and in a batch do."""
    one, two = changed(3, -1.0), [*changed(3, -1.0)[:4], -2.0, *ANSWERS[5:]]

    assert (1000, 999, 0.0, 1, 0, None) == compare(ROWS, said(ANSWERS, one), said(named(ANSWERS)))
    verdict = compare(ROWS, said(ANSWERS, two), said(named(ANSWERS)))
    assert (2, "2 of 1000 rows differ, on which MLflow's own answers alone and in a batch differ") == (
        verdict.unstable,
        verdict.refusal,
    )


def test_a_rounding_of_mlflows_own_excuses_nothing() -> None:
    """A row on which it differs from itself in the last bit alone has to be answered as any other."""
    reference = said(ANSWERS, changed(3, math.nextafter(4.0, 5.0)))

    assert compare(ROWS, reference, said(named(changed(3, 5.0)))).refusal


def test_a_batch_is_compared_as_well() -> None:
    """A backend may be right row by row and wrong in a batch."""
    wrong = said(named(ANSWERS), named(ANSWERS[::-1]))

    assert compare(ROWS, said(ANSWERS), wrong).refusal


def test_rows_with_characters_of_another_unicode_version_are_counted_apart() -> None:
    """A character that the two Pythons' tables classify differently does not refuse a backend; others do."""
    rows = [{"text": "\U0001fae0"}, {"text": "a"}]
    reference: ReferenceAnswers = {**said([1.0, 2.0]), "characters": {"\U0001fae0": "unassigned"}}
    candidate: ReferenceAnswers = {**said([0.5, 2.0]), "characters": {"\U0001fae0": "symbol"}}
    assert (2, 1, 0.0, 0, 1, None) == compare(rows, reference, candidate)
    candidate["characters"] = reference["characters"]
    assert compare(rows, reference, candidate).refusal is not None


def test_columns_in_which_every_missing_value_fails_are_found() -> None:
    """A column with one missing value that is predicted is not among them."""
    rows = [{"a": None, "b": "x"}, {"a": 1.0, "b": None}, {"a": 2.0, "b": None}, {"a": 1.0, "b": "x"}]
    assert {"b"} == columns_without_missing(rows, [None, "TypeError", "TypeError", None])


def asked(value: float, **more: Any) -> list[dict[str, Any]]:
    """One row with a number."""
    return [{"x": value, **more}]


@pytest.mark.parametrize(
    ("rows", "units", "fits"),
    [
        (asked(1.0), 0.9 * UNITS, True),
        (asked(1.0), 1.1 * UNITS, False),
        (asked(1e7), 1.1 * UNITS, True),
        (asked(1e7), 1.1 * UNITS * CANCELLED, False),
        ([{"x": [[0.0, [1e7]]]}], 1.1 * UNITS, True),
        (asked(1e30), 1e9, True),
    ],
)
def test_a_networks_answer_may_differ_by_more_where_its_input_is_large(
    rows: list[Any], units: float, fits: bool
) -> None:
    """Sums of large numbers cancel, and what overflows float32 has no answer."""
    ordinary = asked(0.5) * 2
    got = [{"prediction": [1.0, 0.5]}] * 2 + [{"prediction": [1.0, 0.5 + units * 2**-23]}]

    verdict = compare([*ordinary, *rows], said([[1.0, 0.5]] * 3), said(got), Rules(TOLERANCE))

    assert fits == (verdict.refusal is None)


def test_a_networks_numbers_are_measured_by_the_largest_of_the_answer() -> None:
    """A score of nearly zero next to one of a thousand is as uncertain as that one."""
    expected, got = [[1000.0, 1e-3]] * 3, [{"p": [1000.0, 1.1e-3]}, *[{"p": [1000.0, 1e-3]}] * 2]

    assert compare(asked(1.0) * 3, said(expected), said(got), Rules(TOLERANCE)).refusal is None
    assert compare(asked(1.0) * 3, said(expected), said(got)).refusal


def test_a_networks_answer_may_differ_by_more_where_mlflows_own_do() -> None:
    """What MLflow answers alone and in a batch bounds what anything can be proved to."""
    units = 4 * UNITS * 2**-23
    reference = said([1.0] * 3, [1.0 + units / 4, 1.0, 1.0])

    assert compare(asked(1.0) * 3, reference, said(named([1.0 + units, 1.0, 1.0])), Rules(TOLERANCE)).refusal is None
    assert compare(asked(1.0) * 3, said([1.0] * 3), said(named([1.0 + units, 1.0, 1.0])), Rules(TOLERANCE)).refusal


def test_a_network_that_is_not_asked_all_at_once_has_the_plain_tolerance() -> None:
    """Sequences of several lengths form no batch, which says nothing of how MLflow rounds."""
    got = named([1.0 + 2 * UNITS * 2**-23, 1.0, 1.0])
    reference, candidate = said([1.0] * 3, [None] * 3), said(got, [None] * 3)

    assert "1 of 3 rows differ" in str(compare(asked(1.0) * 3, reference, candidate, Rules(TOLERANCE)).refusal)


def test_a_network_whose_usual_row_differs_is_refused() -> None:
    """Rounding errs on some rows; a wrong conversion moves all of them."""
    got = named([1.0 + UNITS / 4 * 2**-23] * 3)

    assert "half of the rows differ by 7.6e-06" in str(
        compare(asked(1.0) * 3, said([1.0] * 3), said(got), Rules(TOLERANCE)).refusal
    )


def test_batches_are_compared_too() -> None:
    """An export that mixes up rows only in batches of some size is refused."""
    rows, expected = asked(1.0) + asked(2.0), [1.0, 2.0]
    reference: Any = {**said(expected), "batches": [([0, 1], expected)]}
    right: Any = {**said(named(expected)), "batches": [([0, 1], named(expected))]}
    wrong: Any = {**said(named(expected)), "batches": [([0, 1], named([2.0, 1.0]))]}

    assert compare(rows, reference, right, Rules(TOLERANCE)).refusal is None
    assert str(compare(rows, reference, wrong, Rules(TOLERANCE)).refusal).startswith("on 2 rows at once MLflow answers")


def test_a_row_with_a_missing_number_may_have_any_answer_where_the_library_loses_it() -> None:
    """TensorFlow does where it fuses layers; other libraries do not."""
    rows = [{"a": [1.0, 2.0]}, {"a": [1.0, 2.0]}, {"a": [None, 2.0]}]
    reference, candidate = said([1.0, 1.0, 1.0]), said(named([1.0, 1.0, None]))

    assert (3, 2, 0.0, 1, 0, None) == compare(rows, reference, candidate, Rules(TOLERANCE, loses_missing=True))
    assert compare(rows, reference, candidate, Rules(TOLERANCE)).refusal

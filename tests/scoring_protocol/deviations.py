"""Where the handler answers otherwise than MLflow's scoring server, on purpose: each way has a name and a reason."""

import json
from collections.abc import Callable
from typing import NamedTuple

from asking import Answer, Asks, Difference, Question, differences, same

Holds = Callable[[Question, Difference, Asks], bool]

_OF_ROWS = {"type", "loss", "null", "form", "missing", "lengths"}
_REFUSED = "the model takes no "
_READ = {"application/json", "text/csv", "application/vnd.apache.parquet"}


class Deviation(NamedTuple):
    """One kind of difference.

    Attributes:
        name: what the tests call it.
        reason: one sentence for those who use the service.
        of: what differs, as `asking.differences` names it.
        holds: whether it explains a difference between the answers to a question.
    """

    name: str
    reason: str
    of: frozenset[str]
    holds: Holds = lambda *_: True


def _status(theirs: set[int], ours: set[int], faults: set[str]) -> Holds:
    """A status for another one, to a question with one of these faults."""
    return lambda question, found, _: (
        found.theirs.status in theirs and found.ours.status in ours and bool(faults & question.faults)
    )


def refused(answer: Answer) -> bool:
    """Whether the model takes no such row, and says so."""
    return answer.status == 400 and answer.value["message"].startswith(_REFUSED)


def _model_failed(_question: Question, found: Difference, _asks: Asks) -> bool:
    raised = found.theirs.status == 400 and "stack_trace" in found.theirs.value
    return raised and found.ours.status == 500 and found.ours.value["error_code"] == "INTERNAL_ERROR"


def _fits(question: Question, found: Difference, _asks: Asks) -> bool:
    media = (question.content_type or "").partition(";")[0]
    if question.faults or media not in _READ or found.theirs.status not in {400, 500}:
        return False
    return found.ours.status == 200 or (found.ours.status == 500 and "stack_trace" not in found.theirs.value)


def _same_rows(question: Question, _found: Difference, asks: Asks) -> bool:
    """Ours is MLflow's answer to the same rows as records, or the handler's where MLflow has none."""
    if question.faults or question.twin is None or question.form == "dataframe_records":
        return False
    records, ours = Question(question.twin, form="dataframe_records"), asks.ours(question)
    theirs = asks.theirs(records)
    if theirs.status != 200 and "stack_trace" not in theirs.value:
        return not list(differences(asks.ours(records), ours))
    return all(explained(records, found, asks) for found in differences(theirs, ours))


def _empty(question: Question, found: Difference, _asks: Asks) -> bool:
    return question.rows == 0 and found.ours == {"predictions": []}


def _code(question: Question, found: Difference, _asks: Asks) -> bool:
    codes = {found.theirs["error_code"], found.ours["error_code"]}
    hinted = "contains a valid type hint" in found.theirs["message"]  # for which MLflow knows `inputs` alone
    why = hinted or bool(_OF_ROWS & question.faults) or found.ours["message"].startswith(_REFUSED)
    return codes <= {"BAD_REQUEST", "INVALID_PARAMETER_VALUE"} and why


def _media(question: Question, found: Difference, asks: Asks) -> bool:
    """The handler answers what it does to the type that is meant."""
    given = question.content_type or "application/json"
    if found.theirs.status not in {415, 500}:
        return False
    meant = given.lower().replace("x-www-form-urlencoded", "json").rstrip(";").replace('"', "")
    return meant != question.content_type and _same(asks.ours(question._replace(content_type=meant)), found.ours)


def _same(one: Answer, other: Answer) -> bool:
    return one.status == other.status and same(one.value, other.value, 0)


_STATUS = frozenset({"status"})

DEVIATIONS = (
    Deviation("no stack trace", "An error never holds a stack trace.", frozenset({"stack_trace"})),
    Deviation("message", "Messages are worded otherwise.", frozenset({"message"})),
    Deviation("place", "An error names the row and the column where they are known.", frozenset({"row", "column"})),
    Deviation("null", "NaN, infinities and NaT are null: the answer is JSON in the strict sense.", frozenset({"NaN"})),
    Deviation(
        "loss",
        "A cast that loses something is refused: 1.9 or 2147483648 for an integer, 1e39 for a float, null for false.",
        _STATUS,
        _status({200}, {400}, {"loss", "null"}),
    ),
    Deviation(
        "type",
        'A value of another JSON type is refused: "12" for a number, true for an integer, 1 for a boolean or a string.',
        _STATUS,
        _status({200}, {400}, {"type", "params type"}),
    ),
    Deviation(
        "form",
        "Text is refused that is no ISO 8601 date or date-time without zone, or no base64, for a column of that type.",
        _STATUS,
        _status({200}, {400}, {"form", "params form"}),
    ),
    Deviation(
        "strict JSON",
        "A body that is no JSON in UTF-8 is refused: bare NaN and Infinity, lone surrogates, UTF-16.",
        _STATUS,
        _status({200, 500}, {400}, {"strict"}),
    ),
    Deviation(
        "mixed up",
        "What MLflow would shift into other rows or columns is refused: objects with different fields in `instances`, "
        "CSV rows longer than the header, columns of one name.",
        _STATUS,
        _status({200}, {400}, {"lengths"}),
    ),
    Deviation(
        "two forms",
        "A body in two forms is refused whatever the model; for a type hint, MLflow takes `inputs`.",
        _STATUS,
        _status({200}, {400}, {"two forms"}),
    ),
    Deviation(
        "size",
        "A table over 10,000,000 values is a 413, and, where no signature says which count, one over 20,000 columns.",
        _STATUS,
        _status({200}, {413}, {"size"}),
    ),
    Deviation("failing model", "A model that fails is a 500, not a 400.", _STATUS, _model_failed),
    Deviation(
        "broken server",
        "What breaks MLflow's server (a 500 without JSON) gets the 4xx that it deserves.",
        _STATUS,
        lambda question, found, _: (
            found.theirs.status == 500 and 400 <= found.ours.status < 500 and bool(question.faults)
        ),
    ),
    Deviation(
        "content type",
        "A missing content type is JSON, and so is the one that curl sends by itself; case and quotes do not matter.",
        _STATUS,
        _media,
    ),
    Deviation(
        "what fits",
        "What fits the signature is answered, also where MLflow's server cannot: any form for tensors and type hints, "
        "columns without names by position, nested columns, dates in several ISO forms, sparse outputs.",
        _STATUS,
        _fits,
    ),
    Deviation(
        "same rows",
        "The same rows get the same answer in every form: `instances` and `inputs`, too, have base64 decoded, "
        "and missing text stays missing.",
        frozenset({"value", "status"}),
        _same_rows,
    ),
    Deviation(
        "no rows", "No rows get no predictions, an empty list; the model is not asked.", frozenset({"value"}), _empty
    ),
    Deviation(
        "code",
        "A value that does not fit is BAD_REQUEST, a missing column INVALID_PARAMETER_VALUE, "
        "whichever of the two MLflow has in that form.",
        frozenset({"code"}),
        _code,
    ),
    Deviation(
        "methods",
        "HEAD and OPTIONS are answered.",
        _STATUS,
        lambda question, found, _: found.theirs.status == 405 and question.method in {"HEAD", "OPTIONS"},
    ),
    Deviation(
        "elsewhere",
        "A path that is no protocol's own is answered with application/problem+json.",
        frozenset({"content type", "value"}),
        lambda question, _found, asks: asks.theirs(question).status == 404,
    ),
    Deviation(
        "slash",
        "A slash at a path's end makes it another path, a 404, and no redirection.",
        _STATUS,
        lambda question, found, _: found.theirs.status == 307 and question.path.endswith("/"),
    ),
)


def explained(question: Question, found: Difference, asks: Asks) -> list[str]:
    """The names of the deviations that explain a difference."""
    return [one.name for one in DEVIATIONS if found.what in one.of and one.holds(question, found, asks)]


def told(question: Question, found: Difference) -> str:
    """A difference in words, for whom it surprises."""
    body = question.body if question.form == "parquet" else question.body[:2000]
    return (
        f"{found.what} differs, asked {question.content_type} {body!r} ({json.dumps(sorted(question.faults))})\n"
        f"  MLflow: {str(found.theirs)[:1500]}\n  ours:   {str(found.ours)[:1500]}"
    )

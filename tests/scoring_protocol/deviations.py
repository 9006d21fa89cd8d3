"""Deliberate differences from MLflow's scoring server, each with a name and a reason."""

import json
from collections.abc import Callable
from typing import NamedTuple

from scoring_protocol.asking import Answer, Difference, Question, Servers, differences, same

Holds = Callable[[Question, Difference, Servers], bool]

_OF_ROWS = {"type", "loss", "null", "form", "missing", "lengths"}
_REFUSED = ("missing value, which the model does not accept", "number too large")
_READ = {"application/json", "text/csv", "application/vnd.apache.parquet"}


class Deviation(NamedTuple):
    """One kind of difference.

    Attributes:
        name: its name in the tests.
        reason: one sentence for users of the service.
        of: what differs, as `asking.differences` names it.
        holds: whether it explains a difference between the responses to a request.
    """

    name: str
    reason: str
    of: frozenset[str]
    holds: Holds = lambda *_: True


def _status(theirs: set[int], ours: set[int], faults: set[str]) -> Holds:
    """Match a pair of statuses, for a request with one of these faults."""
    return lambda question, found, _: (
        found.theirs.status in theirs and found.ours.status in ours and bool(faults & question.faults)
    )


def refused(answer: Answer) -> bool:
    """Return whether the handler says that the model refuses the row."""
    return answer.status == 400 and answer.value["message"].startswith(_REFUSED)


def _model_failed(_question: Question, found: Difference, _asks: Servers) -> bool:
    raised = found.theirs.status == 400 and "stack_trace" in found.theirs.value
    return raised and found.ours.status == 500 and found.ours.value["error_code"] == "INTERNAL_ERROR"


def _fits(question: Question, found: Difference, _asks: Servers) -> bool:
    media = (question.content_type or "").partition(";")[0]
    if question.faults or media not in _READ or found.theirs.status not in {400, 500}:
        return False
    return found.ours.status == 200 or (found.ours.status == 500 and "stack_trace" not in found.theirs.value)


def _same_rows(question: Question, _found: Difference, asks: Servers) -> bool:
    """The handler's response is MLflow's to the same rows as records, or its own if MLflow has none."""
    if question.faults or question.twin is None or question.form == "dataframe_records":
        return False
    records, ours = Question(question.twin, form="dataframe_records"), asks.ours(question)
    theirs = asks.theirs(records)
    if theirs.status != 200 and "stack_trace" not in theirs.value:
        return not list(differences(asks.ours(records), ours))
    return all(explained(records, found, asks) for found in differences(theirs, ours))


def _missing_boolean(question: Question, _found: Difference, servers: Servers) -> bool:
    """The model has an optional boolean column, which valid rows may lack."""
    optional = any(column.type == "boolean" and not column.required for column in servers.ours.columns)
    return not question.faults and optional


def _empty(question: Question, found: Difference, _asks: Servers) -> bool:
    return question.rows == 0 and found.ours == {"predictions": []}


def _code(question: Question, found: Difference, _asks: Servers) -> bool:
    codes = {found.theirs["error_code"], found.ours["error_code"]}
    hinted = "contains a valid type hint" in found.theirs["message"]  # MLflow accepts only `inputs` for it
    why = hinted or bool(_OF_ROWS & question.faults) or found.ours["message"].startswith(_REFUSED)
    return codes <= {"BAD_REQUEST", "INVALID_PARAMETER_VALUE"} and why


def _media(question: Question, found: Difference, asks: Servers) -> bool:
    """The handler responds as to the content type that is meant."""
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
    Deviation("message", "Error messages have other words.", frozenset({"message"})),
    Deviation("place", "An error names row and column if they are known.", frozenset({"row", "column"})),
    Deviation("null", "NaN, infinities and NaT are null: the response is strict JSON.", frozenset({"NaN"})),
    Deviation(
        "loss",
        "A cast that loses information is refused: 1.9 or 2147483648 for an integer, 1e39 for a float, null for false.",
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
        "Dates must be ISO 8601 without a zone, and binary values base64; other text is refused.",
        _STATUS,
        _status({200}, {400}, {"form", "params form"}),
    ),
    Deviation(
        "strict JSON",
        "A body must be JSON in UTF-8: lone surrogates and UTF-16 are refused.",
        _STATUS,
        _status({200, 500}, {400}, {"strict"}),
    ),
    Deviation(
        "mixed up",
        "Values that MLflow would move to other rows or columns are refused: objects with different fields in "
        "`instances`, CSV rows longer than the header, repeated column names.",
        _STATUS,
        _status({200}, {400}, {"lengths"}),
    ),
    Deviation(
        "two forms",
        "A body with two forms is refused for every model; MLflow uses `inputs` for a model with a type hint.",
        _STATUS,
        _status({200}, {400}, {"two forms"}),
    ),
    Deviation(
        "size",
        "A table over 10,000,000 values is a 413, and, for a model without a signature, one over 20,000 columns.",
        _STATUS,
        _status({200}, {413}, {"size"}),
    ),
    Deviation("failing model", "A model that fails is a 500, not a 400.", _STATUS, _model_failed),
    Deviation(
        "broken server",
        "Invalid requests that break MLflow's server (a 500 without JSON) are a 4xx.",
        _STATUS,
        lambda question, found, _: (
            found.theirs.status == 500 and 400 <= found.ours.status < 500 and bool(question.faults)
        ),
    ),
    Deviation(
        "content type",
        "A missing content type and curl's default count as JSON; case and quotes do not matter.",
        _STATUS,
        _media,
    ),
    Deviation(
        "what fits",
        "Input that matches the signature is accepted, even if MLflow's server cannot: any form for tensors and type "
        "hints, columns without names by position, nested columns, dates in several ISO forms, sparse outputs.",
        _STATUS,
        _fits,
    ),
    Deviation(
        "same rows",
        "The same rows get the same predictions in every form: base64 is decoded in `instances` and `inputs` too, "
        "and missing text stays missing.",
        frozenset({"value", "status"}),
        _same_rows,
    ),
    Deviation(
        "missing boolean",
        "A missing value of an optional boolean column stays missing, where MLflow's server makes it false or true.",
        frozenset({"value"}),
        _missing_boolean,
    ),
    Deviation(
        "no rows", "No rows get an empty list of predictions; the model is not called.", frozenset({"value"}), _empty
    ),
    Deviation(
        "code",
        "An invalid value is BAD_REQUEST, a missing column INVALID_PARAMETER_VALUE, in every form.",
        frozenset({"code"}),
        _code,
    ),
    Deviation(
        "methods",
        "HEAD and OPTIONS are supported.",
        _STATUS,
        lambda question, found, _: found.theirs.status == 405 and question.method in {"HEAD", "OPTIONS"},
    ),
    Deviation(
        "elsewhere",
        "The error for an unknown path is application/problem+json.",
        frozenset({"content type", "value"}),
        lambda question, _found, asks: asks.theirs(question).status == 404,
    ),
)


def explained(question: Question, found: Difference, asks: Servers) -> list[str]:
    """Return the names of the deviations that explain a difference."""
    return [one.name for one in DEVIATIONS if found.what in one.of and one.holds(question, found, asks)]


def describe(question: Question, found: Difference) -> str:
    """Describe a difference that no deviation explains."""
    body = question.body if question.form == "parquet" else question.body[:2000]
    return (
        f"{found.what} differs, asked {question.content_type} {body!r} ({json.dumps(sorted(question.faults))})\n"
        f"  MLflow: {str(found.theirs)[:1500]}\n  ours:   {str(found.ours)[:1500]}"
    )

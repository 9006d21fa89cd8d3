"""Many rows of which some may be bad: each gets its answer, or its own error."""

from operator import itemgetter
from typing import Any

from handler import answers, texts
from handler.batch import Batch, by_column, of_rows
from handler.errors import (
    DeadlineExceeded,
    EndpointFailed,
    InvalidValue,
    MissingColumn,
    ModelFailed,
    RequestError,
    legible,
)
from handler.predictor import Predictor
from handler.wording import absent

_NOT_THE_ROWS = (DeadlineExceeded, EndpointFailed)

Columns = dict[str, list[Any]]


def score(
    predictor: Predictor, columns: Columns, count: int, deadline: float | None = None, *, text: bool = False
) -> list[dict[str, Any]]:
    """One result a row, in their order: `{"output": {...}}`, or `{"error": {"type", "detail", "column"}}`.

    Rows are tried together, and by halves where that fails, so that some bad ones cost little.

    Args:
        predictor: the model.
        columns: values as JSON has them, by input column, each `count` long; others are left out.
        count: the number of rows.
        deadline: `time.monotonic()` after which nobody waits.
        text: whether all values are texts out of CSV, to be read by the signature's types.

    Raises:
        DeadlineExceeded, EndpointFailed: what is no row's doing.
    """
    if not count:
        return []
    try:
        rows = answers.rows(predictor.columns(_batch(predictor, columns, count, text=text), {}, deadline))
        with answers.of_model():
            answers.encode(rows)
    except _NOT_THE_ROWS:
        raise
    except RequestError as error:
        if count == 1:
            return [{"error": _told(error)}]
        half = count // 2
        parts = (
            ({name: values[:half] for name, values in columns.items()}, half),
            (
                {name: values[half:] for name, values in columns.items()},
                count - half,
            ),
        )
        return [result for part, size in parts for result in score(predictor, part, size, deadline, text=text)]
    return [{"output": row} for row in rows]


def _batch(predictor: Predictor, columns: Columns, count: int, *, text: bool) -> Batch:
    schema = predictor.schema
    if text:
        known = {column.name: column for column in schema.columns}
        columns = {
            name: texts.typed(known[name], values, name, of_rows) if name in known else texts.guessed(values)
            for name, values in columns.items()
            if name in known or not known
        }
    return schema.batch(columns, count, of_rows)


def _told(error: RequestError) -> dict[str, str]:
    """An error of one row; where in the batch it stood means nothing to anybody."""
    detail = error.detail.partition(", at $")[0] if not isinstance(error, ModelFailed) else error.detail
    told = {"type": type(error).__name__, "detail": legible(detail)}
    return told | ({"column": legible(error.column)} if error.column is not None else {})


def score_rows(predictor: Predictor, rows: list[Any], deadline: float | None, *, text: bool) -> list[dict[str, Any]]:
    """The same of rows, of which some may be no objects.

    Raises:
        DeadlineExceeded, EndpointFailed: as `score` does.
    """
    names = [column.name for column in predictor.schema.columns]
    try:
        values = (
            zip(*map(itemgetter(*names), rows), strict=True) if len(names) > 1 else [[row[names[0]] for row in rows]]
        )
        columns = dict(zip(names, map(list, values), strict=True))
    except (IndexError, KeyError, TypeError, ValueError):  # some are no objects or lack a column, or there are no rows
        return _uneven(predictor, rows, deadline, text=text)
    return score(predictor, _texts(columns) if text else columns, len(rows), deadline, text=text)


def _texts(columns: Columns) -> Columns:
    """The same, all of it texts."""
    return {
        name: [value if type(value) is str else "" if value is None else str(value) for value in values]
        for name, values in columns.items()
    }


def _uneven(predictor: Predictor, rows: list[Any], deadline: float | None, *, text: bool) -> list[dict[str, Any]]:
    columns = predictor.schema.columns
    required = [column.name for column in columns if column.required]
    known = {column.name for column in columns}
    bad = [_unlike(row, required, known) for row in rows]
    good = by_column([row for row, error in zip(rows, bad, strict=True) if error is None])
    found = iter(score(predictor, _texts(good) if text else good, bad.count(None), deadline, text=text))
    return [next(found) if error is None else {"error": error} for error in bad]


def _unlike(row: Any, required: list[str], known: set[str]) -> dict[str, str] | None:
    """Why a value is no row at all: together with others, what it lacks would be a missing value."""
    if not isinstance(row, dict):
        return {"type": "MalformedBody", "detail": "expected an object with the model's input columns"}
    for name in required:
        if name not in row:
            return _told(MissingColumn(absent(name), column=name))
    if known and known.isdisjoint(row):
        return _told(InvalidValue("expected the model's input columns, got none of them"))
    return None

"""Score many rows at a time: each gets its prediction or its own error, so that a bad row does not fail its batch."""

from functools import partial
from operator import itemgetter
from typing import Any

from handler import log
from handler.bulk.json_values import require_json
from handler.errors import (
    DeadlineExceeded,
    EndpointFailed,
    InvalidParam,
    InvalidValue,
    MissingColumn,
    ModelFailed,
    RequestError,
    legible,
)
from handler.message import ModelTime
from handler.predictor import Predictor
from handler.response import encoding
from handler.schema import csv_values
from handler.schema.batch import Batch, by_column, path_in_list
from handler.schema.decoding_errors import missing_field
from handler.schema.params import FIELD, Params

_BATCH_ERRORS = (DeadlineExceeded, EndpointFailed)

Columns = dict[str, list[Any]]


def score(
    predictor: Predictor,
    columns: Columns,
    count: int,
    deadline: float | None = None,
    *,
    text: bool = False,
    params: dict[str, Any] | None = None,
    model_time: ModelTime | None = None,
    explain: bool = False,
) -> list[dict[str, Any]]:
    """Return one result for each row, in order: `{"output": {...}}` or `{"error": {"type", "detail", "column"}}`.

    Predicts all rows together and bisects on failure, so that a few bad rows cost little. A model whose output is not
    one value per row predicts each row alone, and the output is whole: `{"output": {"predictions": ...}}`.

    Args:
        predictor: the model.
        columns: JSON values by input column, each list `count` long; unknown columns are ignored.
        count: the number of rows.
        deadline: value of `time.monotonic()` at which the caller stops waiting.
        text: whether all values are text from CSV, to parse by the signature's types.
        params: the model's params.
        model_time: the seconds that the model takes are added to it.
        explain: whether results have an `explanation` too.

    Raises:
        DeadlineExceeded, EndpointFailed: the batch failed, regardless of its rows.
    """
    if not count:
        return []
    options: dict[str, Any] = {"deadline": deadline, "text": text, "params": params, "model_time": model_time}
    options |= {"explain": explain}
    split = partial(_score_parts, predictor, columns, count, options)
    if count > 1 and predictor.manifest.answers.whole:
        return split(1)
    try:
        batch = _batch(predictor, columns, count, text=text)
        answer = predictor.answer(batch, params or {}, deadline, model_time)
        if answer.columns is None and count > 1:
            return split(1)
        rows = [answer.to_json_value(single=True)] if answer.columns is None else encoding.rows(answer.columns)
        with encoding.refuse_unencodable():
            encoding.encode(rows)
        explanations = predictor.explain(batch, deadline, model_time) if explain else []
    except _BATCH_ERRORS:
        raise
    except RequestError as error:
        return [{"error": _entry(error)}] if count == 1 else split((count + 1) // 2)
    if explain:
        return [{"output": row, "explanation": of_row} for row, of_row in zip(rows, explanations, strict=True)]
    return [{"output": row} for row in rows]


def score_at_once(
    predictor: Predictor,
    rows: list[Any],
    deadline: float | None,
    params: dict[str, Any],
    model_time: ModelTime | None = None,
) -> list[Any] | None:
    """Return the output of each row, to encode; None if `score_rows` gives results of another form.

    Args:
        predictor: the model.
        rows: at least one row of the schema's type.
        deadline: as in `score`.
        params: as in `score`.
        model_time: as in `score`.

    Raises:
        DeadlineExceeded, EndpointFailed: see `score`.
    """
    if predictor.manifest.answers.whole:
        return None
    try:
        batch = predictor.schema.collect(rows)
        answer = predictor.answer(batch, params, deadline, model_time)
    except _BATCH_ERRORS:
        raise
    except RequestError:  # for one row, perhaps
        return None
    _warn(predictor)
    return encoding.records(answer.columns) if answer.columns else None


def _score_parts(
    predictor: Predictor, columns: Columns, count: int, options: dict[str, Any], size: int
) -> list[dict[str, Any]]:
    """Score rows as `score` does, at most `size` of them at a time."""
    return [
        result
        for start in range(0, count, size)
        for result in score(
            predictor,
            {name: values[start : start + size] for name, values in columns.items()},
            min(size, count - start),
            **options,
        )
    ]


def _batch(predictor: Predictor, columns: Columns, count: int, *, text: bool) -> Batch:
    schema = predictor.schema
    if text:
        known = {column.name: column for column in schema.columns}
        columns = {
            name: csv_values.parse_column(known[name], values, name, path_in_list)
            if name in known
            else csv_values.infer_column(values)
            for name, values in columns.items()
            if name in known or not known
        }
    try:
        batch = schema.batch(columns, count, path_in_list)
        if not text:
            require_json(batch, schema.columns)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise InvalidValue(f"a value cannot be decoded ({type(error).__name__})") from None
    return batch


def _entry(error: RequestError) -> dict[str, str]:
    """Return the error of one row, without its path: a position in a half of the batch has no meaning outside."""
    detail = error.detail.partition(", at $")[0] if not isinstance(error, ModelFailed) else error.detail
    entry = {"type": type(error).__name__, "detail": legible(detail)}
    return entry | ({"column": legible(error.column)} if error.column is not None else {})


def score_rows(
    predictor: Predictor,
    rows: list[Any],
    deadline: float | None,
    *,
    text: bool,
    params: dict[str, Any] | None = None,
    model_time: ModelTime | None = None,
    explain: bool = False,
) -> list[dict[str, Any]]:
    """Score rows, as `score` does; a row that is not an object gets an error.

    A row's own field `params` takes precedence over `params`. Rows with the same params are scored together.

    Raises:
        DeadlineExceeded, EndpointFailed: see `score`.
    """
    _warn(predictor)
    options: dict[str, Any] = {"deadline": deadline, "text": text, "model_time": model_time, "explain": explain}
    if not predictor.schema.rows_have_params or not any(isinstance(row, dict) and FIELD in row for row in rows):
        return _score_rows(predictor, rows, params=params, **options)
    results: list[Any] = [None] * len(rows)
    groups: dict[str, tuple[dict[str, Any], list[int]]] = {}
    for index, row in enumerate(rows):
        try:
            own = _row_params(predictor.schema.params, row, text=text)
        except InvalidParam as error:
            results[index] = {"error": _entry(error)}
        else:
            joined = (params or {}) | own
            groups.setdefault(repr(sorted(joined.items())), (joined, []))[1].append(index)
    for joined, indices in groups.values():
        # The field stays out of the rows: without a signature's columns it would be one.
        part = [_without_params(rows[index]) for index in indices]
        scored = _score_rows(predictor, part, params=joined, **options)
        for index, result in zip(indices, scored, strict=True):
            results[index] = result
    return results


def _warn(predictor: Predictor) -> None:
    if predictor.manifest.answers.batch:
        log.depends_on_batch(predictor.manifest.model.name)


def _row_params(known: Params, row: Any, *, text: bool) -> dict[str, Any]:
    given = row.get(FIELD) if isinstance(row, dict) else None
    if text and given is not None:
        raise InvalidParam("a row of CSV has no params; send the params of the whole file")
    return known.from_json(given)


def _without_params(row: Any) -> Any:
    return {name: value for name, value in row.items() if name != FIELD} if isinstance(row, dict) else row


def _score_rows(predictor: Predictor, rows: list[Any], *, text: bool, **options: Any) -> list[dict[str, Any]]:
    """Score rows with the same params."""
    names = [column.name for column in predictor.schema.columns]
    try:
        values = (
            zip(*map(itemgetter(*names), rows), strict=True) if len(names) > 1 else [[row[names[0]] for row in rows]]
        )
        columns = dict(zip(names, map(list, values), strict=True))
    except (IndexError, KeyError, TypeError, ValueError):  # no rows, or one is not an object or lacks a column
        return _uneven(predictor, rows, text=text, **options)
    return score(predictor, _texts(columns) if text else columns, len(rows), text=text, **options)


def _texts(columns: Columns) -> Columns:
    """Return the columns with every value as text."""
    return {
        name: [value if type(value) is str else "" if value is None else str(value) for value in values]
        for name, values in columns.items()
    }


def _uneven(predictor: Predictor, rows: list[Any], *, text: bool, **options: Any) -> list[dict[str, Any]]:
    columns = predictor.schema.columns
    required = [column.name for column in columns if column.required]
    known = {column.name for column in columns}
    bad = [_row_error(row, required, known) for row in rows]
    good = by_column([row for row, error in zip(rows, bad, strict=True) if error is None])
    texts = _texts(good) if text else good
    found = iter(score(predictor, texts, bad.count(None), text=text, **options))
    return [next(found) if error is None else {"error": error} for error in bad]


def _row_error(row: Any, required: list[str], known: set[str]) -> dict[str, str] | None:
    """Return the error of a row that must not be decoded with others, which would fill its columns with nulls."""
    if not isinstance(row, dict):
        return {"type": "MalformedBody", "detail": "expected an object with the model's input columns"}
    for name in required:
        if name not in row:
            return _entry(MissingColumn(missing_field(name), column=name))
    if known and known.isdisjoint(row):
        return _entry(InvalidValue("expected the model's input columns, found none of them"))
    return None

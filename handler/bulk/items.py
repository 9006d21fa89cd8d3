"""Score a batch of a Step Functions Distributed Map."""

from typing import Any, Literal

import msgspec

from handler.bulk.json_values import escaped
from handler.bulk.scoring import score_at_once, score_rows
from handler.errors import MalformedBody, TooLarge, legible
from handler.explanations import require_explanations
from handler.message import BatchRequest, Response
from handler.predictor import Predictor
from handler.response.encoding import encode

LIMIT = 256 * 1024 - 2048
"""Maximum response in bytes: Step Functions' limit of 256 KiB less its own envelope."""

_JSON = {"content-type": "application/json"}


class Items(msgspec.Struct):
    """A batch of a Distributed Map (Step Functions Developer Guide, "ItemBatcher").

    Attributes:
        items: rows or, if `indexed`, objects `{"index": n, "row": {...}}`; also of the schema's type.
        format: of the file; the values of `csv` are text to parse by the signature's types, all others are JSON values.
        indexed: whether each item has its row number in the file.
        keep: input columns to copy into the results.
        params: the model's params for all items.
        explain: whether results have an `explanation` too.
    """

    items: list[Any]
    format: Literal["json", "jsonl", "parquet", "csv"] = "json"
    indexed: bool = False
    keep: list[str] = []
    params: Any = None
    explain: bool = False


def answer(request: BatchRequest, predictor: Predictor) -> Response:
    """Return one result for each item, in order, each with its index.

    Raises:
        MalformedBody: not a Distributed Map batch.
        InvalidParam: a param is unknown, or does not match its type, or the model has no explanations.
        TooLarge: the results exceed Step Functions' limit.
        DeadlineExceeded, EndpointFailed: see `score`.
    """
    try:
        batch = msgspec.convert(request.value, Items)
    except (msgspec.ValidationError, UnicodeEncodeError, RecursionError) as error:
        raise _not_a_batch(error) from None
    params = predictor.schema.params.from_json(batch.params, "$.BatchInput.params")
    if batch.explain:
        require_explanations(predictor.manifest)
    results: list[Any] = _results_at_once(batch, request, predictor, params)
    try:
        body = encode(results) if results else b""
    except (TypeError, ValueError, RecursionError):  # an output that is not JSON is its row's error
        body = b""
    if not body:
        results = _results(batch, request, predictor, params)
        body = encode(results)
    if len(body) > LIMIT:
        raise TooLarge(
            f"the results of {len(results)} items have {len(body)} bytes, over the limit of 256 KB: "
            "make smaller batches"
        )
    return Response(200, _JSON, body, rows=len(results))


class _Result(msgspec.Struct, gc=False):
    index: int
    output: Any


def _results_at_once(
    batch: Items, request: BatchRequest, predictor: Predictor, params: dict[str, Any]
) -> list[_Result]:
    """Return the results of rows of the schema's type; none if a row is refused."""
    if batch.explain or not _decoded(batch.items):
        return []
    outputs = score_at_once(predictor, batch.items, request.deadline, params, request.model_time)
    return list(map(_Result, range(len(outputs)), outputs)) if outputs else []


def _results(batch: Items, request: BatchRequest, predictor: Predictor, params: dict[str, Any]) -> list[dict[str, Any]]:
    try:
        items = msgspec.to_builtins(batch.items) if _decoded(batch.items) else batch.items
        indices = [item["index"] for item in items] if batch.indexed else list(range(len(items)))
        rows = [item["row"] for item in items] if batch.indexed else items
    except (TypeError, KeyError) as error:
        raise _not_a_batch(error) from None
    text = batch.format == "csv"
    options: dict[str, Any] = {"params": params, "model_time": request.model_time, "explain": batch.explain}
    scores = score_rows(predictor, rows, request.deadline, text=text, **options)
    if escaped(indices) is not indices:
        indices = list(map(escaped, indices))
    if not batch.keep:
        return [{"index": index, **score} for index, score in zip(indices, scores, strict=True)]
    results = []
    for index, row, score in zip(indices, rows, scores, strict=True):
        key, failure = _key(row, batch.keep)
        results.append({"index": index, "key": key, **(failure or score)})
    return results


def _decoded(items: list[Any]) -> bool:
    return bool(items) and isinstance(items[0], msgspec.Struct)


def _not_a_batch(error: Exception) -> MalformedBody:
    return MalformedBody(f"not a Distributed Map batch ({type(error).__name__}: {error})")


def _key(row: Any, keep: list[str]) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Return the columns to keep, and the row's error if one of them cannot be encoded as JSON."""
    if not isinstance(row, dict):
        return {}, None
    key, error = {}, None
    for name in keep:
        value = row.get(name)
        key[legible(name)] = safe = escaped(value)
        if safe is not value:
            why = "the column to keep contains a lone surrogate or is nested too deeply"
            error = {"error": {"type": "InvalidValue", "detail": why, "column": legible(name)}}
    return key, error

"""Child process: score chunks of a file, one after the other, with the handler's code.

Runs as a script in the environment of a bundle: `worker.py REQUEST`. The request is JSON with `bundle`, `input`
(`csv` or `jsonl`), `header` (the columns of CSV), `output` (`csv` or `jsonl`), `names` (of outputs), `keep`,
`params` (lists of texts by name), and `explain`.
Chunks arrive on standard input and results leave on standard output, each as its length in eight bytes and its content.
A chunk is the number of its first row, `lines` or `columns` (see `read_columns`) and its records, with spaces between.
A result is a line of JSON with `rows` and `refused`, or with `error`, followed by the output lines; without either, the
worker has to see the lines of a chunk that it got as columns.
"""

import csv
import io
import json
import math
import os
import struct
import sys
from array import array
from collections import Counter
from collections.abc import Callable
from itertools import repeat
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from handler.bulk.scoring import score, score_rows
from handler.errors import DeadlineExceeded, EndpointFailed, RequestError, ThawError
from handler.predictor import Predictor
from handler.response import encoding
from handler.schema.batch import Batch
from handler.settings import parse

AGAIN = b"{}\n"
"""The result that asks for the lines of a chunk."""

_LENGTH = struct.Struct(">Q")
_FIELD = 2**31 - 1


def main(request: dict[str, Any]) -> None:
    """Score chunks until standard input ends."""
    csv.field_size_limit(_FIELD)
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # a model's prints must not mix with results
    predictor = Predictor(Path(request["bundle"]), token=parse(os.environ).token)
    while (chunk := receive(stdin)) is not None:
        first, form, data = chunk.split(b" ", 2)
        score_form = score_columns if form == b"columns" else score_chunk
        try:
            result = score_form(predictor, request, int(first), data)
        except ThawError as error:
            result = json.dumps({"error": str(error)}).encode() + b"\n"
        stdout.write(_LENGTH.pack(len(result)) + result)
        stdout.flush()


def receive(stream: BinaryIO) -> bytes | None:
    """Return the next message, or None at the end."""
    head = stream.read(_LENGTH.size)
    return stream.read(_LENGTH.unpack(head)[0]) if len(head) == _LENGTH.size else None


def score_columns(predictor: Predictor, request: dict[str, Any], first: int, data: bytes) -> bytes:
    """Return the result of a chunk of columns; an empty one if a row is refused."""
    return score_batch(predictor, request, first, *read_columns(data))


def read_columns(data: bytes) -> tuple[Batch, dict[str, list[Any]]]:
    """Return the rows of a chunk, and its columns to keep.

    The first line is JSON: the number of `rows`; `columns`, each with its name, the typecode of its numbers and what is
    known about them; and the columns `kept`. The numbers of all columns follow. Those of texts are places in a list.
    """
    head, _, numbers = data.partition(b"\n")
    described = msgspec.json.decode(head)
    rows, start, columns = described["rows"], 0, {}
    for name, code, known in described["columns"]:
        values = array(code)
        end = start + rows * values.itemsize
        values.frombytes(memoryview(numbers)[start:end])
        columns[name] = _READ[code](values, known)
        start = end
    return Batch(columns, rows), described["kept"]


_READ: dict[str, Callable[[Any, Any], Any]] = {
    "b": lambda values, _: list(map(bool, values)),
    "d": lambda values, _: values,
    "i": lambda codes, texts: list(map(texts.__getitem__, codes)),
    "q": lambda values, _: values.tolist(),
}


def score_batch(
    predictor: Predictor, request: dict[str, Any], first: int, batch: Batch, kept: dict[str, list[Any]]
) -> bytes:
    """Return the result of typed rows; an empty one if a row is refused, or the output is not one value per row."""
    try:
        answer = predictor.answer(batch, predictor.schema.params.from_query(request["params"]))
    except (DeadlineExceeded, EndpointFailed):
        raise
    except RequestError:
        return AGAIN
    if answer.columns is None or {*answer.columns} != {*request["names"]}:
        return AGAIN
    columns = {"row": range(first, first + batch.count)} | kept | answer.columns
    write = columns_to_csv if request["output"] == "csv" else columns_to_jsonl
    return msgspec.json.encode({"rows": batch.count, "refused": {}}) + b"\n" + write(request, columns)


def score_chunk(predictor: Predictor, request: dict[str, Any], first: int, data: bytes) -> bytes:
    """Return the result of a chunk of lines."""
    if request["input"] == "jsonl" and (result := score_objects(predictor, request, first, data)) != AGAIN:
        return result
    kept, results = (score_csv if request["input"] == "csv" else score_jsonl)(predictor, request, data)
    refused = Counter(result["error"]["detail"] for result in results if "error" in result)
    rows = [
        {"row": first + index, **keep, **result.pop("output"), **result}
        if "output" in result
        else {"row": first + index, **keep, "error": result["error"]["detail"]}
        for index, (keep, result) in enumerate(zip(kept, results, strict=True))
    ]
    head = msgspec.json.encode({"rows": len(rows), "refused": refused})
    return head + b"\n" + (to_csv(request, rows) if request["output"] == "csv" else to_jsonl(rows))


def score_objects(predictor: Predictor, request: dict[str, Any], first: int, data: bytes) -> bytes:
    """Return the result of lines of JSON, decoded by the signature; an empty one if a line does not match it."""
    if request["keep"] or predictor.schema.row is None:
        return AGAIN
    try:
        batch = predictor.schema.collect(msgspec.json.Decoder(predictor.schema.row).decode_lines(data))
    except (ValueError, RecursionError, RequestError):
        return AGAIN
    return score_batch(predictor, request, first, batch, {}) if batch.count else AGAIN


KeptAndResults = tuple[list[dict[str, Any]], list[dict[str, Any]]]
"""The kept columns of each row, and its result."""


def score_csv(predictor: Predictor, request: dict[str, Any], data: bytes) -> KeptAndResults:
    """Score lines of CSV; refuse a line with more or fewer fields than the header."""
    header: list[str] = request["header"]
    rows = [row for row in csv.reader(io.StringIO(data.decode("utf-8", "replace"), newline="")) if row]
    good = [row for row in rows if len(row) == len(header)]
    columns = dict(zip(header, map(list, zip(*good, strict=True)), strict=True)) if good else {}
    params = predictor.schema.params.from_query(request["params"])
    found = iter(score(predictor, columns, len(good), text=True, params=params, explain=request["explain"]))
    width = len(header)
    results = [next(found) if len(row) == width else refuse_fields(len(row), width) for row in rows]
    places = [(name, header.index(name)) for name in request["keep"]]
    kept = [{name: row[place] if place < len(row) else "" for name, place in places} for row in rows]
    return kept, results


def refuse_fields(fields: int, width: int) -> dict[str, Any]:
    """Return the result of a line with too many or too few fields."""
    return {"error": {"type": "MalformedBody", "detail": f"the line has {fields} fields, the header has {width}"}}


def score_jsonl(predictor: Predictor, request: dict[str, Any], data: bytes) -> KeptAndResults:
    """Score lines of JSON; refuse a line that is not an object."""
    rows: list[Any] = []
    for line in data.removeprefix(b"\xef\xbb\xbf").splitlines():
        if line.strip():
            try:
                rows.append(msgspec.json.decode(line))
            except (ValueError, RecursionError):
                rows.append(None)
    params = predictor.schema.params.from_query(request["params"])
    results = score_rows(predictor, rows, None, text=False, params=params, explain=request["explain"])
    kept = [{name: row.get(name) if isinstance(row, dict) else None for name in request["keep"]} for row in rows]
    return kept, results


def to_jsonl(rows: list[dict[str, Any]]) -> bytes:
    """Return JSON Lines."""
    return encoding.encode_lines(rows)


def to_csv(request: dict[str, Any], rows: list[dict[str, Any]]) -> bytes:
    """Return lines of CSV; lists and objects are written as JSON."""
    header = ["row", *request["keep"], *request["names"], "error"]
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    plain = msgspec.json.decode(encoding.encode(rows))  # turns numpy values into Python's, and NaN into None
    for row in plain:
        writer.writerow([to_field(row.pop(name, None)) for name in header])
        if row:
            raise ThawError(f"the model returned the columns {', '.join(row)}, which are not in its signature")
    return out.getvalue().encode()


def columns_to_jsonl(_request: dict[str, Any], columns: dict[str, Any]) -> bytes:
    """Return the lines that `to_jsonl` returns, given columns by name."""
    return encoding.encode_lines(encoding.records(columns))


def columns_to_csv(request: dict[str, Any], columns: dict[str, Any]) -> bytes:
    """Return the lines that `to_csv` returns, given columns by name."""
    out = io.StringIO(newline="")
    fields = [to_fields(columns[name]) for name in ["row", *request["keep"], *request["names"]]]
    csv.writer(out, lineterminator="\n").writerows(zip(*fields, repeat(None), strict=False))
    return out.getvalue().encode()


def to_fields(values: Any) -> Any:
    """Return a column as fields of CSV."""
    kinds = {int} if isinstance(values, range) else set(map(type, values))
    if kinds <= {int, str} or (kinds == {float} and math.isfinite(sum(values))):
        return values
    return map(to_field, msgspec.json.decode(encoding.encode(values)))


def to_field(value: Any) -> Any:
    """Return a value as a field of CSV."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value) if isinstance(value, list | dict) else value


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))

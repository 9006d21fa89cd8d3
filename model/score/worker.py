"""Child process: score chunks of a file, one after the other, with the handler's code.

Runs as a script in the environment of a bundle: `worker.py REQUEST`. The request is JSON with `bundle`, `input`
(`csv` or `jsonl`), `header` (the columns of CSV), `output` (`csv` or `jsonl`), `names` (of outputs), `keep`,
`params` (lists of texts by name), and `explain`.
Chunks arrive on standard input and results leave on standard output, each as its length in eight bytes and its content.
A chunk is the number of its first row, a space and its records. A result is a line of JSON with `rows` and `refused`,
or with `error`, followed by the output lines.
"""

import csv
import io
import json
import os
import struct
import sys
from collections import Counter
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from handler.bulk.scoring import score, score_rows
from handler.errors import ThawError
from handler.predictor import Predictor
from handler.settings import parse

_LENGTH = struct.Struct(">Q")
_FIELD = 2**31 - 1


def main(request: dict[str, Any]) -> None:
    """Score chunks until standard input ends."""
    csv.field_size_limit(_FIELD)
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # a model's prints must not mix with results
    predictor = Predictor(Path(request["bundle"]), token=parse(os.environ).token)
    while (chunk := receive(stdin)) is not None:
        first, _, data = chunk.partition(b" ")
        try:
            result = score_chunk(predictor, request, int(first), data)
        except ThawError as error:
            result = json.dumps({"error": str(error)}).encode() + b"\n"
        stdout.write(_LENGTH.pack(len(result)) + result)
        stdout.flush()


def receive(stream: BinaryIO) -> bytes | None:
    """Return the next message, or None at the end."""
    head = stream.read(_LENGTH.size)
    return stream.read(_LENGTH.unpack(head)[0]) if len(head) == _LENGTH.size else None


def score_chunk(predictor: Predictor, request: dict[str, Any], first: int, data: bytes) -> bytes:
    """Return the result of a chunk."""
    score_lines = score_csv if request["input"] == "csv" else score_jsonl
    kept, results = score_lines(predictor, request, data)
    refused = Counter(result["error"]["detail"] for result in results if "error" in result)
    rows = [
        {"row": first + index, **keep, **result.pop("output"), **result}
        if "output" in result
        else {"row": first + index, **keep, "error": result["error"]["detail"]}
        for index, (keep, result) in enumerate(zip(kept, results, strict=True))
    ]
    head = msgspec.json.encode({"rows": len(rows), "refused": refused})
    return head + b"\n" + (to_csv(request, rows) if request["output"] == "csv" else to_jsonl(rows))


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
    from handler.response.encoding import encode

    return b"".join(encode(row) + b"\n" for row in rows)


def to_csv(request: dict[str, Any], rows: list[dict[str, Any]]) -> bytes:
    """Return lines of CSV; lists and objects are written as JSON."""
    from handler.response.encoding import encode

    header = ["row", *request["keep"], *request["names"], "error"]
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    plain = msgspec.json.decode(encode(rows))  # turns numpy values into Python's, and NaN into None
    for row in plain:
        writer.writerow([to_field(row.pop(name, None)) for name in header])
        if row:
            raise ThawError(f"the model returned the columns {', '.join(row)}, which are not in its signature")
    return out.getvalue().encode()


def to_field(value: Any) -> Any:
    """Return a value as a field of CSV."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value) if isinstance(value, list | dict) else value


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))

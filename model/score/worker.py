"""Child: scores chunks of a file, one after the other, through the handler's own code.

Run as a script in the environment of a bundle: `worker.py REQUEST`, where the request is JSON with `bundle`, `input`
(`csv` or `jsonl`), `header` (the columns of CSV), `output` (`csv` or `jsonl`), `names` (of outputs) and `keep`.
A chunk comes on standard input, and its results go to standard output: eight bytes with the length, then so many.
A chunk is the number of its first row, a space and its records; a result is a line of JSON with `rows` and `refused`,
or with `error`, and the output's lines.
"""

import csv
import io
import json
import struct
import sys
from collections import Counter
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from handler.bulk.scoring import score, score_rows
from handler.errors import ThawError
from handler.predictor import Predictor

_LENGTH = struct.Struct(">Q")
_FIELD = 2**31 - 1


def main(request: dict[str, Any]) -> None:
    """Answer chunks until there are no more."""
    csv.field_size_limit(_FIELD)
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # what a model prints is no result
    predictor = Predictor(Path(request["bundle"]))
    while (chunk := receive(stdin)) is not None:
        first, _, data = chunk.partition(b" ")
        try:
            answer = scored(predictor, request, int(first), data)
        except ThawError as error:
            answer = json.dumps({"error": str(error)}).encode() + b"\n"
        stdout.write(_LENGTH.pack(len(answer)) + answer)
        stdout.flush()


def receive(stream: BinaryIO) -> bytes | None:
    """The next message; None where there is none."""
    head = stream.read(_LENGTH.size)
    return stream.read(_LENGTH.unpack(head)[0]) if len(head) == _LENGTH.size else None


def scored(predictor: Predictor, request: dict[str, Any], first: int, data: bytes) -> bytes:
    """The results of a chunk."""
    read = of_csv if request["input"] == "csv" else of_jsonl
    kept, results = read(predictor, request, data)
    refused = Counter(result["error"]["detail"] for result in results if "error" in result)
    rows = [
        {"row": first + index, **keep, **result["output"]}
        if "output" in result
        else {"row": first + index, **keep, "error": result["error"]["detail"]}
        for index, (keep, result) in enumerate(zip(kept, results, strict=True))
    ]
    head = msgspec.json.encode({"rows": len(rows), "refused": refused})
    return head + b"\n" + (to_csv(request, rows) if request["output"] == "csv" else to_jsonl(rows))


Read = tuple[list[dict[str, Any]], list[dict[str, Any]]]
"""What is kept of each row, and its result."""


def of_csv(predictor: Predictor, request: dict[str, Any], data: bytes) -> Read:
    """Lines of CSV; one with other fields than the header is refused."""
    header: list[str] = request["header"]
    rows = [row for row in csv.reader(io.StringIO(data.decode("utf-8", "replace"), newline="")) if row]
    good = [row for row in rows if len(row) == len(header)]
    columns = dict(zip(header, map(list, zip(*good, strict=True)), strict=True)) if good else {}
    found = iter(score(predictor, columns, len(good), text=True))
    width = len(header)
    results = [next(found) if len(row) == width else uneven(len(row), width) for row in rows]
    places = [(name, header.index(name)) for name in request["keep"]]
    kept = [{name: row[place] if place < len(row) else "" for name, place in places} for row in rows]
    return kept, results


def uneven(fields: int, width: int) -> dict[str, Any]:
    """The result of a line with too many fields, or too few."""
    return {"error": {"type": "MalformedBody", "detail": f"the line has {fields} fields, the header {width}"}}


def of_jsonl(predictor: Predictor, request: dict[str, Any], data: bytes) -> Read:
    """Lines of JSON; one that is no object is refused."""
    rows: list[Any] = []
    for line in data.removeprefix(b"\xef\xbb\xbf").splitlines():
        if line.strip():
            try:
                rows.append(msgspec.json.decode(line))
            except (ValueError, RecursionError):
                rows.append(None)
    results = score_rows(predictor, rows, None, text=False)
    kept = [{name: row.get(name) if isinstance(row, dict) else None for name in request["keep"]} for row in rows]
    return kept, results


def to_jsonl(rows: list[dict[str, Any]]) -> bytes:
    """An object a line."""
    from handler.answers import encode

    return b"".join(encode(row) + b"\n" for row in rows)


def to_csv(request: dict[str, Any], rows: list[dict[str, Any]]) -> bytes:
    """A line a row; what is no plain value is written as JSON."""
    from handler.answers import encode

    header = ["row", *request["keep"], *request["names"], "error"]
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    plain = msgspec.json.decode(encode(rows))  # numpy's values as Python's, NaN as None
    for row in plain:
        writer.writerow([text(row.pop(name, None)) for name in header])
        if row:
            raise ThawError(f"the model gives {', '.join(row)}, of which its signature does not know")
    return out.getvalue().encode()


def text(value: Any) -> Any:
    """A value as a field of CSV."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value) if isinstance(value, list | dict) else value


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))

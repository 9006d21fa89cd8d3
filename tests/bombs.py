"""Bodies that are small or look harmless, but would cost much time or memory to process."""

import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

JSON = {"content-type": "application/json"}
CSV = {"content-type": "text/csv"}
COLUMNS = 100_000
DEEP = 100_000
ROWS = 30_000


class Bomb(NamedTuple):
    """A request: the bomb's name, the path, headers and body."""

    name: str
    path: str
    headers: dict[str, str]
    body: bytes


def _predict(rows: bytes) -> bytes:
    return rows


def _records(rows: bytes) -> bytes:
    return b'{"dataframe_records": ' + rows + b"}"


def _tensors(rows: bytes) -> bytes:
    return b'{"inputs": [{"name": "text", "shape": [1], "datatype": "BYTES", "data": ' + rows + b"}]}"


def bombs(model: str) -> Iterator[Bomb]:
    """Yield every bomb for each protocol that it applies to.

    Args:
        model: name of the model, whose only column is `text`.
    """
    infer = f"/v2/models/{model}/infer"
    wraps: dict[str, Callable[[bytes], bytes]] = {"/predict": _predict, "/invocations": _records, infer: _tensors}
    for path, wrap in wraps.items():
        for name, rows in _EVERYWHERE.items():
            yield Bomb(name, path, JSON, wrap(rows))
            yield Bomb(f"{name}, compressed", path, JSON | {"content-encoding": "gzip"}, gzip.compress(wrap(rows), 1))
        for name, body in _compressed().items():
            yield Bomb(name, path, JSON | {"content-encoding": "gzip"}, body)
    for name, document in _invocations().items():
        yield Bomb(name, "/invocations", JSON, json.dumps(document).encode())
    for name, body in _csv().items():
        yield Bomb(name, "/invocations", CSV, body)
    for name, document in _inference().items():
        yield Bomb(name, infer, JSON, json.dumps(document).encode())


_EVERYWHERE = {
    "unclosed lists": b"[" * 1_000_000,
    "unclosed objects": b'{"a":' * 1_000_000,
    "deep lists": b"[" * DEEP + b"]" * DEEP,
    "deep objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "a deep value": b'[{"text": ' + b"[" * DEEP + b"]" * DEEP + b"}]",
    "a deep value elsewhere": b'[{"text": "a", "more": ' + b"[" * DEEP + b"]" * DEEP + b"}]",
    "a huge integer": b'[{"text": ' + b"9" * 1_000_000 + b"}]",
    "a huge number": b'[{"text": 1e999999999}]',
    "a long number": b'[{"text": 0.' + b"1" * 1_000_000 + b"}]",
    "a lone surrogate": b'[{"text": "\\ud800"}]',
    "a lone surrogate as name": b'[{"\\udfff": "a"}]',
    "invalid Unicode": b'[{"text": "\xff"}]',
    "many columns": json.dumps([{f"c{number}": 1 for number in range(COLUMNS)}]).encode(),
    "many empty rows": b"[" + b"{}," * 1_000_000 + b"{}]",
    "many rows of their own columns": json.dumps([{f"c{number}": 1} for number in range(ROWS)]).encode(),
    "a long name": b'[{"' + b"x" * 1_000_000 + b'": "a"}]',
}


def _compressed() -> dict[str, bytes]:
    packing = zlib.compressobj(9, wbits=31)
    zeros = b"".join([*(packing.compress(bytes(1_000_000)) for _ in range(300)), packing.flush()])
    return {
        "a bomb of zeros": zeros,
        "a bomb in a bomb": gzip.compress(zeros),
        "gzip cut short": gzip.compress(b'[{"text": "a"}]')[:-9],
        "gzip of something else": b"\x1f\x8b\x08" + bytes(100),
        "no gzip": b'[{"text": "a"}]',
    }


def _invocations() -> dict[str, Any]:
    wide = [f"c{number}" for number in range(COLUMNS)]
    return {
        "many columns, split": {"dataframe_split": {"columns": wide, "data": [wide]}},
        "one wide row, many short ones": {"dataframe_split": {"data": [wide, *([[]] * ROWS)]}},
        "columns for no rows": {"dataframe_split": {"columns": wide, "data": [[1]]}},
        "repeated names": {"dataframe_split": {"columns": ["text"] * COLUMNS, "data": [wide]}},
        "an index too long": {"dataframe_split": {"columns": ["text"], "index": wide, "data": [["a"]]}},
        "many forms": {"inputs": [], "instances": [], "dataframe_split": {}, "dataframe_records": []},
        "objects with different fields": {"instances": [{"text": "a"}, *({name: 1} for name in wide[:ROWS])]},
        "a list as a name": {"dataframe_split": {"columns": [["text"]], "data": [["a"]]}},
    }


def _csv() -> dict[str, bytes]:
    names = ",".join(f"c{number}" for number in range(COLUMNS)).encode()
    return {
        "many columns in CSV": names + b"\n" + names,
        "many columns and lines in CSV": names + b"\n" + b"1\n" * COLUMNS,
        "repeated names in CSV": b"a," * COLUMNS + b"a\n1",
        "a long row in CSV": b"text\n" + b"a," * COLUMNS,
        "an unclosed quote in CSV": b'text\n"' + b"a\n" * 1_000_000,
        "invalid Unicode in CSV": b"text\n\xff",
        "zeros in CSV": b"c\n" + bytes(1_000_000),
        "empty CSV": b"\n" * 1_000_000,
    }


def _inference() -> dict[str, Any]:
    def tensor(shape: list[int], data: Any, name: str = "text") -> dict[str, Any]:
        return {"name": name, "shape": shape, "datatype": "BYTES", "data": data}

    many = [tensor([1], ["a"], f"c{number}") for number in range(COLUMNS)]
    deep: Any = "a"
    for _ in range(500):
        deep = [deep]
    return {
        "a huge shape": {"inputs": [tensor([10**9, 10**9], [])]},
        "a shape beyond all integers": {"inputs": [tensor([10**30], [])]},
        "a shape of many dimensions": {"inputs": [tensor([1] * COLUMNS, ["a"])]},
        "a shape below zero": {"inputs": [tensor([-1, -1], ["a"])]},
        "no rows": {"inputs": [tensor([0, 10**18, 10**18], ["a"])]},
        "data deeper than its shape": {"inputs": [tensor([1], deep)]},
        "data as deep as its shape": {"inputs": [tensor([1] * 500, deep)]},
        "many inputs": {"inputs": many},
        "inputs of different lengths": {"inputs": [tensor([1], ["a"]), tensor([2], ["a", "b"], "more")]},
        "many outputs": {"inputs": [tensor([1], ["a"])], "outputs": [{"name": f"c{n}"} for n in range(COLUMNS)]},
    }

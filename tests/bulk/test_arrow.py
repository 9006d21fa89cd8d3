"""Arrow reads a chunk of a file as the handler does, or leaves it to the handler."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handler.bulk.json_values import require_json
from handler.bundle import Signature
from handler.errors import RequestError
from handler.schema import Schema, csv_values
from handler.schema.batch import path_in_list
from model.score import arrow, worker
from model.score.input_files import Chunk, open_input

KINDS = {"number": "double", "small": "float", "whole": "long", "short": "integer", "yes": "boolean", "text": "string"}
SCHEMA = Schema(
    Signature(inputs=[{"type": kind, "name": name, "required": name != "text"} for name, kind in KINDS.items()])
)
FIELDS = {
    "double": ["1.5", "-0.0", "1e3", " 7 ", "", "NaN", "nan", "inf", "1_0", "1e400", "x", "0x1F", "+2", "nan(1)", "NA"],
    "long": ["1", "-7", "0", "1.0", "", "9223372036854775807", "9223372036854775808", "0x1F", " 3", "1e3"],
    "boolean": ["true", "FALSE", "True", "", "yes", "1"],
    "string": ["a", "", "NA", "ab,c", 'say "no"', "two\nlines", "\N{SNOWMAN}", "null", " x ", "\0"],
}
FIELDS |= {"float": [*FIELDS["double"], "1e39"], "integer": [*FIELDS["long"], "2147483648"]}


@st.composite
def rows(draw: st.DrawFn) -> list[list[str]]:
    """Rows of fields, mostly of those that match."""
    fields = [
        st.sampled_from(FIELDS[kind]) | st.sampled_from(FIELDS[kind][:3]) | st.sampled_from(FIELDS[kind][:3])
        for kind in KINDS.values()
    ]
    return draw(st.lists(st.tuples(*fields).map(list), min_size=1, max_size=4))


def expected(lines: bytes) -> dict[str, list[Any]]:
    """The columns that the handler reads from lines of CSV."""
    found = list(csv.reader(io.StringIO(lines.decode(), newline="")))
    texts = dict(zip(KINDS, map(list, zip(*found, strict=True)), strict=True))
    parsed = {
        column.name: csv_values.parse_column(column, texts[column.name], column.name, path_in_list)
        for column in SCHEMA.columns
    }
    batch = SCHEMA.batch(parsed, len(found), path_in_list)
    require_json(batch, SCHEMA.columns)
    return batch.columns


def plain(columns: dict[str, Any]) -> str:
    """Columns to compare: a missing number is null or NaN."""
    return repr(
        {name: [None if repr(value) == "nan" else value for value in values] for name, values in columns.items()}
    )


@settings(max_examples=500, deadline=None)
@given(rows(), st.sampled_from(["\n", "\r\n"]))
def test_csv(rows: list[list[str]], end: str) -> None:
    """A chunk with a field that the handler refuses is not read."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator=end).writerows(rows)
    data = out.getvalue().encode()
    encoded = arrow.encoder(SCHEMA, list(KINDS), ("text", "number"))(Chunk(0, 0, data, len(data)))
    try:
        known = expected(data)
    except (RequestError, csv.Error):
        assert encoded is None
        return
    if encoded is not None:
        batch, kept = worker.read_columns(encoded)
        assert plain(known) == plain(batch.columns)
        assert {"number": [row[0] for row in rows], "text": [row[5] for row in rows]} == kept


def test_good_rows_are_read() -> None:
    """Fields of every type, missing ones where the model has them."""
    data = b"1.5,,3,4,true,a\n,2.5,-3,0,False,\n"
    encoded = arrow.encoder(SCHEMA, list(KINDS), ())(Chunk(0, 0, data, len(data)))
    assert encoded is not None
    assert plain(expected(data)) == plain(worker.read_columns(encoded)[0].columns)


@pytest.mark.parametrize("bad", [{}, {"number": float("inf")}, {"small": 1e39}, {"short": 2**31}, {"yes": None}])
def test_parquet(bad: dict[str, Any], tmp_path: Path) -> None:
    """Values are those of JSON Lines; a chunk with a value that the handler refuses is not read."""
    import pyarrow as pa
    from pyarrow import parquet

    good = {"number": 1.5, "small": 2.5, "whole": 3, "short": 4, "yes": True, "text": "a"}
    parquet.write_table(
        pa.Table.from_pylist([good, good | {"text": None, "small": None} | bad]), tmp_path / "rows.parquet"
    )
    source = open_input(tmp_path / "rows.parquet")
    [chunk] = source.chunks(0, 0)
    encoded = arrow.encoder(SCHEMA, source.columns, ("text",))(chunk)
    if bad:
        assert encoded is None
    else:
        assert encoded is not None
        batch, kept = worker.read_columns(encoded)
        lines = [json.loads(line) for line in chunk.lines().splitlines()]
        assert plain({name: [line[name] for line in lines] for name in KINDS}) == plain(batch.columns)
        assert {"text": ["a", None]} == kept

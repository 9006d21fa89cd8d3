"""Write the output file: its CSV header, its final name, and Parquet."""

import csv
import io
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from handler.bundle import Manifest
from handler.response import output_columns

_ROWS = 10_000
_decode = msgspec.json.Decoder(dict[str, Any]).decode
_TYPES = {"boolean": "bool_", "integer": "int32", "long": "int64", "float": "float32", "double": "float64"}


def output_names(manifest: Manifest) -> list[str]:
    """Return the names of a model's outputs, as in responses."""
    if manifest.answers.whole:
        return ["predictions"]
    if manifest.example and manifest.example.answer:
        return list(manifest.example.answer[0])
    return output_columns.output_names(manifest.signature.outputs) or [output_columns.PREDICTION]


def csv_header(names: list[str], keep: tuple[str, ...]) -> bytes:
    """Return the header line of a CSV output, given the names of outputs and of input columns that it contains."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerow(["row", *keep, *names, "error"])
    return out.getvalue().encode()


def finish_output(written: Path, output: Path, manifest: Manifest, keep: tuple[str, ...], names: list[str]) -> None:
    """Convert a complete output to Parquet if its name asks for that, and rename it.

    Args:
        written: the output as CSV or JSON Lines.
        output: its final name.
        manifest: manifest of the bundle that scored it.
        keep: input columns that it contains.
        names: the names of outputs.
    """
    if output.suffix.lower() == ".parquet":
        final = written.with_name("out.parquet")
        _to_parquet(written, final, manifest, keep, names)
        written = final
    written.replace(output)


def _to_parquet(written: Path, final: Path, manifest: Manifest, keep: tuple[str, ...], names: list[str]) -> None:
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    with written.open("rb") as stream:
        lines = list(islice(stream, _ROWS))
        schema = _schema(pa, list(map(_decode, lines)), manifest, keep, names)
        with ParquetWriter(final, schema) as writer:
            while lines:
                writer.write_table(_table(pa, lines, schema))
                lines = list(islice(stream, _ROWS))


def _table(pa: Any, lines: list[bytes], schema: Any) -> Any:
    """Return lines of JSON as a table. Values that Arrow does not read as their column's type become text."""
    from pyarrow import json

    data = b"".join(lines)
    try:
        return json.read_json(
            pa.BufferReader(data),
            json.ReadOptions(use_threads=False, block_size=len(data) + 1),
            json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore"),
        )
    except pa.ArrowInvalid:
        rows = [
            {name: _plain(row.get(name), schema.field(name).type, pa) for name in schema.names}
            for row in map(_decode, lines)
        ]
        return pa.Table.from_pylist(rows, schema=schema)


def _schema(pa: Any, rows: list[dict[str, Any]], manifest: Manifest, keep: tuple[str, ...], names: list[str]) -> Any:
    """Take types from the signature's outputs, else from the first rows; default to text."""
    known = {spec.get("name"): _TYPES.get(spec["type"]) for spec in manifest.signature.outputs or []}
    fields = [("row", pa.int64())]
    for name in [*keep, *names]:
        kinds = {type(row[name]) for row in rows if row.get(name) is not None}
        kind = known.get(name) if name not in keep else None
        seen = {frozenset({bool}): "bool_", frozenset({int}): "int64", frozenset({float}): "float64"}
        found = kind or seen.get(frozenset(kinds)) or ("float64" if kinds == {int, float} else "string")
        fields.append((name, getattr(pa, found)()))
    return pa.schema([*fields, ("error", pa.string())])


def _plain(value: Any, kind: Any, pa: Any) -> Any:
    if value is None or kind != pa.string() or isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()

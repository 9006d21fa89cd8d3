"""Read chunks of a file into columns by Arrow where it is installed, in a tenth of the time of Python's readers.

Arrow reads a chunk only if it reads the values that the handler reads. One that has a field which does not match the
signature, a missing value where the model has none, or a number in a spelling of Python's or Arrow's own, is left to
the worker's own readers.
"""

import math
from array import array
from collections.abc import Callable
from typing import Any

import msgspec

from handler.schema import Column, Schema
from handler.schema.column_types import FLOAT32_MAX
from handler.schema.csv_values import BOOLEANS, MISSING
from model.score.input_files import Chunk

Encode = Callable[[Chunk], bytes | None]
"""Returns a chunk as columns, as `worker.read_columns` takes them; None if Arrow does not read it."""

_TYPES = {"boolean": "bool_", "integer": "int32", "long": "int64", "float": "float64", "double": "float64"}
_OWN = b"\0", b"0x", b"0X"  # Arrow reads hexadecimal numbers, and Python refuses NUL


def encoder(schema: Schema, header: list[str], keep: tuple[str, ...]) -> Encode:
    """Return the function that reads a file's chunks.

    Args:
        schema: the model's.
        header: names of the file's columns.
        keep: names of columns to copy to the output.
    """
    columns = [column for column in schema.columns if column.name in header]
    known = columns and all(column.type in {*_TYPES, "string"} for column in columns)
    if not known or schema.rows_per_call or schema.rows_have_params:
        return lambda _: None
    try:
        import pyarrow as pa
    except ImportError:
        return lambda _: None

    def encode(chunk: Chunk) -> bytes | None:
        try:
            if chunk.records is None:
                table = _read_csv(chunk.data, header, {column.name: column.type for column in columns})
                kept = _read_csv(chunk.data, header, dict.fromkeys(keep, "")) if keep and table else table
            else:
                table = kept = chunk.records
            return table and _encode(table, columns, {name: kept.column(name).to_pylist() for name in keep})
        except pa.ArrowException:
            return None

    return encode


def _read_csv(data: bytes, header: list[str], types: dict[str, str]) -> Any:
    """Return a chunk of CSV as a table with columns of MLflow's types; those without a type stay text.

    Returns:
        None if Arrow may read it in another way than the handler.
    """
    import pyarrow as pa
    from pyarrow import csv

    if any(own in data for own in _OWN):
        return None
    return csv.read_csv(
        pa.BufferReader(data),
        csv.ReadOptions(use_threads=False, block_size=len(data) + 1, column_names=header),
        csv.ParseOptions(newlines_in_values=True),
        csv.ConvertOptions(
            include_columns=list(types),
            column_types={name: getattr(pa, _TYPES.get(kind, "string"))() for name, kind in types.items()},
            null_values=list(MISSING),
            strings_can_be_null="" not in types.values(),
            true_values=[text for text, value in BOOLEANS.items() if value],
            false_values=[text for text, value in BOOLEANS.items() if not value],
        ),
    )


def _encode(table: Any, columns: list[Column], kept: dict[str, list[Any]]) -> bytes | None:
    described, parts = [], []
    for column in columns:
        values = table.column(column.name).combine_chunks()
        found = _texts(values) if column.type == "string" else _numbers(values, column.type)
        if found is None or (values.null_count and not (column.value.nullable or not column.required)):
            return None
        described.append((column.name, *found[:2]))
        parts.append(found[2])
    head = msgspec.json.encode({"rows": table.num_rows, "columns": described, "kept": kept})
    return b"".join((head, b"\n", *parts))


def _texts(values: Any) -> tuple[str, Any, bytes] | None:
    """Return the typecode `i`, different texts, and the number of each row's among them."""
    import pyarrow as pa

    if not (pa.types.is_string(values.type) or pa.types.is_large_string(values.type)):
        return None
    coded = values.dictionary_encode()
    known = coded.dictionary.to_pylist()
    return "i", [*known, None], _bytes(_fill(coded.indices, "i", len(known)), 4)


def _numbers(values: Any, kind: str) -> tuple[str, Any, bytes] | None:
    """Return a typecode, whether values are booleans, and the values as bytes; missing ones as NaN."""
    import pyarrow as pa
    import pyarrow.compute as pc

    types = pa.types
    if kind == "boolean":
        good = types.is_boolean(values.type) and not values.null_count
        return ("b", True, _bytes(values.cast("int8"), 1)) if good else None
    if kind in {"integer", "long"}:
        good = types.is_integer(values.type) and not values.null_count
        return ("q", False, _bytes(values.cast(_TYPES[kind]).cast("int64"), 8)) if good else None
    if not (types.is_integer(values.type) or types.is_float32(values.type) or types.is_float64(values.type)):
        return None
    values = values.cast("float64")
    if not pc.all(pc.is_finite(values), min_count=0).as_py():
        return None
    if kind == "float" and pc.any(pc.greater(pc.abs(values), FLOAT32_MAX), min_count=0).as_py():
        return None
    return "d", False, _bytes(_fill(values, "d", math.nan), 8)


def _fill(values: Any, code: str, number: float) -> Any:
    """Return an array with a number in the place of missing values; `code` is the typecode of both.

    Given a number of Python, Arrow imports pandas, which takes half a second: it gets an array.
    """
    import pyarrow as pa

    if not values.null_count:
        return values
    return values.fill_null(pa.Array.from_buffers(values.type, 1, [None, pa.py_buffer(array(code, [number]))])[0])


def _bytes(values: Any, size: int) -> bytes:
    """Return the numbers of an array without missing values, each `size` bytes long."""
    start = values.offset * size
    found: bytes = values.buffers()[1][start : start + len(values) * size].to_pybytes()
    return found

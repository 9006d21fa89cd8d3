"""Files in chunks: some megabyte of whole records each, and where the next one begins."""

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import msgspec

from model.errors import ModelError

CHUNK = 1024 * 1024
"""Bytes of a chunk, about."""
LONGEST = 64 * CHUNK
"""Bytes that one record may have."""
ROWS = 10_000
"""Rows of a chunk of Parquet."""


class Chunk(NamedTuple):
    """Records.

    Attributes:
        number: of the chunk, from 0.
        first: number of its first row in the file, from 0.
        data: the records, as they are in the file.
        end: where the next chunk begins.
    """

    number: int
    first: int
    data: bytes
    end: int


class Source(Protocol):
    """A file to read.

    Attributes:
        form: `csv` or `jsonl`, which the chunks are in.
        columns: names of its columns; of JSON Lines, those of the first object.
        size: where it ends, in the unit of `Chunk.end`.
    """

    form: str
    columns: list[str]
    size: int

    def chunks(self, place: int, rows: int) -> Iterator[Chunk]:
        """Chunks from a place on, which is 0 or a chunk's `end`; `rows` stand before it.

        Raises:
            ModelError: it is damaged.
        """


def opened(path: Path) -> Source:
    """A file by its name's suffix.

    Raises:
        ModelError: there is none, it is empty, or it is of no form that is read.
    """
    if not path.is_file():
        raise ModelError(f"there is no file {path}")
    kinds: dict[str, Callable[[Path], Source]] = {".csv": Csv, ".jsonl": Jsonl, ".ndjson": Jsonl, ".parquet": Parquet}
    kind = kinds.get(path.suffix.lower())
    if kind is None:
        raise ModelError(f"{path} is none of {', '.join(kinds)}")
    return kind(path)


class _Lines:
    """What CSV and JSON Lines have in common: records are lines, of which the first ones may be skipped."""

    form = ""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.size = path.stat().st_size
        self._start = 0
        self.columns: list[str] = []

    def chunks(self, place: int, rows: int) -> Iterator[Chunk]:
        """As `Source` has it."""
        with self._path.open("rb") as stream:
            stream.seek(max(place, self._start))
            number, left = 0, b""
            while block := stream.read(CHUNK):
                block = left + block
                cut = self._cut(block)
                if not cut and len(block) > LONGEST:
                    raise ModelError(f"{self._path}: the record at byte {stream.tell() - len(block)} does not end")
                left = block[cut:]
                if cut:
                    yield Chunk(number, rows, block[:cut], stream.tell() - len(left))
                    number += 1
                    rows += self._count(block[:cut])
            if left:
                yield Chunk(number, rows, left, self.size)

    def _cut(self, block: bytes) -> int:
        """How many bytes of a block are whole records."""
        return block.rfind(b"\n") + 1

    def _count(self, block: bytes) -> int:
        """How many records whole lines hold."""
        return sum(1 for line in block.splitlines() if line.strip())


class Csv(_Lines):
    """CSV with a header line; quoted fields may hold lines."""

    form = "csv"

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        with path.open("rb") as stream:
            head = stream.read(CHUNK)
        try:
            text = io.StringIO(head.decode("utf-8-sig", "replace"), newline="")
            self.columns = next(csv.reader(text), [])
        except csv.Error as error:
            raise ModelError(f"{path} has no header line: {error}") from None
        if not any(self.columns):
            raise ModelError(f"{path} is empty: a header line with the columns' names is needed")
        if len(set(self.columns)) < len(self.columns):
            double = next(name for name in self.columns if self.columns.count(name) > 1)
            raise ModelError(f"{path} has two columns {double!r}")
        self._start = len(head.decode("utf-8-sig", "replace")[: text.tell()].encode())
        self._start += 3 * head.startswith(b"\xef\xbb\xbf")

    def _cut(self, block: bytes) -> int:
        """At the last line's end outside of quotes: before it stands an even number of them."""
        end = len(block)
        while cut := block.rfind(b"\n", 0, end) + 1:
            if block.count(b'"', 0, cut) % 2 == 0:
                return cut
            end = cut - 1
        return 0

    def _count(self, block: bytes) -> int:
        """Empty lines are no records, and lines in quotes are part of one: where there are none, lines are counted."""
        if b'"' not in block and b"\n\n" not in block and b"\r" not in block and not block.startswith(b"\n"):
            return block.count(b"\n")
        return sum(1 for row in csv.reader(io.StringIO(block.decode("utf-8", "replace"), newline="")) if row)


class Jsonl(_Lines):
    """JSON Lines: an object a line; empty lines are none."""

    form = "jsonl"

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        with path.open("rb") as stream:
            for line in stream:
                if line.strip():
                    self.columns = _names(path, line)
                    return
        raise ModelError(f"{path} is empty")


def _names(path: Path, line: bytes) -> list[str]:
    try:
        return list(msgspec.json.decode(line.removeprefix(b"\xef\xbb\xbf"), type=dict[str, Any]))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ModelError(f"{path} is no JSON Lines: its first line is no object ({error})") from None


class Parquet:
    """Parquet, read as JSON Lines; its chunks are counted in rows."""

    form = "jsonl"

    def __init__(self, path: Path) -> None:
        try:
            from pyarrow.parquet import ParquetFile
        except ImportError:
            raise ModelError("Parquet needs pyarrow: install requirements.txt, as `make setup` does") from None
        try:
            self._file = ParquetFile(path)
        except (ValueError, OSError) as error:
            raise ModelError(f"{path} is no Parquet file: {' '.join(str(error).split())[:200]}") from None
        self.columns = list(self._file.schema_arrow.names)
        self.size = self._file.metadata.num_rows

    def chunks(self, place: int, rows: int) -> Iterator[Chunk]:
        """As `Source` has it; rows before the place are read and left."""
        end, number = 0, 0
        for batch in self._file.iter_batches(ROWS):
            end += batch.num_rows
            if end <= place:
                continue
            yield Chunk(number, rows, msgspec.json.Encoder().encode_lines(batch.to_pylist()), end)
            number += 1
            rows += batch.num_rows

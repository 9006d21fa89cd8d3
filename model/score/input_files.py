"""Read input files in chunks of whole records, about 1 MB each, that a run can resume from."""

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import msgspec

from model.errors import ModelError

CHUNK = 1024 * 1024
"""Approximate size of a chunk in bytes."""
LONGEST = 64 * CHUNK
"""Largest size of one record in bytes."""
ROWS = 10_000
"""Rows in a chunk of Parquet."""


class Chunk(NamedTuple):
    """Consecutive records of a file.

    Attributes:
        number: number of the chunk, from 0.
        first: number of its first row in the file, from 0.
        data: the records, in the file's own bytes; none for Parquet.
        end: position at which the next chunk begins.
        records: the records of Parquet, as Arrow has them; None for other formats.
    """

    number: int
    first: int
    data: bytes
    end: int
    records: Any = None

    def lines(self) -> bytes:
        """Return the records as lines of CSV or JSON."""
        return self.data if self.records is None else msgspec.json.Encoder().encode_lines(self.records.to_pylist())


class InputFile(Protocol):
    """A file to score.

    Attributes:
        format: format of the chunks, `csv` or `jsonl`.
        columns: column names; for JSON Lines, the fields of the first object.
        size: position of its end, in the unit of `Chunk.end`.
        arrow: whether Arrow reads its chunks faster than Python does.
    """

    format: str
    columns: list[str]
    size: int
    arrow: bool

    def chunks(self, position: int, rows: int) -> Iterator[Chunk]:
        """Yield the chunks from a position on.

        Args:
            position: 0, or the `end` of a chunk.
            rows: number of rows before that position.

        Raises:
            ModelError: the file is damaged.
        """


def open_input(path: Path) -> InputFile:
    """Open a file by its suffix.

    Raises:
        ModelError: the file does not exist, is empty, or has an unknown format.
    """
    if not path.is_file():
        raise ModelError(f"{path} does not exist")
    formats: dict[str, Callable[[Path], InputFile]] = {
        ".csv": Csv,
        ".jsonl": Jsonl,
        ".ndjson": Jsonl,
        ".parquet": Parquet,
    }
    opener = formats.get(path.suffix.lower())
    if opener is None:
        raise ModelError(f"{path} must be one of {', '.join(formats)}")
    return opener(path)


class _Lines:
    """Base of the formats whose records are lines."""

    format = ""
    arrow = False

    def __init__(self, path: Path) -> None:
        self._path = path
        self.size = path.stat().st_size
        self._start = 0
        self.columns: list[str] = []

    def chunks(self, position: int, rows: int) -> Iterator[Chunk]:
        """Yield chunks, as in `InputFile`."""
        with self._path.open("rb") as stream:
            stream.seek(max(position, self._start))
            number, rest = 0, b""
            while block := stream.read(CHUNK):
                block = rest + block
                cut = self._cut(block)
                if not cut and len(block) > LONGEST:
                    raise ModelError(
                        f"{self._path}: the record at byte {stream.tell() - len(block)} exceeds {LONGEST:,} bytes"
                    )
                rest = block[cut:]
                if cut:
                    yield Chunk(number, rows, block[:cut], stream.tell() - len(rest))
                    number += 1
                    rows += self._count(block[:cut])
            if rest:
                yield Chunk(number, rows, rest, self.size)

    def _cut(self, block: bytes) -> int:
        """Return the number of bytes in a block that are whole records."""
        return block.rfind(b"\n") + 1

    def _count(self, block: bytes) -> int:
        """Return the number of records in whole lines."""
        return sum(1 for line in block.splitlines() if line.strip())


class Csv(_Lines):
    """CSV with a header line; quoted fields may contain line breaks."""

    format = "csv"
    arrow = True

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
            raise ModelError(f"{path} is empty: it needs a header line with the column names")
        if len(set(self.columns)) < len(self.columns):
            duplicate = next(name for name in self.columns if self.columns.count(name) > 1)
            raise ModelError(f"{path} has two columns called {duplicate!r}")
        self._start = len(head.decode("utf-8-sig", "replace")[: text.tell()].encode())
        self._start += 3 * head.startswith(b"\xef\xbb\xbf")

    def _cut(self, block: bytes) -> int:
        """Cut after the last line break outside quotes, which an even number of quotes precedes."""
        if b'"' not in block:
            return super()._cut(block)
        end = len(block)
        while cut := block.rfind(b"\n", 0, end) + 1:
            if block.count(b'"', 0, cut) % 2 == 0:
                return cut
            end = cut - 1
        return 0

    def _count(self, block: bytes) -> int:
        """Count lines where that is enough, else parse: empty lines do not count, and quoted line breaks are data."""
        plain = block if b"\r" not in block else block.replace(b"\r\n", b"\n")
        if b'"' not in plain and b"\r" not in plain and b"\n\n" not in plain and not plain.startswith(b"\n"):
            return plain.count(b"\n")
        return sum(1 for row in csv.reader(io.StringIO(block.decode("utf-8", "replace"), newline="")) if row)


class Jsonl(_Lines):
    """JSON Lines: one object per line; empty lines are skipped."""

    format = "jsonl"
    arrow = False

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        with path.open("rb") as stream:
            for line in stream:
                if line.strip():
                    self.columns = _field_names(path, line)
                    return
        raise ModelError(f"{path} is empty")


def _field_names(path: Path, line: bytes) -> list[str]:
    try:
        return list(msgspec.json.decode(line.removeprefix(b"\xef\xbb\xbf"), type=dict[str, Any]))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ModelError(f"{path} is not JSON Lines: its first line is not an object ({error})") from None


class Parquet:
    """Parquet, read as columns or as JSON Lines; positions are row numbers."""

    format = "jsonl"
    arrow = True

    def __init__(self, path: Path) -> None:
        try:
            from pyarrow.parquet import ParquetFile
        except ImportError:
            raise ModelError(
                "Parquet needs the pyarrow package: run `make setup`, or install requirements/dev.txt"
            ) from None
        try:
            self._file = ParquetFile(path)
        except (ValueError, OSError) as error:
            raise ModelError(f"{path} is not a Parquet file: {' '.join(str(error).split())[:200]}") from None
        self.columns = list(self._file.schema_arrow.names)
        self.size = self._file.metadata.num_rows

    def chunks(self, position: int, rows: int) -> Iterator[Chunk]:
        """Yield chunks, as in `InputFile`; rows before the position are read and skipped."""
        from pyarrow import Table

        end, number = 0, 0
        for batch in self._file.iter_batches(ROWS):
            end += batch.num_rows
            if end <= position:
                continue
            yield Chunk(number, rows, b"", end, Table.from_batches([batch]))
            number += 1
            rows += batch.num_rows

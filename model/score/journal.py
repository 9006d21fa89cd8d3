"""What a run has written so far: the output under another name, and a line for each chunk that is in it."""

import hashlib
import json
import os
import shutil
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from model.errors import ModelError

if TYPE_CHECKING:
    from model.score import Asked
    from model.score.reading import Source
    from model.score.workers import Scored


class Progress(NamedTuple):
    """How far a run is: the place in the input, rows, refused rows by reason, and bytes of the output."""

    place: int
    rows: int
    refused: dict[str, int]
    size: int


class Journal:
    """The folder `OUTPUT.partial`; a run that finds one goes on from what it says.

    Raises:
        ModelError: it is of another file, bundle or choice.
    """

    def __init__(self, asked: "Asked", source: "Source", request: dict[str, Any]) -> None:
        self._folder = asked.output.with_name(f"{asked.output.name}.partial")
        self.out = self._folder / "out"
        self._path = self._folder / "journal.jsonl"
        stat = asked.source.stat()
        manifest = (asked.bundle / "manifest.json").read_bytes()
        self._what = {
            "source": [str(asked.source.resolve()), stat.st_size, stat.st_mtime_ns],
            "bundle": hashlib.sha256(manifest).hexdigest(),
            "asked": [source.form, request["output"], request["keep"]],
        }
        self.progress = Progress(0, 0, {}, 0)

    def __enter__(self) -> Self:
        if self._path.exists():
            self._resume()
        else:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder.mkdir(parents=True)
            self.out.touch()
            self._path.write_text(json.dumps(self._what) + "\n")
        self._stream = self.out.open("r+b")
        self._stream.truncate(self.progress.size)
        self._stream.seek(self.progress.size)
        self._lines = self._path.open("a")
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()
        self._lines.close()

    def _resume(self) -> None:
        lines = self._path.read_text().splitlines(keepends=True)
        whole = [json.loads(line) for line in lines if line.endswith("\n")]
        if whole and whole[0] != self._what:
            raise ModelError(f"{self._folder} is of another file, bundle or choice of columns; remove it to begin anew")
        if len(whole) > 1:
            self.progress = Progress(*whole[-1])
        kept = "".join(line for line in lines if line.endswith("\n")) or json.dumps(self._what) + "\n"
        self._path.write_text(kept)

    def begin(self, header: bytes) -> None:
        """Write what comes before the first row."""
        self._stream.write(header)
        self._stream.flush()
        self.progress = self.progress._replace(size=len(header))

    def add(self, place: int, scored: "Scored") -> None:
        """Write a chunk's lines, and only then that they are there."""
        self._stream.write(scored.lines)
        self._stream.flush()
        os.fsync(self._stream.fileno())
        before = self.progress
        refused = dict(Counter(before.refused) + Counter(scored.refused))
        self.progress = Progress(place, before.rows + scored.rows, refused, before.size + len(scored.lines))
        self._lines.write(json.dumps(self.progress) + "\n")
        self._lines.flush()

    def remove(self) -> None:
        """Remove the folder, when the output has its own name."""
        shutil.rmtree(self._folder, ignore_errors=True)

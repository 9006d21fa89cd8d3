"""The progress of a run on disk: the output so far, and a log line for each chunk in it."""

import hashlib
import json
import os
import shutil
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from model.errors import ModelError

if TYPE_CHECKING:
    from model.score.input_files import InputFile
    from model.score.job import Job
    from model.score.workers import Scored


class Progress(NamedTuple):
    """The state of a run: position in the input, rows, refused rows by reason, and size of the output in bytes."""

    position: int
    rows: int
    refused: dict[str, int]
    size: int


class Journal:
    """The directory `OUTPUT.partial`. A run that finds one resumes from it.

    Raises:
        ModelError: on entering, the directory belongs to a run with another file, bundle or choice of columns.
    """

    def __init__(self, job: "Job", source: "InputFile", request: dict[str, Any]) -> None:
        self._folder = job.output.with_name(f"{job.output.name}.partial")
        self.out = self._folder / "out"
        self._path = self._folder / "journal.jsonl"
        stat = job.source.stat()
        manifest = (job.bundle / "manifest.json").read_bytes()
        self._job = {
            "source": [str(job.source.resolve()), stat.st_size, stat.st_mtime_ns],
            "bundle": hashlib.sha256(manifest).hexdigest(),
            "asked": [source.format, request["output"], request["keep"], request["params"], request["explain"]],
        }
        self.progress = Progress(0, 0, {}, 0)

    def __enter__(self) -> Self:
        if self._path.exists():
            self._resume()
        else:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder.mkdir(parents=True)
            self.out.touch()
            self._path.write_text(json.dumps(self._job) + "\n")
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
        if whole and whole[0] != self._job:
            raise ModelError(
                f"{self._folder} belongs to a run with another file, bundle, params or choice of columns: "
                "remove it to restart"
            )
        if len(whole) > 1:
            self.progress = Progress(*whole[-1])
        kept = "".join(line for line in lines if line.endswith("\n")) or json.dumps(self._job) + "\n"
        self._path.write_text(kept)

    def begin(self, header: bytes) -> None:
        """Write the lines that precede the first row."""
        self._stream.write(header)
        self._stream.flush()
        self.progress = self.progress._replace(size=len(header))

    def add(self, position: int, scored: "Scored") -> None:
        """Write a chunk's lines to the output, then log them."""
        self._stream.write(scored.lines)
        self._stream.flush()
        os.fsync(self._stream.fileno())
        before = self.progress
        refused = dict(Counter(before.refused) + Counter(scored.refused))
        self.progress = Progress(position, before.rows + scored.rows, refused, before.size + len(scored.lines))
        self._lines.write(json.dumps(self.progress) + "\n")
        self._lines.flush()

    def remove(self) -> None:
        """Remove the directory, once the output has its final name."""
        shutil.rmtree(self._folder, ignore_errors=True)

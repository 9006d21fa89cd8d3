"""Processes that score chunks in parallel. They are spawned, not forked, in the environment of the bundle."""

import json
import queue
import struct
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple, Self

from model import process
from model.errors import ModelError
from model.score.arrow import Encode
from model.score.input_files import Chunk

_LENGTH = struct.Struct(">Q")


class Scored(NamedTuple):
    """A scored chunk: number of rows, refused rows by reason, and lines of the output."""

    rows: int
    refused: dict[str, int]
    lines: bytes


class Pool:
    """The worker processes; at most two chunks per worker are in flight.

    Args:
        python: the interpreter of the bundle's environment.
        request: as `worker.py` takes it.
        encode: returns a chunk as columns, if it can.
        workers: number of processes.
    """

    def __init__(self, python: Path, request: dict[str, Any], encode: Encode, workers: int) -> None:
        self._python, self._request, self._count = python, request, max(1, workers)
        self._encode = encode

    def __enter__(self) -> Self:
        self._alone = process.handler_alone()
        folder = self._alone.__enter__()
        command = [str(self._python), "-P", str(Path(__file__).parent / "worker.py"), json.dumps(self._request)]
        variables = process.child_environment(PYTHONPATH=str(folder))
        self._workers = [
            subprocess.Popen(command, env=variables, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            for _ in range(self._count)
        ]
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.kill()
            worker.wait()
            for stream in (worker.stdin, worker.stdout):
                if stream:
                    stream.close()
        self._alone.__exit__(None, None, None)

    def results(self, chunks: Iterator[Chunk]) -> Iterator[tuple[Chunk, Scored]]:
        """Yield every chunk with its result, in order.

        Raises:
            ModelError: a worker died, or the model failed as a whole.
        """
        waiting: queue.Queue[Chunk | None] = queue.Queue()
        done: dict[int, tuple[Chunk, Scored | str]] = {}
        changed = threading.Condition()

        def serve(worker: "subprocess.Popen[bytes]") -> None:
            while (chunk := waiting.get()) is not None:
                columns = self._encode(chunk)
                found = _score(worker, chunk, b"columns", columns) if columns else None
                found = found or _score(worker, chunk, b"lines", chunk.lines()) or "a worker does not answer"
                with changed:
                    done[chunk.number] = chunk, found
                    changed.notify()

        threads = [threading.Thread(target=serve, args=(worker,), daemon=True) for worker in self._workers]
        for thread in threads:
            thread.start()
        sent = written = 0
        try:
            left = True
            while left or written < sent:
                while left and sent - written < 2 * self._count:
                    chunk = next(chunks, None)
                    if chunk is None:
                        left = False
                    else:
                        waiting.put(chunk)
                        sent += 1
                if written == sent:
                    continue
                with changed:
                    changed.wait_for(lambda number=written: number in done)  # type: ignore[misc]
                    chunk, found = done.pop(written)
                if isinstance(found, str):
                    raise ModelError(found)
                yield chunk, found
                written += 1
        finally:
            for _ in threads:
                waiting.put(None)


def _score(worker: "subprocess.Popen[bytes]", chunk: Chunk, form: bytes, data: bytes) -> Scored | str | None:
    """Return a worker's result for a chunk, or an error message; None if the worker needs the chunk's lines."""
    message = b"%d %b %b" % (chunk.first, form, data)
    try:
        stdin: IO[bytes] = worker.stdin  # type: ignore[assignment]
        stdout: IO[bytes] = worker.stdout  # type: ignore[assignment]
        stdin.write(_LENGTH.pack(len(message)) + message)
        stdin.flush()
        result = stdout.read(_LENGTH.unpack(stdout.read(_LENGTH.size))[0])
    except (OSError, struct.error):
        code = worker.wait()
        return (
            f"a worker died (exit code {code}) on the records before {chunk.end}: run the command again to resume there"
        )
    head, _, lines = result.partition(b"\n")
    counts = json.loads(head)
    if not counts:
        return None
    return counts["error"] if "error" in counts else Scored(counts["rows"], counts["refused"], lines)

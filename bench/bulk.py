"""`python -m bench.bulk`: many rows, by batches as Step Functions hands them over and out of a file.

Batches beside a loop over `mlflow.pyfunc` in the same process and run; then `model score` on a generated file of ten
million rows, by one worker and by all: rows a second, peak memory of all its processes, and once more, killed half way.
"""

import argparse
import csv
import hashlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import models
from bench.sandbox import ALIKE
from model import child
from model.build import build
from model.environment import model_environment

SIZES = (100, 1000, 10_000)
MODELS = ("text", "linear", "forest", "lightgbm")
CACHE = child.ROOT / "build" / "bench"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.bulk", description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000, help="of the file (default: %(default)s)")
    options = parser.parse_args()
    console = Console()
    for name in MODELS:
        with console.status(f"{name}: batches"):
            console.print(_batches(name))
    with console.status("a file") as status:
        console.print(_file(options.rows, status.update))


def _bundle(name: str) -> tuple[models.Served, Path]:
    served = models.served(name, CACHE)
    bundle = CACHE / f"bulk-{name}"
    build(served.model.folder, bundle, backend="compiled", tell=lambda _: None)
    return served, bundle


def _batches(name: str) -> Table:
    served, bundle = _bundle(name)
    python = model_environment(served.model.folder)
    rows = served.rows[:1000]
    request = {"model": str(served.model.folder.resolve()), "rows": rows, "sizes": SIZES}
    os.environ |= ALIKE
    with child.handler_alone() as path:
        found = child.run(
            python,
            str(Path(__file__).with_name("batches.py")),
            request,
            path=path,
            variables={"THAW_BUNDLE": str(bundle.resolve())},
        )
    table = Table("rows a batch", "thaw, compiled", "mlflow.pyfunc", "", title=f"{name}: rows a second, one core")
    for size in SIZES:
        ours, theirs = found["thaw"][str(size)], found["mlflow"][str(size)]
        table.add_row(f"{size:,}", f"{ours:,.0f}", f"{theirs:,.0f}", f"{ours / theirs:.1f} x")
    return table


def _file(rows: int, tell: object) -> Table:
    """`model score` on the linear model's rows, over and over."""
    served, bundle = _bundle("linear")
    table = Table("workers", "rows a second", "peak MB, all processes", title=f"model score: {rows:,} rows of CSV")
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        source = Path(folder) / "rows.csv"
        tell(f"writing {rows:,} rows")  # type: ignore[operator]
        _write(source, served.rows, rows)
        whole = ""
        for workers in (1, os.cpu_count() or 1):
            tell(f"scoring with {workers}")  # type: ignore[operator]
            output = Path(folder) / f"out-{workers}.csv"
            began = time.perf_counter()
            peak = _watched(_start(source, output, bundle, workers))
            table.add_row(str(workers), f"{rows / (time.perf_counter() - began):,.0f}", f"{peak:.0f}")
            whole = _digest(output)
        tell("scoring, killed half way")  # type: ignore[operator]
        output = Path(folder) / "killed.csv"
        process = _start(source, output, bundle, os.cpu_count() or 1)
        journal = output.with_name("killed.csv.partial") / "journal.jsonl"
        while not (journal.exists() and len(journal.read_bytes().splitlines()) > source.stat().st_size >> 21):
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        _watched(_start(source, output, bundle, os.cpu_count() or 1))
        table.caption = (
            "killed half way and started again, the output is the same, byte for byte"
            if whole == _digest(output)
            else "killed half way and started again, the output is ANOTHER"
        )
    return table


def _write(path: Path, rows: list[dict[str, object]], count: int) -> None:
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        for start in range(0, count, len(rows)):
            writer.writerows(rows[: min(len(rows), count - start)])


def _start(source: Path, output: Path, bundle: Path, workers: int) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "model", "score", str(source), str(output)]
    command += ["--bundle", str(bundle), "--workers", str(workers)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)


def _watched(process: "subprocess.Popen[bytes]") -> float:
    """The most megabytes that a process and its children had together, shared memory divided, while it ran."""
    peak = 0.0
    while process.poll() is None:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        try:
            pids = [process.pid, *map(int, children.read_text().split())]
            peak = max(peak, sum(map(_megabytes, pids)))
        except OSError:
            pass
        time.sleep(0.2)
    if process.returncode:
        raise SystemExit("model score failed")
    return peak


def _megabytes(pid: int) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1000
    return 0.0


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


if __name__ == "__main__":
    main()

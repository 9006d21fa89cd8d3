"""`python -m bench.bulk`: measure Distributed Map batches, and `model score` on a file of many rows.

Batches are compared with a loop over `mlflow.pyfunc` in the same process and run. `model score` processes a generated
file of ten million rows with one worker and with all: rows per second, peak memory of all its processes, and a run that
is killed halfway and resumed. pandas and `mlflow.pyfunc` predict the same file.
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
from bench.programs import file_by_hand
from bench.sandbox import COMMON_VARIABLES
from model import process
from model.build.bundle import Choices, build
from model.build.reference import model_python

SIZES = (100, 1000, 10_000)
MODELS = ("text", "linear", "forest", "lightgbm", "xgboost", "catboost")
CACHE = process.ROOT / "build" / "bench"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.bulk", description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000, help="rows in the file (default: %(default)s)")
    options = parser.parse_args()
    console = Console()
    for name in MODELS:
        with console.status(f"{name}: batches"):
            console.print(_batches(name))
    with console.status("a file") as status:
        console.print(_file(options.rows, status.update))


def _bundle(name: str) -> tuple[models.BenchModel, Path]:
    model = models.load_model(name, CACHE)
    bundle = CACHE / f"bulk-{name}"
    build(model.model.folder, bundle, Choices("compiled"), tell=lambda _: None)
    return model, bundle


def _batches(name: str) -> Table:
    model, bundle = _bundle(name)
    python = model_python(model.model, process.ROOT / "requirements" / "run.txt")
    rows = model.rows[:1000]
    request = {"model": str(model.model.folder.resolve()), "rows": rows, "sizes": SIZES}
    os.environ |= COMMON_VARIABLES
    found = process.run(
        python,
        str(Path(__file__).with_name("batches.py")),
        request,
        packages=[process.HANDLER],
        variables={"THAW_BUNDLE": str(bundle.resolve())},
    )
    table = Table(
        "rows per batch", "thaw, compiled", "mlflow.pyfunc", "ratio", title=f"{name}: rows per second, one core"
    )
    for size in SIZES:
        ours, theirs = found["thaw"][str(size)], found["mlflow"][str(size)]
        table.add_row(f"{size:,}", f"{ours:,.0f}", f"{theirs:,.0f}", f"{ours / theirs:.1f} x")
    return table


def _file(rows: int, tell: object) -> Table:
    """Measure `model score` on a file that repeats the linear model's rows."""
    model, bundle = _bundle("linear")
    table = Table("workers", "rows per second", "peak MB, all processes", title=f"model score: {rows:,} rows of CSV")
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        source = Path(folder) / "rows.csv"
        tell(f"writing {rows:,} rows")  # type: ignore[operator]
        _write(source, model.rows, rows)
        whole = ""
        for workers in (1, os.cpu_count() or 1):
            tell(f"scoring with {workers}")  # type: ignore[operator]
            output = Path(folder) / f"out-{workers}.csv"
            began = time.perf_counter()
            peak = _wait_for_peak(_start(source, output, bundle, workers))
            table.add_row(str(workers), f"{rows / (time.perf_counter() - began):,.0f}", f"{peak:.0f}")
            whole = _digest(output)
        tell("pandas and mlflow.pyfunc")  # type: ignore[operator]
        began = time.perf_counter()
        peak = _wait_for_peak(_start_by_hand(model, source, Path(folder) / "by-hand.csv"))
        table.add_row("pandas + mlflow.pyfunc", f"{rows / (time.perf_counter() - began):,.0f}", f"{peak:.0f}")
        tell("scoring, killed halfway")  # type: ignore[operator]
        output = Path(folder) / "killed.csv"
        process = _start(source, output, bundle, os.cpu_count() or 1)
        journal = output.with_name("killed.csv.partial") / "journal.jsonl"
        while not (journal.exists() and len(journal.read_bytes().splitlines()) > source.stat().st_size >> 21):
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        _wait_for_peak(_start(source, output, bundle, os.cpu_count() or 1))
        table.caption = (
            "killed halfway and resumed: the output is identical"
            if whole == _digest(output)
            else "killed halfway and resumed: the output DIFFERS"
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
    return _run(command)


def _start_by_hand(model: models.BenchModel, source: Path, output: Path) -> "subprocess.Popen[bytes]":
    script = Path(file_by_hand.__file__)
    return _run([str(model_python(model.model)), str(script), str(model.model.folder), str(source), str(output)])


def _run(command: list[str]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)


def _wait_for_peak(process: "subprocess.Popen[bytes]") -> float:
    """Wait for a process; return the peak MB of it and its children, with shared memory divided among them."""
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

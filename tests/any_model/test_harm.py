"""Builds that are killed, that fill the disk, and whose model takes all memory: one line, and nothing is left."""

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import mlflow.pyfunc
import pytest
from mlflow.models import ModelSignature
from packages import REQUIREMENTS

from model import process
from model.__main__ import main
from model.build.bundle import Choices, build
from model.errors import ModelError

ROOT = Path(__file__).resolve().parents[2]
INPUTS = '[{"name": "horizon", "type": "integer", "required": true}]'
SECONDS = 300


def saved(folder: Path, load: str = "pass", predict: str = "return model_input['horizon'] * 2") -> Path:
    """Save a custom model that runs these statements."""
    folder.mkdir()
    (folder / "program.py").write_text(
        "import mlflow\nfrom mlflow.pyfunc import PythonModel\n"
        "class Program(PythonModel):\n"
        f"    def load_context(self, context):\n        {load}\n"
        f"    def predict(self, context, model_input):\n        {predict}\n"
        "mlflow.models.set_model(Program())\n"
    )
    (folder / "weights").write_bytes(bytes(3_000_000))
    mlflow.pyfunc.save_model(
        folder / "saved",
        python_model=str(folder / "program.py"),
        artifacts={"weights": str(folder / "weights")},
        signature=ModelSignature.from_dict({"inputs": INPUTS}),
        pip_requirements=REQUIREMENTS,
    )
    return folder / "saved"


def runs(pid: int) -> bool:
    """Return whether a process runs and is not a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@contextmanager
def building(model: Path, out: Path, work: Path) -> Iterator[subprocess.Popen[str]]:
    """Build in a process of its own, with a temporary folder of its own; end it afterwards."""
    command = [sys.executable, "-m", "model", "build", "--model", str(model), "--bundle", str(out / "bundle")]
    variables = os.environ | {"TMPDIR": str(work), "PYTHONWARNINGS": "ignore"}
    started = subprocess.Popen(
        command, cwd=ROOT, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    with started:
        try:
            yield started
        finally:
            started.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_killed_build_leaves_nothing(number: signal.Signals, tmp_path: Path) -> None:
    """The model's process ends with it; after SIGKILL, the next build removes the folders."""
    pid, out, work = tmp_path / "pid", tmp_path / "out", tmp_path / "work"
    work.mkdir()
    wait = f"import os, time; open({str(pid)!r}, 'w').write(f'{{os.getpid()}} '); time.sleep({SECONDS})"
    model = saved(tmp_path / "model", wait)
    with building(model, out, work) as started:
        end = time.monotonic() + SECONDS
        while not (pid.exists() and pid.read_text().endswith(" ")) and time.monotonic() < end:
            assert started.poll() is None, started.stdout and started.stdout.read()
            time.sleep(0.1)
        started.send_signal(number)
        said, _ = started.communicate(timeout=60)
    assert {signal.SIGTERM: 130, signal.SIGKILL: -9}[number] == started.returncode
    assert "Traceback" not in said
    end = time.monotonic() + 10
    while runs(int(pid.read_text())) and time.monotonic() < end:
        time.sleep(0.1)
    assert not runs(int(pid.read_text()))

    if number == signal.SIGKILL:
        assert [path.name for path in out.iterdir()]
        program = model / "program.py"
        program.write_text(program.read_text().replace("time.sleep", "time.no_such_function"))
        with building(model, out, work) as started:
            said, _ = started.communicate(timeout=SECONDS)
        assert "no_such_function" in said
    assert [] == [*out.iterdir(), *work.iterdir()]


@contextmanager
def full_disk() -> Iterator[None]:
    """Let this process and its children write files of at most 1 MB, in the place of a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It names the file that cannot be written; nothing of the bundle is left."""
    model = saved(tmp_path / "model")
    build(model, tmp_path / "first" / "bundle", Choices("custom", rows=2), tell=lambda _: None)  # installs the packages
    capsys.readouterr()  # MLflow's progress bars
    with full_disk():
        options = ["--bundle", str(tmp_path / "out" / "bundle"), "--backend", "custom", "--rows", "2"]
        code = main(["build", "--model", str(model), *options])
    [line] = capsys.readouterr().err.splitlines()
    assert 1 == code
    assert line.startswith("error: cannot write ")
    assert line.endswith("artifacts/weights: File too large")
    assert [] == list((tmp_path / "out").iterdir())


def test_a_row_that_takes_all_memory_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A horizon of 2**31 is not asked again, with the reason; the other rows prove the bundle."""
    monkeypatch.setattr(process, "_MOST_MEGABYTES", 1_000)
    model = saved(tmp_path / "model", predict="return [len(b'x' * number) for number in model_input['horizon']]")
    built = build(model, tmp_path / "bundle", tell=lambda _: None)
    left_out = built.manifest.parity["not_asked"]
    assert "it took more than 1.0 GB of memory" == left_out[0]["reason"]
    assert {"as a row before it: it took more than 1.0 GB of memory"} == {one["reason"] for one in left_out[1:]}
    assert {2**31 - 1} == {one["row"]["horizon"] for one in left_out}
    assert built.manifest.parity["rows"] > 1


STRANGE = {
    "os._exit while loading": ("import os; os._exit(0)", None, "cannot load .*ended its own process with exit code 0"),
    "sys.exit while loading": ("import sys; sys.exit(3)", None, r"cannot load .*the model calls sys.exit\(3\)"),
    "os._exit": (None, "print('bye', flush=True); import os; os._exit(5)", "does not survive .*exit code 5.*'bye'"),
    "SystemExit": (None, "raise SystemExit", r"answers none of the 4 rows .*the model calls sys.exit\(None\)"),
}


@pytest.mark.parametrize("name", STRANGE)
def test_a_model_that_ends_its_process_is_one_line(name: str, tmp_path: Path) -> None:
    """The line says what the model does and what to change."""
    load, predict, expected = STRANGE[name]
    statements = {name: text for name, text in (("load", load), ("predict", predict)) if text}
    model = saved(tmp_path / "model", **statements)
    with pytest.raises(ModelError, match=expected) as raised:
        build(model, tmp_path / "out" / "bundle", Choices(rows=4), tell=lambda _: None)
    assert "\n" not in str(raised.value)
    assert [] == list((tmp_path / "out").iterdir())


HARMLESS = {
    "threads that never end": (
        f"import threading, time; threading.Thread(target=time.sleep, args=[{SECONDS}]).start()",
        "return model_input['horizon'] * 2",
    ),
    "megabytes of output": (
        "pass",
        "import os; [os.write(place, b'x' * 1_000_000) for place in [1, 2] * 10]; return model_input['horizon'] * 2",
    ),
    "closed descriptors": (
        "import os; os.close(1); os.closerange(3, 50)",
        "print('lost'); return model_input['horizon'] * 2",
    ),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_a_strange_model_builds_all_the_same(name: str, tmp_path: Path) -> None:
    """Nothing that a model starts, prints or closes is in the way of its answers."""
    load, predict = HARMLESS[name]
    model = saved(tmp_path / "model", load, predict)
    start = time.monotonic()
    built = build(model, tmp_path / "bundle", Choices("pyfunc", rows=4), tell=lambda _: None)
    assert 4 == built.manifest.parity["rows"]
    assert time.monotonic() - start < SECONDS

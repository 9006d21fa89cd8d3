"""`thaw package`: a zip for Lambda, without Docker."""

import json
import shutil
import sys
import zipfile
from pathlib import Path

import cloudpickle
import pytest
from installed.conftest import CLIENT, Thaw

from handler.bundle import read_manifest
from local.runtime_api import Runtime
from local.stage import environment
from model.environment import installed_environment
from model.errors import ModelError
from model.function import archive
from model.function.assemble import assemble
from model.function.packages import leave_out_tests
from model.function.target import Target
from model.process import ROOT

pytestmark = pytest.mark.xdist_group("installed")

EVENT = ROOT / "events" / "http_v2.json"
HERE = f"{sys.version_info[0]}.{sys.version_info[1]}"


@pytest.fixture(scope="module", name="packaged")
def _packaged(thaw: Thaw, bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip of the text model's bundle."""
    out = tmp_path_factory.mktemp("packaged") / "function.zip"
    done = thaw("package", bundle, "--out", out, "--runtime-python", HERE)
    assert 0 == done.returncode, done.stderr
    assert "proved under Python" in done.stdout
    return out


def test_it_predicts_under_lambdas_runtime_client(packaged: Path, bundle: Path, tmp_path: Path) -> None:
    """Unzipped into an empty directory, with nothing installed but the client."""
    with zipfile.ZipFile(packaged) as zipped:
        zipped.extractall(tmp_path)
    example = read_manifest(bundle).example
    assert example
    event = json.loads(EVENT.read_text()) | {"body": json.dumps(example.rows[0])}
    python = installed_environment([CLIENT], Path(sys.executable))
    with Runtime(python, "handler.app.handler", tmp_path, environment()) as runtime:
        response = runtime.invoke(event).value
    assert (200, example.answer[0]) == (response["statusCode"], json.loads(response["body"]))


def test_it_is_small(packaged: Path) -> None:
    """At most 3 MB with the sample model's bundle and the API viewer, and every user may read each file."""
    assert packaged.stat().st_size < 3e6
    with zipfile.ZipFile(packaged) as zipped:
        assert {0o100644, 0o100755} >= {entry.external_attr >> 16 for entry in zipped.infolist()}
        assert {"bundle/manifest.json", "handler/app.py", "msgspec/__init__.py", "viewer/LICENSE"} <= set(
            zipped.namelist()
        )


def test_the_same_input_gives_the_same_bytes(packaged: Path, thaw: Thaw, bundle: Path, tmp_path: Path) -> None:
    """Packaged twice, at another time and from another directory."""
    copy = shutil.copytree(bundle, tmp_path / "copy")
    done = thaw("package", copy, "--out", tmp_path / "again.zip", "--runtime-python", HERE)
    assert 0 == done.returncode, done.stderr
    assert packaged.read_bytes() == (tmp_path / "again.zip").read_bytes()


def test_a_zip_for_another_processor_says_that_it_is_not_proved(thaw: Thaw, bundle: Path, tmp_path: Path) -> None:
    """Its kernel and packages are those of that processor."""
    out = tmp_path / "arm.zip"
    done = thaw("package", bundle, "--out", out, "--architecture", "arm64", "--runtime-python", "3.13")
    assert 0 == done.returncode, done.stderr
    assert "not proved on this machine" in done.stdout
    with zipfile.ZipFile(out) as zipped:
        libraries = [name for name in zipped.namelist() if name.endswith(".so")]
        assert {b"\xb7\x00"} == {zipped.read(name)[18:20] for name in libraries}
        assert "handler/backends/compiled/_trees.abi3.so" in libraries


def test_a_python_that_lambda_lacks_is_refused(thaw: Thaw, bundle: Path) -> None:
    """The message names those that it has."""
    done = thaw("package", bundle, "--runtime-python", "3.9")
    assert (1, "error: Lambda has no runtime of Python 3.9 for Thaw: use one of 3.11, 3.12, 3.13, 3.14\n") == (
        done.returncode,
        done.stderr,
    )


def test_a_function_over_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says by how much, which packages are the largest, and what to do."""
    for name, size in {"small": 10, "large": 3_000_000, "larger": 5_000_000}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_bytes(bytes(size))
    archive.check_size(tmp_path)
    monkeypatch.setattr(archive, "UNZIPPED_LIMIT", 4_000_000)
    with pytest.raises(
        ModelError, match=r"has 8 MB .* at most 4 MB \(largest: larger 5 MB, large 3 MB, .*container image"
    ):
        archive.check_size(tmp_path)


def test_assemble_writes_the_directory(thaw: Thaw, bundle: Path, tmp_path: Path) -> None:
    """The same files as in the zip; a directory that holds something is refused."""
    folder = tmp_path / "task"
    done = thaw("assemble", bundle, folder, "--runtime-python", HERE)
    assert 0 == done.returncode, done.stderr
    assert (folder / "handler" / "app.py").is_file()
    done = thaw("assemble", bundle, folder, "--runtime-python", HERE)
    assert (1, f"error: {folder} is not empty: name a new directory") == (done.returncode, done.stderr.strip())


def test_what_a_large_function_leaves_out(bundle: Path, tmp_path: Path) -> None:
    """Bytecode goes if the function does not fit with it, and the command says so."""
    said: list[str] = []
    folder = tmp_path / "task"
    assemble(bundle, folder, Target("x86_64", HERE), limit=2_500_000, tell=said.append)
    assert [] == [*folder.rglob("__pycache__")]
    assert "bytecode is left out" in said[-1]


def test_packages_tests_are_left_out_but_for_numpys(tmp_path: Path) -> None:
    """numpy imports its own."""
    for name in ("numpy/_core/tests", "scipy/stats/tests", "scipy/stats/latests"):
        (tmp_path / name).mkdir(parents=True)
    leave_out_tests(tmp_path)
    assert {"numpy/_core/tests", "scipy/stats/latests"} == {
        str(path.relative_to(tmp_path)) for path in tmp_path.glob("*/*/*")
    }


def test_a_pickle_with_code_needs_its_own_python(tmp_path: Path, bundle: Path) -> None:
    """Another Python is refused before anything is installed."""
    copy = Path(shutil.copytree(bundle, tmp_path / "bundle"))
    (copy / "model.pkl").write_bytes(cloudpickle.dumps(lambda: None))
    other = "3.13" if HERE == "3.12" else "3.12"
    with pytest.raises(ModelError, match=rf"holds code of Python {HERE}, .*: use --runtime-python {HERE}"):
        assemble(copy, tmp_path / "task", Target("x86_64", other), tell=lambda _: None)

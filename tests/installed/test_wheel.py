"""The wheel: one for every platform, and nothing of it gets in the way of a person's own modules."""

import json
import re
import subprocess
import zipfile
from pathlib import Path

import pytest
from installed.conftest import Thaw

from handler import __version__
from model.process import ROOT

pytestmark = pytest.mark.xdist_group("installed")

KERNELS = {"x86_64-linux-gnu": b"\x3e\x00", "aarch64-linux-gnu": b"\xb7\x00"}
"""The field `e_machine` in the header of an ELF file (ELF-64 Object File Format, figure 3)."""


def test_it_is_one_wheel_for_every_platform(wheel: Path) -> None:
    """Its tag says so, and it holds the kernel for each processor and Python."""
    assert f"mlflow_thaw-{__version__}-py3-none-any.whl" == wheel.name
    with zipfile.ZipFile(wheel) as archive:
        place = "thaw/_root/handler/backends/compiled/_trees"
        for python in ("311", "312", "313", "314"):
            for platform, machine in KERNELS.items():
                header = archive.read(f"{place}.cpython-{python}-{platform}.so")[:20]
                assert (b"\x7fELF", machine) == (header[:4], header[18:20])
            assert archive.read(f"{place}.cpython-{python}-darwin.so").startswith(b"\xcf\xfa\xed\xfe")


def test_it_adds_one_importable_name(wheel: Path) -> None:
    """`handler`, `model` and the others stay inside `thaw`."""
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.partition("/")[0] for name in archive.namelist()}
    assert {"thaw", f"mlflow_thaw-{__version__}.dist-info"} == tops


def test_it_holds_no_model_and_no_leftovers(wheel: Path) -> None:
    """Neither the sample model, nor bytecode, nor the kernel that this machine compiled."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert not [name for name in names if re.search(r"artifact/|__pycache__|abi3\.so", name)]
    assert {"thaw/_root/template.yaml", "thaw/_root/requirements/run.txt"} <= set(names)


def test_help_lists_every_command(thaw: Thaw) -> None:
    """Grouped by what one wants to do; each command explains itself."""
    shown = thaw("--help").stdout
    names = re.findall(r"^  (\w+)   ", shown, re.MULTILINE)
    assert {"get", "automl", "build", "run", "score", "package", "bulk"} <= set(names)
    for name in names:
        done = thaw(name, "--help")
        assert (0, f"usage: thaw {name}") == (done.returncode, done.stdout[: len(f"usage: thaw {name}")]), done.stderr


@pytest.mark.parametrize("words", [[], ["serv"]])
def test_a_wrong_command_exits_with_2(words: list[str], thaw: Thaw) -> None:
    """The message names the commands there are."""
    done = thaw(*words)
    assert (2, "") == (done.returncode, done.stdout)
    assert "there are get, automl," in done.stderr


def test_an_error_is_one_line(thaw: Thaw, tmp_path: Path) -> None:
    """A directory without a model ends the command with exit code 1."""
    done = thaw("package", tmp_path)
    assert 1 == done.returncode
    assert done.stderr.splitlines()[-1].startswith("error: ")
    assert "Traceback" not in done.stderr


def test_the_version_is_that_of_the_code(thaw: Thaw) -> None:
    """`thaw --version` and the wheel agree."""
    assert f"thaw {__version__}\n" == thaw("--version").stdout


def test_the_build_hook_names_every_package(wheel: Path) -> None:
    """Every Python file that the command may import is in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        held = {name.removeprefix("thaw/_root/") for name in archive.namelist()}
    for package in ("handler", "model", "local", "cloud", "project"):
        files = {str(path.relative_to(ROOT)) for path in (ROOT / package).rglob("*.py") if "artifact" not in path.parts}
        assert not files - held


def test_the_next_command_is_one_of_thaws(thaw: Thaw, text_model: Path, tmp_path: Path) -> None:
    """Not one of make's, which belong to the repository."""
    done = thaw("get", text_model, "--out", tmp_path / "model")
    assert 0 == done.returncode, done.stderr
    assert f"thaw run {tmp_path / 'model'}" in " ".join(done.stdout.split())


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_a_shell_completes_commands_and_options(shell: str, thaw: Thaw) -> None:
    """The script names them all."""
    script = thaw("completion", shell).stdout
    assert all(word in script for word in ("deploy", "environments", "--runtime-python", "--package"))


def test_bash_accepts_the_completion(thaw: Thaw) -> None:
    """After `thaw dep`, the Tab key offers `deploy`."""
    asked = "COMP_WORDS=(thaw dep); COMP_CWORD=1; _shtab_thaw thaw dep thaw; echo ${COMPREPLY[@]}"
    script = f"{thaw('completion', 'bash').stdout}\n{asked}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)  # noqa: S607
    assert "deploy\n" == done.stdout


@pytest.mark.parametrize("words", [["cost"], ["environments"]])
def test_a_table_is_also_json(words: list[str], thaw: Thaw) -> None:
    """For programs; nothing else is printed."""
    assert json.loads(thaw(*words, "--json").stdout)

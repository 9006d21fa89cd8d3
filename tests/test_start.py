"""What a start loads, and from where: nothing that is slow to load, and one file of bytecode where there is one."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from bench.file_reads import measure_file_reads
from bench.sandbox import function
from handler.files import sha256
from local.runtime_api import Runtime
from local.stage import environment, interpreter
from model.image import bytecode
from model.process import ROOT

SLOW = {"hashlib", "inspect", "ipaddress", "mmap", "pathlib", "random", "struct", "unicodedata", "urllib.parse"}
"""Modules that take a millisecond of a start, or a file more, and that only some requests and models need."""


@pytest.fixture(scope="module")
def python(bundle: Path) -> Path:
    """An interpreter with the packages of a function, and the runtime client."""
    return interpreter(bundle)


@pytest.fixture(scope="module")
def task(python: Path) -> Iterator[Path]:
    """A function's directory without a bundle."""
    with function(python) as folder:
        yield folder


def run(python: Path, folder: Path, statements: str, **variables: str) -> list[str]:
    """Return the lines that statements print, in a fresh interpreter that imports from a folder."""
    code = f"import sys; sys.path.insert(0, {str(folder)!r})\n{statements}"
    command = [str(python), "-c", code]
    done = subprocess.run(
        command, cwd=folder, env=environment(**variables), capture_output=True, text=True, timeout=120, check=False
    )
    assert 0 == done.returncode, done.stderr
    return done.stdout.splitlines()


def test_a_start_loads_nothing_slow(python: Path, bundle: Path) -> None:
    """Under Lambda's runtime client, a compiled model loads and predicts its example without these modules."""
    start = "import awslambdaric.bootstrap; before = {*sys.modules}; import handler.app"
    [loaded] = run(python, ROOT, f"{start}; print(*sys.modules.keys() - before)", THAW_BUNDLE=str(bundle))
    assert "handler.backends.compiled.text" in loaded.split()
    assert set() == SLOW & set(loaded.split())


def test_a_function_opens_one_file_for_its_modules(
    python: Path, bundle: Path, task: Path, http_event: Callable[..., dict[str, Any]]
) -> None:
    """It answers, and its start opens few files: without the archive, sixty more."""

    def make(more: Mapping[str, str] = MappingProxyType({})) -> Runtime:
        return Runtime(python, "handler.app.handler", task, environment(THAW_BUNDLE=str(bundle), **more))

    with make() as runtime:
        answer = runtime.invoke(http_event({"text": "Aliens voted twice!"}))
    assert 200 == answer.value["statusCode"]
    gathered = measure_file_reads(make).files
    archive = task / bytecode.ARCHIVE.format(sys.implementation.cache_tag)
    away = archive.rename(archive.with_suffix(".away"))
    try:
        apart = measure_file_reads(make).files
    finally:
        away.rename(archive)
    assert gathered < apart - 50


def test_modules_from_the_archive_are_like_any_others(python: Path, task: Path) -> None:
    """They have a file, their source can be read, and a traceback shows it."""
    shown = run(
        python,
        task,
        """
import inspect, traceback
from handler import core
print(type(core.__spec__.loader).__module__)
print(core.__file__)
print(inspect.getsource(core).partition(": ")[0])
try:
    core._milliseconds_since("now")
except TypeError:
    print(traceback.format_exc())
""",
    )
    assert ["handler.bytecode", f"{task}/handler/core.py", '"""From a request to its response'] == shown[:3]
    assert '  File "/var/task/handler/core.py"' in shown[5]
    assert "return round((time.perf_counter() - started)" in shown[6]


def test_what_is_not_in_the_archive_is_found_beside_it(python: Path, task: Path, tmp_path: Path) -> None:
    """A new module, and the evaluator of trees, which is a library."""
    copy = shutil.copytree(task, tmp_path / "task")
    (copy / "handler" / "added.py").write_text("WHAT = 'new'\n")
    (copy / "handler" / "backends" / "compiled" / "_trees.py").write_text("WHAT = 'beside'\n")
    for library in (copy / "handler" / "backends" / "compiled").glob("_trees*.so"):
        library.unlink()
    lines = run(python, copy, "import handler.added as a, handler.backends.compiled._trees as b; print(a.WHAT, b.WHAT)")
    assert ["new beside"] == lines


def test_a_models_own_package_named_handler_is_not_in_the_archive(python: Path, task: Path, tmp_path: Path) -> None:
    """The archive holds our folder's modules, not names."""
    (tmp_path / "handler").mkdir()
    (tmp_path / "handler" / "__init__.py").touch()
    (tmp_path / "handler" / "core.py").write_text("WHAT = 'the model'\n")
    statements = f"""
import handler
for name in [name for name in sys.modules if name.partition('.')[0] == 'handler']:
    del sys.modules[name]
sys.path.insert(0, {str(tmp_path)!r})
import handler.core
print(handler.core.WHAT)
"""
    assert ["the model"] == run(python, task, statements)


def test_an_archive_of_another_python_is_ignored(python: Path, task: Path, tmp_path: Path) -> None:
    """Its bytecode would not run: the modules are compiled instead."""
    copy = shutil.copytree(task, tmp_path / "task")
    archive = copy / bytecode.ARCHIVE.format(sys.implementation.cache_tag)
    archive.rename(archive.with_name("cpython-37.archive"))
    assert ["_frozen_importlib_external SourceFileLoader"] == run(
        python,
        copy,
        "from handler import core; kind = type(core.__loader__); print(kind.__module__, kind.__qualname__)",
    )


@pytest.mark.parametrize("size", [0, 1, 2 * 1024 * 1024 - 1, 2 * 1024 * 1024, 3_000_001])
def test_hashes_are_sha256_whatever_computes_them(size: int, tmp_path: Path) -> None:
    """The interpreter's own function for small files, OpenSSL's for large ones."""
    file = tmp_path / "file"
    content = os.urandom(size)
    file.write_bytes(content)
    assert hashlib.sha256(content).hexdigest() == sha256(file)

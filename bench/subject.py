"""A model in every format that the programs need, each created on first use."""

import json
import re
import shutil
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from bench.models import BenchModel
from bench.staging import stage
from handler.bundle import Manifest, read_manifest
from handler.errors import BundleError
from model import environment, process
from model.build.bundle import Choices, build
from model.build.reference import model_python
from model.errors import ModelError
from model.process import ROOT

PROGRAMS = Path(__file__).with_name("programs")
LOCK = ROOT / "requirements" / "bench.txt"
"""Requirements of the programs besides the model's."""

CLIENT = ("awslambdaric", "simplejson", "snapshot-restore-py")
"""Lambda's runtime client and its dependencies."""

_CONVERTERS = {"onnx": ("onnxmltools", "onnxruntime", "skl2onnx"), "skops": ("skops",)}


class Bundled(NamedTuple):
    """A bundle of the model, or the reason why it cannot be built."""

    folder: Path
    manifest: Manifest | None
    reason: str = ""


class Converted(NamedTuple):
    """The model in another format and facts about it, or the reason why it cannot be converted."""

    folder: Path
    facts: dict[str, Any]
    reason: str = ""


class Subject:
    """A model, its bundles and its other formats, kept in `folder`.

    Args:
        bench_model: the model.
        folder: cache directory; entries are valid until the model or the code changes.
        proved: backends whose bundles are proved; others are only staged.
    """

    def __init__(self, bench_model: BenchModel, folder: Path, proved: tuple[str, ...] = ("compiled",)) -> None:
        self.bench_model = bench_model
        self.model_name = bench_model.name
        self.model = bench_model.model
        self.folder = folder
        self._proved = proved
        self._made: dict[str, Bundled] = {}
        self._converted: dict[str, Converted] = {}

    @cached_property
    def _interpreter(self) -> Path:
        return environment.model_interpreter(None, self.model.python).path

    def bundle(self, backend: str) -> Bundled:
        """Return the model's bundle for a backend."""
        if backend not in self._made:
            self._made[backend] = self._find_or_build(backend)
        return self._made[backend]

    def converted(self, name: str) -> Converted:
        """Return the model as `onnx` or `skops`."""
        if name not in self._converted:
            folder = self.folder / name
            try:
                facts = self._convert(name, folder)
                self._converted[name] = Converted(folder, facts)
            except ModelError as error:
                self._converted[name] = Converted(folder, {}, str(error))
        return self._converted[name]

    def python(self, *names: str, own: bool = False) -> Path:
        """Return a Python with the named packages, as locked, and with the model's requirements if `own`.

        Raises:
            ModelError: the packages cannot be installed.
        """
        pinned = write_pins(self.folder, LOCK, *names)
        if own:
            return model_python(self.model, pinned)
        return environment.installed_environment([pinned], python=self._interpreter)

    def model_python(self, *names: str) -> Path:
        """Return a Python with the named packages in the model's versions, and the runtime client."""
        files = [
            write_pins(self.folder, LOCK, *CLIENT),
            write_pins(self.folder, self.model.folder / "requirements.txt", *names),
        ]
        return environment.installed_environment(files, python=self._interpreter)

    def bundle_python(self, backend: str) -> Path:
        """Return a Python with a bundle's requirements and the runtime client."""
        return environment.runtime_environment(
            self.bundle(backend).folder, extra=write_pins(self.folder, LOCK, *CLIENT)
        )

    def time_one_row(self) -> dict[str, float]:
        """Return the median seconds of one row without a service, by `compiled` and by `mlflow`.

        Raises:
            ModelError: the model does not compile, or a prediction fails.
        """
        bundled = self.bundle("compiled")
        if bundled.manifest is None:
            raise ModelError(bundled.reason)
        request = {
            "model": str(self.model.folder.resolve()),
            "bundle": str(bundled.folder.resolve()),
            "rows": self.bench_model.rows[:200],
        }
        script = str(Path(__file__).with_name("one_row.py"))
        python = self.python("msgspec", own=True)
        found: dict[str, float] = process.run(python, script, request, packages=[process.HANDLER])
        return found

    def _find_or_build(self, backend: str) -> Bundled:
        folder = self.folder / backend
        try:
            manifest = read_manifest(folder, every_hash=True)
            if manifest.model.id == self.model.info.id and _is_newer_than_code(folder / "manifest.json"):
                return Bundled(folder, manifest)
        except BundleError:
            pass
        try:
            return Bundled(folder, self._build(backend, folder))
        except ModelError as error:
            return Bundled(folder, None, str(error).partition(f"{self.model.folder}: ")[2] or str(error))

    def _build(self, backend: str, folder: Path) -> Manifest:
        if backend not in self._proved:
            return stage(self.model, backend, self.python("msgspec", own=True), self.bench_model.example, folder)
        return build(self.model.folder, folder, Choices(backend), tell=lambda _: None).manifest

    def _convert(self, name: str, folder: Path) -> dict[str, Any]:
        script, kept = Path(__file__).with_name("conversions.py"), folder / "facts.json"
        if kept.exists() and kept.stat().st_mtime > script.stat().st_mtime:
            facts: dict[str, Any] = json.loads(kept.read_text())
            if facts["model"] == self.model.info.id:
                return facts
        shutil.rmtree(folder, ignore_errors=True)
        request = {
            "to": name,
            "model": str(self.model.folder.resolve()),
            "flavor": self.model.flavor,
            "predict_fn": self.model.predict_fn,
            "inputs": self.model.signature.inputs,
            "folder": str(folder.resolve()),
            "rows": self.bench_model.rows[:1000],
        }
        python = self.python(*_CONVERTERS[name], own=True)
        facts = {"model": self.model.info.id, **process.run(python, str(script), request, folders=[PROGRAMS])}
        kept.write_text(json.dumps(facts))
        return facts


def measure_size(python: Path, files: Sequence[Path]) -> float:
    """Return the MB of an environment's packages, without bytecode, and of further files and directories."""
    parts = [*packages(python), *files]
    found = [path for part in parts for path in (part.rglob("*") if part.is_dir() else [part])]
    return sum(path.lstat().st_size for path in found if path.is_file() and path.suffix != ".pyc") / 1e6


def packages(python: Path, name: str = "") -> list[Path]:
    """Return the directory of an environment's packages, or of one of them; empty if it is not installed."""
    return [*python.parent.parent.glob(f"lib/python*/site-packages/{name}")]


def _is_newer_than_code(made: Path) -> bool:
    """Return whether a file is newer than all code that builds, proves or serves a bundle."""
    code = [path for name in ("handler", "model") for path in (ROOT / name).rglob("*.py")]
    return made.stat().st_mtime > max(path.stat().st_mtime for path in code)


def write_pins(folder: Path, source: Path, *names: str) -> Path:
    """Write the entries of these packages in a requirements file to a new file below `folder`; return its path."""
    entries = re.split(r"\n(?=\S)", source.read_text().strip())
    kept = [entry for entry in entries if re.split(r"[^\w.-]", entry, maxsplit=1)[0] in names]
    path = folder / "requirements" / f"{source.stem}-{'-'.join(names)}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(kept) + "\n")
    return path

"""A model in every form that the programs serve it in, each made when it is first asked for."""

import json
import re
import shutil
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from bench.models import Served
from bench.staging import stage
from handler.bundle import Manifest, read
from handler.errors import BundleError
from model import child, environment
from model.build import build
from model.child import ROOT
from model.errors import ModelError

PROGRAMS = Path(__file__).with_name("programs")
LOCK = ROOT / "requirements-bench.txt"
"""What the programs need besides the model's own requirements."""

CLIENT = ("awslambdaric", "simplejson", "snapshot-restore-py")
"""Lambda's runtime client and what it depends on."""

_CONVERTERS = {"onnx": ("onnxmltools", "onnxruntime", "skl2onnx"), "skops": ("skops",)}


class Bundled(NamedTuple):
    """A bundle of the model; `why` says what kept it from being built, where there is none."""

    folder: Path
    manifest: Manifest | None
    why: str = ""


class Converted(NamedTuple):
    """The model in another format, and what is known of it; `why` says what kept it from being converted."""

    folder: Path
    facts: dict[str, Any]
    why: str = ""


class Subject:
    """A served model, its bundles and its other formats, under `folder`.

    Args:
        served: the model.
        folder: where all is kept until the model or our code changes.
        proved: the backends whose bundles are proved; those of others are only staged.
    """

    def __init__(self, served: Served, folder: Path, proved: tuple[str, ...] = ("compiled",)) -> None:
        self.served = served
        self.model = served.model
        self.folder = folder
        self._proved = proved
        self._made: dict[str, Bundled] = {}
        self._converted: dict[str, Converted] = {}

    @cached_property
    def _interpreter(self) -> Path:
        return environment.choose_python(None, self.model.python)[0]

    def bundle(self, backend: str) -> Bundled:
        """The model's bundle for a backend."""
        if backend not in self._made:
            self._made[backend] = self._built(backend)
        return self._made[backend]

    def converted(self, name: str) -> Converted:
        """The model as `onnx` or `skops`."""
        if name not in self._converted:
            folder = self.folder / name
            try:
                facts = self._convert(name, folder)
                self._converted[name] = Converted(folder, facts)
            except ModelError as error:
                self._converted[name] = Converted(folder, {}, str(error))
        return self._converted[name]

    def python(self, *names: str, own: bool = False) -> Path:
        """The interpreter of an environment with the named packages, as locked, and the model's requirements if `own`.

        Raises:
            ModelError: they do not install.
        """
        wanted = pins(self.folder, LOCK, *names)
        if own:
            return environment.model_environment(self.model.folder, self._interpreter, extra=[wanted])
        return environment.environment([wanted], python=self._interpreter)

    def of_model(self, *names: str) -> Path:
        """The interpreter of an environment with the named packages, as the model requires them, and the client."""
        files = [pins(self.folder, LOCK, *CLIENT), pins(self.folder, self.model.folder / "requirements.txt", *names)]
        return environment.environment(files, python=self._interpreter)

    def of_bundle(self, backend: str) -> Path:
        """The interpreter of an environment with what a bundle needs, and the client."""
        return environment.runtime_environment(self.bundle(backend).folder, extra=pins(self.folder, LOCK, *CLIENT))

    def one_row(self) -> dict[str, float]:
        """Median seconds that the model itself takes for one row, by `compiled` and by `mlflow`.

        Raises:
            ModelError: it is not compiled, or one of them fails.
        """
        bundled = self.bundle("compiled")
        if bundled.manifest is None:
            raise ModelError(bundled.why)
        request = {
            "model": str(self.model.folder.resolve()),
            "bundle": str(bundled.folder.resolve()),
            "rows": self.served.rows[:200],
        }
        script = str(Path(__file__).with_name("one_row.py"))
        with child.handler_alone() as alone:
            found: dict[str, float] = child.run(self.python("msgspec", own=True), script, request, path=alone)
        return found

    def _built(self, backend: str) -> Bundled:
        folder = self.folder / backend
        try:
            manifest = read(folder, every_hash=True)
            if manifest.model.id == self.model.info.id and _newer(folder / "manifest.json"):
                return Bundled(folder, manifest)
        except BundleError:
            pass
        try:
            return Bundled(folder, self._build(backend, folder))
        except ModelError as error:
            return Bundled(folder, None, str(error).partition(f"{self.model.folder}: ")[2] or str(error))

    def _build(self, backend: str, folder: Path) -> Manifest:
        if backend not in self._proved:
            return stage(self.model, backend, self.python(own=True), self.served.example, folder)
        return build(self.model.folder, folder, backend=backend, tell=lambda _: None).manifest

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
            "rows": self.served.rows[:1000],
        }
        python = self.python(*_CONVERTERS[name], own=True)
        facts = {"model": self.model.info.id, **child.run(python, str(script), request, path=PROGRAMS)}
        kept.write_text(json.dumps(facts))
        return facts


def size(python: Path, files: Sequence[Path]) -> float:
    """MB of an environment's packages, without bytecode, and of more files and folders."""
    parts = [*python.parent.parent.glob("lib/python*/site-packages"), *files]
    found = [path for part in parts for path in (part.rglob("*") if part.is_dir() else [part])]
    return sum(path.lstat().st_size for path in found if path.is_file() and path.suffix != ".pyc") / 1e6


def _newer(made: Path) -> bool:
    """Whether a file is newer than all the code that makes, proves or serves a bundle."""
    code = [path for name in ("handler", "model") for path in (ROOT / name).rglob("*.py")]
    return made.stat().st_mtime > max(path.stat().st_mtime for path in code)


def pins(folder: Path, source: Path, *names: str) -> Path:
    """A new file in `folder` with the entries of these packages in a file of requirements."""
    entries = re.split(r"\n(?=\S)", source.read_text().strip())
    kept = [entry for entry in entries if re.split(r"[^\w.-]", entry, maxsplit=1)[0] in names]
    path = folder / "requirements" / f"{source.stem}-{'-'.join(names)}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(kept) + "\n")
    return path

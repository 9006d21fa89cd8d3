"""Write a new project, whole or not at all."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import msgspec

from handler.bundle import read_manifest
from model import mlmodel
from model.build import events
from model.build.bundle import Choices
from model.commands.fetched import bundle_folder, fetch
from model.errors import ModelError
from model.function.assemble import default_python
from model.function.target import PYTHONS
from model.get.sources import ModelSource
from model.project import FILE, Project
from project.record import hash_text, write_record
from project.render import PYTHON, Described, render, settings_text
from project.requirement import add_requirement, add_wheel

MODEL = "model"
"""The model's directory in a project."""

Tell = Callable[[str], None]


class Wanted(NamedTuple):
    """A project to write.

    Attributes:
        source: the model's, as `thaw get` takes it.
        settings: what is given of `thaw.toml`; the name and the package are.
        pin: whether the project names the model's version in its registry, and does not hold its files.
        thaw: a wheel to install Thaw from, or a directory to build one from; None for where this command is from.
    """

    source: str
    settings: Project
    pin: bool = False
    thaw: Path | None = None


def start(folder: Path, wanted: Wanted, *, tell: Tell = print) -> list[str]:
    """Write a project; return its files' paths, without the model's.

    Raises:
        ModelError: the directory holds something, or the model cannot be fetched, built or pinned.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ModelError(f"{folder} is not empty: name a new directory")
    folder.resolve().parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.resolve().parent, prefix=f".{folder.name}-") as work:
        made = Path(work) / "project"
        made.mkdir()
        _write(made, wanted, tell)
        paths = sorted(
            path.relative_to(made).as_posix()
            for path in made.rglob("*")
            if path.is_file() and path.relative_to(made).parts[0] != MODEL
        )
        if folder.exists():
            folder.rmdir()
        made.rename(folder)
    return paths


def _write(folder: Path, wanted: Wanted, tell: Tell) -> None:
    fetched = fetch(ModelSource(wanted.source), folder / MODEL)
    settings = wanted.settings
    if not fetched.source["name"]:  # else the name would be that of the model's directory
        settings = msgspec.structs.replace(settings, model_name=settings.name)
    bundle = bundle_folder(str(folder / MODEL), _choices(settings))
    settings = msgspec.structs.replace(
        settings, model=MODEL, runtime_python=settings.runtime_python or _runtime_python(bundle)
    )
    if wanted.pin:
        settings = msgspec.structs.replace(settings, model=_pinned(fetched.source, settings))
        shutil.rmtree(folder / MODEL)
    tell("writing the project")
    (folder / FILE).write_text(settings_text(settings), encoding="utf-8")
    line = add_wheel(wanted.thaw, folder) if wanted.thaw else add_requirement(folder)
    (folder / "requirements.txt").write_text(f"{line}\n", encoding="utf-8")
    events.write(bundle, folder / "events")
    generated = render(described(folder, settings))
    for name, text in generated.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    write_record(folder, {name: hash_text(text) for name, text in generated.items()})


def write_events(folder: Path, settings: Project) -> list[Path]:
    """Write a project's events with its model's input example; return their files.

    Raises:
        ModelError: the project has no model, or it does not build.
    """
    if settings.model is None:
        raise ModelError(f"{FILE} names no model")
    here = folder / settings.model
    bundle = bundle_folder(str(here) if here.is_dir() else settings.model, _choices(settings))
    return events.write(bundle, folder / "events")


def _choices(settings: Project) -> Choices:
    return Choices(settings.backend, settings.predict_fn, name=settings.model_name, quantize=settings.quantize)


def described(folder: Path, settings: Project) -> Described:
    """Return what a project's generated files depend on.

    Raises:
        ModelError: its model cannot be read.
    """
    here = settings.model is not None and (folder / settings.model / "MLmodel").is_file()
    python = mlmodel.read(folder / settings.model).python if here and settings.model else ""
    nested = any((parent / ".git").exists() for parent in folder.resolve().parents)
    return Described(settings, ".".join(python.split(".")[:2]), nested)


def _runtime_python(bundle: Path) -> str:
    """Return Lambda's Python for a bundle: the newest for tables, else the one that the bundle was built for."""
    own = default_python(bundle)
    return own if own in PYTHONS and read_manifest(bundle).backend != "compiled" else PYTHON


def _pinned(source: dict[str, str], settings: Project) -> str:
    """Return the source of a fetched model with its version.

    Raises:
        ModelError: the source has no version, or the project is an image.
    """
    if settings.package == "image":
        raise ModelError("--pin needs --package zip: a build in Docker does not reach your registry")
    if not source["version"]:
        raise ModelError(f"{source['uri']} has no version to pin: without --pin, the project holds the model")
    return f"models:/{source['name']}/{source['version']}"

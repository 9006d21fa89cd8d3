"""A model that a command names by its source, as a directory."""

import hashlib
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from handler import __version__
from model.build.bundle import Choices, build
from model.cache_folder import cache_folder
from model.commands.terminal import step_printer
from model.get import FetchedModel, get
from model.get.sources import ModelSource
from model.mlmodel import model_digest
from model.process import ROOT


def fetch(source: ModelSource, out: Path, python: str | None = None) -> FetchedModel:
    """Fetch a model to a directory; show the progress on stderr.

    Raises:
        ModelError: as `model.get.get`.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    errors = Console(stderr=True)
    with Progress(*columns, TimeRemainingColumn(), console=errors, transient=True) as progress:
        task = progress.add_task("", total=None)

        def tell(sentence: str) -> None:
            errors.print(f"[dim]-[/] {sentence}", highlight=False)
            progress.update(task, description=sentence[:40])

        def advance(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total or None)

        return get(source, out, python=python, tell=tell, advance=advance)


def model_folder(source: str) -> Path:
    """Return a model's directory: the source itself, or the copy of it in the cache, which is fetched anew.

    Args:
        source: a directory with an MLmodel file, or anything that `model get` takes.

    Raises:
        ModelError: as `model.get.get`.
    """
    if (Path(source) / "MLmodel").is_file():
        return Path(source)
    folder = cache_folder() / "models" / hashlib.sha256(source.encode()).hexdigest()[:16]
    folder.parent.mkdir(parents=True, exist_ok=True)
    fetch(ModelSource(source), folder)
    return folder


def bundle_folder(source: str, choices: Choices) -> Path:
    """Return a bundle's directory: the source itself, or the bundle of a model, in the cache.

    A bundle that was built before is used again if neither the model, the choices nor the code have changed.

    Args:
        source: a bundle's directory, or what `model_folder` takes.
        choices: how to build.

    Raises:
        ModelError: as `model_folder` and `build`.
    """
    if (Path(source) / "manifest.json").is_file():
        return Path(source)
    model = model_folder(source)
    digest = hashlib.sha256(f"{__version__} {choices} {model_digest(model)}".encode())
    for path in sorted(path for name in ("handler", "model") for path in (ROOT / name).rglob("*.py")):
        digest.update(path.read_bytes())
    bundle = cache_folder() / "bundles" / digest.hexdigest()[:16]
    if not bundle.exists():
        console = Console(stderr=True)
        with console.status("reading the model") as status:
            build(model, bundle, choices, tell=step_printer(console, status))
    return bundle

"""`python -m images.report`: builds every image of a model, and says what each adds to its base.

Writes `images.md` and `images.svg` into `build/`. Beside ours stand the single-stage image that one writes first
(`images/post`), and the one that `mlflow models build-docker` describes, both with the same model.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from images import plot
from images.size import PARTS, Size, base_of, measured
from images.tree import DockerError, docker
from model.child import ROOT

BACKENDS = ("compiled", "native", "pyfunc")
TARGETS = ("lambda", "distroless", "web")
POST = "FastAPI, one stage"
MLFLOW = "mlflow build-docker"

_SLIM = "python:3.13-slim-trixie"
_HEADERS = ("image", "MB", *PARTS, "files", "layers")


def main(arguments: list[str] | None = None) -> int:
    """Build, measure, print and write."""
    parser = argparse.ArgumentParser(prog="python -m images.report", description=__doc__)
    parser.add_argument("--model", type=Path, default=ROOT / "model" / "artifact", help="the MLflow model's folder")
    parser.add_argument("--output", type=Path, default=ROOT / "build", help="the folder for the table and the plot")
    options = parser.parse_args(arguments)
    console = Console()
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    try:
        with Progress(*columns, console=console, transient=True) as progress:
            sizes = report(options.model, progress)
    except DockerError as error:
        print(error, file=sys.stderr)
        return 1
    console.print(_table(sizes))
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "images.md").write_text(markdown(sizes))
    plot.sizes(sizes, options.output / "images.svg")
    console.print(f"Written: images.md and images.svg in {options.output}")
    return 0


def report(model: Path, progress: Progress) -> list[Size]:
    """Build and measure all images of a model; they are removed again.

    Raises:
        DockerError: one of them does not build.
    """
    bar = progress.add_task("images", total=len(BACKENDS) * len(TARGETS) + 2)
    sizes = []
    for backend in BACKENDS:
        for target in TARGETS:
            name = f"{target}, {backend}"
            progress.update(bar, description=name)
            ours = ["--target", target, "--build-arg", f"BACKEND={backend}", "--build-context", f"artifact={model}"]
            sizes.append(_built(name, base_of(target), *ours, str(ROOT)))
            progress.advance(bar)
    for name, context in ((POST, _post), (MLFLOW, _mlflow)):
        progress.update(bar, description=name)
        with tempfile.TemporaryDirectory() as folder:
            context(model, Path(folder))
            sizes.append(_built(name, _SLIM, folder))
        progress.advance(bar)
    return sizes


def _built(name: str, base: str, *options: str) -> Size:
    image = docker("build", "--provenance=false", "--sbom=false", "--quiet", *options).strip()
    size = measured(name, image, base)
    docker("image", "rm", "--force", image)
    return size


def _post(model: Path, folder: Path) -> None:
    """The build context of the image that one writes first."""
    shutil.copytree(ROOT / "images" / "post", folder, dirs_exist_ok=True)
    shutil.copytree(model, folder / "model")


def _mlflow(model: Path, folder: Path) -> None:
    """The build context that MLflow writes, on the base that the others have."""
    command = [sys.executable, "-m", "mlflow", "models", "generate-dockerfile", "-m", str(model), "-d", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise DockerError(f"mlflow models generate-dockerfile: {done.stderr.strip()[-2000:]}")
    recipe = folder / "Dockerfile"
    recipe.write_text(re.sub(r"^FROM .*$", f"FROM {_SLIM}", recipe.read_text(), count=1, flags=re.MULTILINE))


def markdown(sizes: list[Size]) -> str:
    """The table in Markdown."""
    lines = [f"| {' | '.join(_HEADERS)} |", f"|---|{'---:|' * (len(_HEADERS) - 1)}"]
    return "\n".join([*lines, *(f"| {' | '.join(_row(size))} |" for size in sizes)]) + "\n"


def _table(sizes: list[Size]) -> Table:
    table = Table(
        box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, caption="MB of files that each adds to its base image"
    )
    for header in _HEADERS:
        table.add_column(header, justify="left" if header == "image" else "right", no_wrap=True)
    for size in sizes:
        table.add_row(*_row(size))
    return table


def _row(size: Size) -> list[str]:
    parts = [_number(size.megabytes[name]) if name in size.megabytes else "-" for name in PARTS]
    return [size.name, _number(size.added), *parts, f"{size.files:,}", str(size.layers)]


def _number(megabytes: float) -> str:
    return f"{megabytes:.1f}" if megabytes < 100 else f"{megabytes:.0f}"  # noqa: PLR2004 - three digits


if __name__ == "__main__":
    sys.exit(main())

"""`python -m images.report`: build every image of a model and report what each adds to its base image.

Writes `images.md` and `images.svg` into `build/`. For comparison it also builds the single-stage image of
`images/post` and the image of `mlflow models build-docker`, both with the same model.
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
from images.size import PARTS, Size, base_image, measure_image
from images.tree import DockerError, docker
from model.process import ROOT

BACKENDS = ("compiled", "native", "pyfunc")
TARGETS = ("lambda", "distroless", "web")
POST = "FastAPI, one stage"
MLFLOW = "mlflow build-docker"

_SLIM = "python:3.13-slim-trixie"
_HEADERS = ("image", "MB", *PARTS, "files", "layers")


def main(arguments: list[str] | None = None) -> int:
    """Build and measure the images; print and write the report."""
    parser = argparse.ArgumentParser(prog="python -m images.report", description=__doc__)
    parser.add_argument("--model", type=Path, default=ROOT / "model" / "artifact", help="the MLflow model's directory")
    parser.add_argument("--output", type=Path, default=ROOT / "build", help="the directory for the table and the plot")
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
    plot.plot_sizes(sizes, options.output / "images.svg")
    console.print(f"Wrote images.md and images.svg to {options.output}")
    return 0


def report(model: Path, progress: Progress) -> list[Size]:
    """Build, measure and remove all images of a model.

    Raises:
        DockerError: an image does not build.
    """
    bar = progress.add_task("images", total=len(BACKENDS) * len(TARGETS) + 2)
    sizes = []
    for backend in BACKENDS:
        for target in TARGETS:
            name = f"{target}, {backend}"
            progress.update(bar, description=name)
            ours = ["--target", target, "--build-arg", f"BACKEND={backend}", "--build-context", f"artifact={model}"]
            sizes.append(_build_and_measure(name, base_image(target), *ours, str(ROOT)))
            progress.advance(bar)
    for name, context in ((POST, _write_post_context), (MLFLOW, _write_mlflow_context)):
        progress.update(bar, description=name)
        with tempfile.TemporaryDirectory() as folder:
            context(model, Path(folder))
            sizes.append(_build_and_measure(name, _SLIM, folder))
        progress.advance(bar)
    return sizes


def _build_and_measure(name: str, base: str, *options: str) -> Size:
    image = docker("build", "--provenance=false", "--sbom=false", "--quiet", *options).strip()
    size = measure_image(name, image, base)
    docker("image", "rm", "--force", image)
    return size


def _write_post_context(model: Path, folder: Path) -> None:
    """Write the build context of the single-stage image."""
    shutil.copytree(ROOT / "images" / "post", folder, dirs_exist_ok=True)
    shutil.copytree(model, folder / "model")


def _write_mlflow_context(model: Path, folder: Path) -> None:
    """Write the build context that MLflow generates, on the same base image as the others."""
    command = [sys.executable, "-m", "mlflow", "models", "generate-dockerfile", "-m", str(model), "-d", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise DockerError(f"mlflow models generate-dockerfile: {done.stderr.strip()[-2000:]}")
    recipe = folder / "Dockerfile"
    recipe.write_text(re.sub(r"^FROM .*$", f"FROM {_SLIM}", recipe.read_text(), count=1, flags=re.MULTILINE))


def markdown(sizes: list[Size]) -> str:
    """Return the table in Markdown."""
    lines = [f"| {' | '.join(_HEADERS)} |", f"|---|{'---:|' * (len(_HEADERS) - 1)}"]
    return "\n".join([*lines, *(f"| {' | '.join(_row(size))} |" for size in sizes)]) + "\n"


def _table(sizes: list[Size]) -> Table:
    table = Table(
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
        caption="MB of files that each image adds to its base image",
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

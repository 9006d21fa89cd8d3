"""Say how large a model's packages are before they are installed, and what makes them smaller."""

import tomllib
from pathlib import Path

from model.environment.cache import Step
from model.environment.uv import run_uv
from model.work_folder import work_folder

LARGE = 2e9
"""Bytes to download from which on a person is told."""

_UNPACKED = 2  # times as large as their wheels are packages such as PyTorch's and its CUDA libraries
_LIMIT = "an image on Lambda holds 10 GB"
_CUDA = ("nvidia-", "triton", "cuda-")


def warning(way: Step, python: Path, folder: Path) -> str | None:
    """Return a sentence about packages that are a large download; None if they are small, or do not resolve.

    Args:
        way: how they are going to be installed.
        python: the interpreter they are for.
        folder: the working directory.
    """
    sizes = wheel_sizes(way, python, folder)
    total = sum(sizes.values())
    if total < LARGE:
        return None
    said = (
        f"the model's packages are a download of {total / 1e9:.1f} GB, about {_UNPACKED * total / 1e9:.0f} GB installed"
    )
    cuda = sum(size for name, size in sizes.items() if name.startswith(_CUDA))
    if cuda < total / 4 and "torch" not in sizes:
        return f"{said}; {_LIMIT}"
    return (
        f"{said}, and {_LIMIT}: most are CUDA libraries, which Lambda cannot use; take the address of the index for "
        "CPUs from PyTorch's install page, and write the line `--extra-index-url ADDRESS` and PyTorch's version with "
        "`+cpu` into the model's requirements.txt, or into a file for --requirements"
    )


def wheel_sizes(way: Step, python: Path, folder: Path) -> dict[str, int]:
    """Return the size in bytes of each distribution's wheel by name; empty if they do not resolve."""
    with work_folder("thaw-") as work:
        options, files = [], []
        for option in way.options:
            if option.startswith("--requirements="):
                files.append(option.partition("=")[2])
            elif option.startswith("-"):
                options.append(option)
            else:
                with (work / "added.in").open("a") as added:
                    added.write(f"{option}\n")
        for name, text in way.files.items():
            path = work / f"{name}.txt"
            path.write_text(text)
            if name == "requirements":
                files.append(str(path))
            else:
                options.append(f"--{name}={path}")
        if (work / "added.in").exists():
            files.append(str(work / "added.in"))
        lock = work / "pylock.toml"
        target = ["--quiet", "--format=pylock.toml", f"--output-file={lock}", f"--python={python}"]
        done = run_uv(["pip", "compile", *target, *options, *files], folder)
        if done.returncode:
            return {}
        packages = tomllib.loads(lock.read_text(encoding="utf-8")).get("packages", [])
    return {package["name"]: _size(package) for package in packages}


def _size(package: dict[str, list[dict[str, int]]]) -> int:
    """Return the size of the first wheel, which uv lists for this platform."""
    return next((wheel.get("size", 0) for wheel in package.get("wheels", [])), 0)

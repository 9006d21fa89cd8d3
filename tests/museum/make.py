"""`python tests/museum/make.py [NAME ...]`: make the museum's pieces again, in environments of their day.

`sets.toml` lists sets of packages and the pieces that are made with each. uv installs a set under its own Python into
`build/museum/SET/env`, as it was on the set's day; a recipe trains and saves the model there, and `answer.py` asks
MLflow for the answers.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from uv import find_uv_bin

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUILD = Path(tempfile.gettempdir()) / "museum"
"""A link to `build/museum`: paths of libraries in a pickle's code objects begin with it."""
PIECES = HERE / "pieces"
RECIPES = HERE / "recipes"

LARGEST_PIECE = 500_000  # bytes
LARGEST_MUSEUM = 10_000_000  # bytes

BUILD_PACKAGES = ["pip", "setuptools", "wheel"]
"""MLflow writes their versions into conda.yaml and python_env.yaml, as every environment of that day had them."""


COMMON = {"numpy", "pandas", "scipy"}
"""Libraries whose versions every piece notes, beside those of its set."""

REPEATABLE = {
    "CUDA_VISIBLE_DEVICES": "",
    "GIT_PYTHON_REFRESH": "quiet",
    "MLFLOW_REQUIREMENTS_INFERENCE_TIMEOUT": "3000",  # seconds
    "OMP_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONWARNINGS": "ignore",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",
}
"""Environment variables for the same answers every time, and a quiet terminal."""


def main() -> str | None:
    """Run the command; the returned text says what failed."""
    sets = tomllib.loads((HERE / "sets.toml").read_text(encoding="utf-8"))
    parser = argparse.ArgumentParser(prog="make.py", description=(__doc__ or "").split("\n")[0].partition(": ")[2])
    parser.add_argument("name", nargs="*", help="a piece, or a set for all of its pieces (default: every piece)")
    parser.add_argument("--list", action="store_true", help="list the sets and their pieces, and stop")
    parser.add_argument("--table", action="store_true", help="print the table in README.md, and stop")
    options = parser.parse_args()
    if options.list or options.table:
        print(*(table() if options.table else listing(sets)), sep="\n")
        return None
    known = {*sets, *(piece for packages in sets.values() for piece in packages["pieces"])}
    if unknown := sorted({*options.name} - known):
        return f"error: not in sets.toml: {', '.join(unknown)}; --list shows the names"
    link()
    for set_name, packages in sets.items():
        for name, piece in packages["pieces"].items():
            if not options.name or {set_name, name} & {*options.name}:
                print(f"{name} ({set_name})", flush=True)
                make(name, piece, packages, environment(set_name, packages))
    if size(PIECES) > LARGEST_MUSEUM:
        return f"error: the pieces are {size(PIECES):,} bytes together, over {LARGEST_MUSEUM:,}"
    return None


def link() -> None:
    """Make the link to `build/museum` where it does not lead there yet."""
    target = ROOT / "build" / "museum"
    target.mkdir(parents=True, exist_ok=True)
    if BUILD.resolve() != target.resolve():
        BUILD.unlink(missing_ok=True)
        BUILD.symlink_to(target)


def listing(sets: dict[str, Any]) -> list[str]:
    """Return a line for every set and for every piece."""
    return [
        line for name, packages in sets.items() for line in (name, *(f"    {piece}" for piece in packages["pieces"]))
    ]


def table() -> list[str]:
    """Return the pieces as a Markdown table, by name."""
    lines = ["| piece | Python | libraries | backend | special | kB |", "| --- | --- | --- | --- | --- | --- |"]
    for file in sorted(PIECES.glob("*/expected.json")):
        piece = json.loads(file.read_text(encoding="utf-8"))
        libraries = ", ".join(f"{name} {version}" for name, version in piece["packages"].items() if name not in COMMON)
        kilobytes = f"{size(file.parent) / 1000:.0f}"
        cells = [f"`{file.parent.name}`", piece["python"], libraries, piece["expect"], piece["about"], kilobytes]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def environment(name: str, packages: dict[str, Any]) -> Path:
    """Install a set of packages, unless it is installed already, and return the environment's interpreter."""
    described = json.dumps([packages[key] for key in ("python", "as_of", "packages")] + [packages.get("no_deps", [])])
    folder = BUILD / name / "env"
    interpreter = folder / "bin" / "python"
    complete = folder / hashlib.sha256(described.encode()).hexdigest()[:16]
    if complete.exists():
        return interpreter
    shutil.rmtree(folder, ignore_errors=True)
    run(find_uv_bin(), "venv", "--quiet", "--no-python-downloads", "--python", packages["python"], folder)
    install = [find_uv_bin(), "pip", "install", "--quiet", "--python", interpreter]
    dated = [*install, "--exclude-newer", packages["as_of"]]
    run(*dated, *BUILD_PACKAGES, *packages["packages"])
    if "no_deps" in packages:
        run(*dated, "--no-deps", *packages["no_deps"])
    complete.touch()
    return interpreter


def make(name: str, piece: dict[str, Any], packages: dict[str, Any], python: Path) -> None:
    """Save a model, ask it, and put both among the pieces.

    The recipe comes by standard input and knows its folder as ".", so that neither pickles nor MLmodel hold a path
    of this machine.
    """
    folder = BUILD / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with (RECIPES / f"{piece['recipe']}.py").open("rb") as recipe:
        run(python, "-", cwd=folder, stdin=recipe, variables={"PYTHONPATH": str(RECIPES)})
    run(python, HERE / "answer.py", cwd=folder)
    answered = json.loads((folder / "answered.json").read_text())
    versions = answered.pop("installed")
    shown = {requirement.split("=")[0] for requirement in packages["packages"]} | COMMON
    answered["packages"] = {key: versions[key] for key in sorted(shown) if key in versions}
    answered |= {"about": piece["about"], "expect": piece.get("expect", "compiled")}
    if packages.get("heavy"):
        answered["heavy"] = True
    disguise(folder / "model" / "MLmodel", packages["as_of"])
    made = folder / "piece"
    shutil.copytree(folder / "model", made / "model", ignore=shutil.ignore_patterns("__pycache__"))
    (made / "expected.json").write_text(one_row_a_line(answered), encoding="utf-8")
    check(made, name)
    shutil.rmtree(PIECES / name, ignore_errors=True)
    shutil.copytree(made, PIECES / name)


def disguise(manifest: Path, day: str) -> None:
    """Put the set's day for the time that a model was saved at, and somebody's folder for the one it was saved in.

    By the time its packages can be resolved as of then.
    """
    text = manifest.read_text(encoding="utf-8").replace(str(manifest.resolve().parent.parent), "/home/ann/models")
    dated = re.sub(r"(?<=^utc_time_created: ')[\d-]+", day, text, flags=re.MULTILINE)
    manifest.write_text(dated, encoding="utf-8")


def one_row_a_line(document: dict[str, Any]) -> str:
    """JSON whose lists have one line for each element, so that a difference shows which row it is in."""
    fields = []
    for key, value in document.items():
        text = json.dumps(value, ensure_ascii=False)
        if isinstance(value, list):
            text = "[\n" + ",\n".join("    " + json.dumps(row, ensure_ascii=False) for row in value) + "\n  ]"
        fields.append(f"  {json.dumps(key)}: {text}")
    return "{\n" + ",\n".join(fields) + "\n}\n"


def check(piece: Path, name: str) -> None:
    """Refuse a piece that is too large, or that holds a path of this machine."""
    if size(piece) > LARGEST_PIECE:
        sys.exit(f"error: {name} is {size(piece):,} bytes, over {LARGEST_PIECE:,}")
    paths = [os.fsencode(path) for path in (ROOT, Path.home() / ".pyenv")]
    for file in piece.rglob("*"):
        if file.is_file() and any(path in file.read_bytes() for path in paths):
            sys.exit(f"error: {file.relative_to(piece)} of {name} holds a path of this machine")


def size(folder: Path) -> int:
    """Return the bytes of all files in a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def run(*command: str | Path, variables: dict[str, str] | None = None, **options: Any) -> None:
    """Run a command, with every Python of pyenv at hand; stop where it fails."""
    pythons = [str(folder) for folder in sorted(Path.home().glob(".pyenv/versions/3*/bin"))]
    inherited = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    path = {"PATH": os.pathsep.join([*pythons, inherited["PATH"]])}
    environ = inherited | REPEATABLE | path | (variables or {})
    done = subprocess.run(command, env=environ, timeout=3600, check=False, **options)
    if done.returncode:
        sys.exit(f"error: {' '.join(map(str, command))} failed with {done.returncode}")


if __name__ == "__main__":
    sys.exit(main())

"""Wrap a file that a library wrote into an MLflow model, in an environment of its own."""

import re
import tempfile
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from model import environment, process
from model.child.contract import SaveRequest, SaveResult
from model.environment.requirements import Requirements
from model.errors import ModelError
from model.get.networks import LOOK, Network, keras_network
from model.get.sources import ModelSource

MODULES = {
    "category_encoders": "category-encoders",
    "imblearn": "imbalanced-learn",
    "lightgbm": "lightgbm",
    "sentencepiece": "sentencepiece",
    "sklearn": "scikit-learn",
    "statsmodels": "statsmodels",
    "xgboost": "xgboost-cpu",
}
"""Distributions by the module that a pickle imports; other modules need --requirements."""

_ALWAYS = ["mlflow-skinny", "pandas"]
_ATTEMPTS = 6


class _Needs(NamedTuple):
    """An environment to open a file in: requirements, the day that they are of, and a Python; empty for any."""

    lines: list[str]
    written: datetime | None = None
    python: str = ""


def wrap(source: ModelSource, kind: str, packages: tuple[str, ...], folder: Path) -> None:
    """Wrap a file, in an environment with the version of scikit-learn and the modules that it names.

    Raises:
        ModelError: the file or its example does not exist, or the file cannot be opened; names a missing package.
    """
    request, lines = _request(source, kind, folder), [*_ALWAYS, *(_own_lines(source) or packages)]
    for _attempt in range(_ATTEMPTS):
        result = _save(request, _Needs(lines), source)
        improved = _improve_requirements(result, lines, fixed=source.requirements is not None)
        if improved is None:
            break
        lines = improved
    _raise_problem(result, source)


def wrap_network(source: ModelSource, network: Network, folder: Path) -> None:
    """Wrap a file or folder of a neural network, with the versions of the day on which it was written.

    Raises:
        ModelError: as `wrap`.
    """
    request = _request(source, network.kind, folder)
    request["task"] = network.task
    own = _own_lines(source)
    if network.packages == LOOK:
        result = _save(request, _Needs(LOOK), source)
        if not (version := result.get("saved_with")):
            _raise_problem(result, source)
        network = keras_network(version or "3", network.written)
        request["writer"] = version or ""
    packages = [*(own or network.packages), *(["h5py"] if own and network.kind == "keras" else [])]
    result = _save(request, _Needs([*_ALWAYS, *packages], network.written, network.python), source)
    _raise_problem(result, source)


def _request(source: ModelSource, kind: str, folder: Path) -> SaveRequest:
    """Return the request to open a source's file.

    Raises:
        ModelError: the example is not given, or does not exist.
    """
    if source.example is None:
        raise ModelError(f"{source.uri} does not describe its inputs: give --example with a CSV file of input rows")
    if not source.example.is_file():
        raise ModelError(f"{source.example} does not exist")
    return {
        "kind": kind,
        "file": str(Path(source.uri).resolve()),
        "example": str(source.example.resolve()),
        "folder": str(folder.resolve()),
        "trusted": list(source.trusted),
    }


def _own_lines(source: ModelSource) -> list[str]:
    """Return the requirements that came with the source; none if it has none.

    Raises:
        ModelError: they cannot be read.
    """
    if source.requirements is None:
        return []
    try:
        return source.requirements.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise ModelError(f"cannot read {source.requirements}: {error.strerror}") from None


def _save(request: SaveRequest, needs: _Needs, source: ModelSource) -> SaveResult:
    """Run `save.py` in an environment; return its result."""
    with tempfile.TemporaryDirectory() as folder:
        wanted = Requirements(needs.lines, None, Path(folder), [], needs.written)
        interpreter = environment.model_interpreter(needs.python or None, "")
        python = environment.model_environment(wanted, interpreter).python
    try:
        result: SaveResult = process.run(python, "save", request)
    except process.ChildError as error:
        raise ModelError(f"cannot open {source.uri}: {error}") from None
    return result


def _raise_problem(result: SaveResult, source: ModelSource) -> None:
    if problem := result.get("problem"):
        raise ModelError(f"{source.uri}: {problem}")


def _improve_requirements(result: SaveResult, lines: list[str], *, fixed: bool) -> list[str] | None:
    """Return requirements to try next: with the version the file was saved with, or with the package it lacks."""
    if (version := result.get("saved_with")) and not fixed:
        return [f"scikit-learn=={version}" if _name(line) == "scikit-learn" else line for line in lines]
    missing = MODULES.get(result.get("missing", ""))
    if missing and missing not in map(_name, lines):
        return [*lines, missing]
    return None


def _name(line: str) -> str:
    return re.split(r"[^\w.-]", line.strip().lower(), maxsplit=1)[0].replace("_", "-")

"""Environments of older libraries, made by uv in `build/old` and named by the hash of their pins.

uv uses pyenv's Pythons where they exist and downloads others.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).resolve().parents[3] / "build" / "old"


class Pins(NamedTuple):
    """A Python and the packages that are installed for it.

    Attributes:
        python: the version.
        packages: the requirements.
        partial: whether it is older than the table: estimators and options that it lacks are no problem.
    """

    python: str
    packages: tuple[str, ...]
    partial: bool = False


ENVIRONMENTS = {
    "scikit-learn 0.22": Pins(
        "3.8",
        ("scikit-learn==0.22.2.post1", "numpy==1.18.5", "scipy==1.4.1", "pandas==1.0.5", "xgboost==1.4.2",
         "lightgbm==3.0.0", "setuptools<66"),
        partial=True,
    ),
    "scikit-learn 0.24, Python 3.7": Pins(
        "3.7",
        ("scikit-learn==0.24.2", "numpy==1.19.5", "scipy==1.7.3", "pandas==1.3.5", "xgboost==1.5.2", "lightgbm==3.3.5",
         "setuptools<66", "catboost==0.26.1", "imbalanced-learn==0.8.1", "category_encoders==2.3.0"),
    ),
    "scikit-learn 0.24": Pins(
        "3.8",
        ("scikit-learn==0.24.2", "numpy==1.17.5", "scipy==1.5.4", "pandas==1.1.5", "xgboost==1.5.2", "lightgbm==3.2.1",
         "setuptools<66", "catboost==1.0.6", "imbalanced-learn==0.8.1", "category_encoders==2.3.0"),
    ),
    "scikit-learn 1.0": Pins(
        "3.9",
        ("scikit-learn==1.0.2", "numpy==1.21.6", "scipy==1.7.3", "pandas==1.3.5", "xgboost==1.6.2", "lightgbm==3.3.2",
         "setuptools<66", "catboost==1.1.1", "imbalanced-learn==0.9.0", "category_encoders==2.4.1"),
    ),
    "scikit-learn 1.1": Pins("3.10", ("scikit-learn==1.1.3", "numpy==1.22.4", "scipy==1.9.3", "pandas==1.5.3")),
    "scikit-learn 1.2": Pins(
        "3.10",
        ("scikit-learn==1.2.2", "numpy==1.23.5", "scipy==1.10.1", "pandas==1.5.3", "xgboost==1.7.6",
         "lightgbm==3.3.5", "catboost==1.2", "imbalanced-learn==0.10.1", "category_encoders==2.6.0",
         "interpret-core==0.5.1"),
    ),
    "scikit-learn 1.3, Python 3.8": Pins(
        "3.8",
        ("scikit-learn==1.3.2", "numpy==1.24.4", "scipy==1.10.1", "pandas==2.0.3", "xgboost==2.1.4",
         "lightgbm==4.6.0"),
    ),
    "scikit-learn 1.3": Pins(
        "3.11",
        ("scikit-learn==1.3.2", "numpy==1.26.4", "scipy==1.11.4", "pandas==2.1.4", "xgboost==2.0.3",
         "lightgbm==4.1.0", "catboost==1.2.2", "imbalanced-learn==0.12.4", "category_encoders==2.6.4",
         "interpret-core==0.6.1"),
    ),
    "scikit-learn 1.4": Pins(
        "3.12",
        ("scikit-learn==1.4.2", "numpy==1.26.4", "scipy==1.13.1", "pandas==2.2.3", "xgboost==2.0.3",
         "lightgbm==4.3.0"),
    ),
    "scikit-learn 1.5": Pins(
        "3.11",
        ("scikit-learn==1.5.2", "numpy==2.0.2", "scipy==1.14.1", "pandas==2.2.3", "xgboost==2.1.4",
         "lightgbm==4.5.0", "imbalanced-learn==0.13.0", "category_encoders==2.7.0"),
    ),
    "scikit-learn 1.6": Pins(
        "3.12",
        ("scikit-learn==1.6.1", "numpy==2.2.6", "scipy==1.15.3", "pandas==2.2.3", "xgboost-cpu==3.0.0",
         "lightgbm==4.6.0", "catboost==1.2.8", "imbalanced-learn==0.13.0", "category_encoders==2.8.1",
         "interpret-core==0.7.2"),
    ),
    "scikit-learn 1.7": Pins(
        "3.13",
        ("scikit-learn==1.7.2", "numpy==2.3.5", "scipy==1.16.3", "pandas==2.3.3", "xgboost-cpu==3.1.0",
         "lightgbm==4.6.0"),
    ),
    "scikit-learn 1.8": Pins("3.13", ("scikit-learn==1.8.0", "numpy==2.3.5", "scipy==1.16.3", "pandas==2.3.3")),
    "scikit-learn 1.9": Pins(
        "3.13",
        ("scikit-learn==1.9.1", "numpy==2.5.5", "scipy", "pandas==3.1.1", "xgboost-cpu==3.4.1", "lightgbm==4.7.0",
         "catboost==1.2.10", "imbalanced-learn==0.14.2", "category_encoders==2.11.2", "statsmodels==0.15.0"),
    ),
}  # fmt: skip
"""Python and libraries, by the name of the test."""

SERIES = {
    "statsmodels 0.12, Python 3.7": Pins(
        "3.7", ("statsmodels==0.12.2", "numpy==1.19.5", "scipy==1.5.4", "pandas==1.1.5", "patsy==0.5.3"),
    ),
    "statsmodels 0.13": Pins(
        "3.8",
        ("statsmodels==0.13.5", "numpy==1.22.4", "scipy==1.8.1", "pandas==1.4.4", "patsy==0.5.3", "pmdarima==1.8.5",
         "scikit-learn==1.1.3", "setuptools<66"),
    ),
    "statsmodels 0.14": Pins(
        "3.11",
        ("statsmodels==0.14.1", "numpy==1.26.4", "scipy==1.11.4", "pandas==2.1.4", "pmdarima==2.0.4",
         "scikit-learn==1.3.2", "setuptools<81"),
    ),
    "statsmodels 0.14, numpy 2": Pins(
        "3.12",
        ("statsmodels==0.14.5", "numpy==2.2.6", "scipy==1.15.3", "pandas==2.3.3", "pmdarima==2.1.1",
         "scikit-learn==1.6.1", "setuptools<81"),
    ),
}  # fmt: skip
"""The same for time series, which take other libraries. The newest versions are those of the other tests."""

QUICK = ("scikit-learn 0.22", "scikit-learn 0.24", "scikit-learn 1.2")
"""The environments that every run compares."""


QUICK_SERIES = ("statsmodels 0.13",)
"""The same for time series."""


def chosen(environments: Mapping[str, Pins], quick: Sequence[str]) -> list[str]:
    """Return the environments to compare: all of them if THAW_ALL_VERSIONS is set."""
    return [*(environments if os.environ.get("THAW_ALL_VERSIONS") else quick)]


def interpreter(name: str) -> Path:
    """Return the interpreter of an environment, which is made on first use.

    Raises:
        RuntimeError: uv cannot install its Python or packages; quotes uv.
    """
    pins = {**ENVIRONMENTS, **SERIES}[name]
    folder = FOLDER / hashlib.sha256(repr(pins).encode()).hexdigest()[:16]
    python, complete = folder / "bin" / "python", folder / "complete"
    FOLDER.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not complete.exists():
            shutil.rmtree(folder, ignore_errors=True)
            _uv("venv", "--python", pins.python, str(folder))
            _uv("pip", "install", "--python", str(python), "--only-binary", ":all:", *pins.packages)
            complete.touch()
    return python


def _uv(*arguments: str) -> None:
    from uv import find_uv_bin

    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    path = os.pathsep.join([*(str(each) for each in sorted(pyenv.glob("*/bin"))), os.environ.get("PATH", "")])
    kept = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
    command = [find_uv_bin(), *arguments, "--quiet"]
    done = subprocess.run(command, env={**kept, "PATH": path}, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"uv {arguments[0]} fails: {' '.join(done.stderr.split())[-1500:]}")

"""Read which packages a model needs: from its requirements.txt, its conda.yaml, or the versions in its MLmodel."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from model.environment.conda import CONDA, PYTHON_ENV, read_conda
from model.environment.requirement_lines import distribution_name, installable, read_lines, without_conda_files
from model.errors import ModelError
from model.pickles import need_numpy_2

FILE = "requirements.txt"

NUMPY_2 = "pickles_of_numpy_2"
"""A key beside MLmodel's own, in a copy of it without the pickles: whether numpy 2 wrote them."""

_FLAVORS = {
    "catboost": ("catboost_version", "catboost"),
    "diviner": ("diviner_version", "diviner"),
    "fastai": ("fastai_version", "fastai"),
    "gluon": ("gluon_version", "mxnet"),
    "h2o": ("h2o_version", "h2o"),
    "keras": ("keras_version", "keras"),
    "lightgbm": ("lgb_version", "lightgbm"),
    "onnx": ("onnx_version", "onnx"),
    "paddle": ("paddle_version", "paddlepaddle"),
    "pmdarima": ("pmdarima_version", "pmdarima"),
    "prophet": ("prophet_version", "prophet"),
    "pytorch": ("pytorch_version", "torch"),
    "sentence_transformers": ("sentence_transformers_version", "sentence-transformers"),
    "sklearn": ("sklearn_version", "scikit-learn"),
    "spacy": ("spacy_version", "spacy"),
    "spark": ("pyspark_version", "pyspark"),
    "statsmodels": ("statsmodels_version", "statsmodels"),
    "tensorflow": ("tensorflow_version", "tensorflow"),
    "transformers": ("transformers_version", "transformers"),
    "xgboost": ("xgb_version", "xgboost"),
}
"""Where an MLmodel's flavor names the version of its library, and the distribution that has it."""

_SAME = {
    "keras": {"tensorflow", "tensorflow-cpu", "tensorflow-gpu", "tensorflow-intel", "tensorflow-macos", "tf-keras"},
    "paddlepaddle": {"paddlepaddle-gpu"},
    "pyspark": {"databricks-connect"},
    "tensorflow": {"tensorflow-cpu", "tensorflow-gpu", "tf-nightly"},
    "xgboost": {"xgboost-cpu"},
    "prophet": {"fbprophet"},
}
"""Distributions that have another's library, or bring it."""

_PLACES = ("--extra-index-url", "--find-links", "--index-url", "-f", "-i")

WINDOWS_ONLY = ("pywin32", "pypiwin32", "pywinpty", "win-inet-pton", "wincertstore", "pyreadline", "pyreadline3")
"""Distributions with files for Windows alone: `pip freeze` names them there, and no model uses them on Linux."""

ELSEWHERE = {"tensorflow-intel": "tensorflow", "tensorflow-macos": "tensorflow", "sklearn": "scikit-learn"}
"""Distributions that are for Windows or macOS alone, or empty, and the one that has their content on Linux."""

_BASE = frozenset({"mlflow", "mlflow-skinny", "numpy", "pandas", "scikit-learn", "scipy"})
"""Distributions that nearly every model needs."""

_MOSTLY = 0.9  # of the lines of a freeze


class Requirements(NamedTuple):
    """The packages of a model.

    Attributes:
        lines: requirements and pip's options, one a line.
        file: the file they are from, which may refer to others; None where they were gathered elsewhere.
        folder: the working directory of the installation, from which relative paths start.
        build: what MLflow installs first: setuptools and wheel, as python_env.yaml has them.
        created: the day on which the model was saved; None where that is unknown.
        note: what a person should know of where they are from; None for the ordinary case.
        lost: distributions of conda that `pip freeze` names by a file of the machine that built them, such as
            `numpy @ file:///croot/...`; `lines` has only their names.
        added: those of `lines` that `file` lacks.
        unsure: normalized names of conda's own packages, which the package index may lack, or have in other versions.
        essential: normalized names of distributions without which the model is not loaded.
        left_out: distributions not to install, whatever needs them.
        overrides: requirements that replace all others of their distributions.
        repairs: what a person should know of the lines that were changed or left out.
    """

    lines: list[str]
    file: Path | None
    folder: Path
    build: list[str]
    created: datetime | None
    note: str | None = None
    lost: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    unsure: frozenset[str] = frozenset()
    essential: frozenset[str] = frozenset()
    left_out: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    repairs: tuple[str, ...] = ()

    @property
    def names(self) -> set[str]:
        """Normalized names of the distributions that are named."""
        return {distribution_name(line) for line in self.lines if not line.startswith("-")} - {""}

    @property
    def places(self) -> list[str]:
        """The options that name indexes and directories with packages."""
        return [line for line in self.lines if line.startswith(_PLACES)]

    @property
    def about(self) -> dict[str, Any]:
        """What an environment with them is for, without the options, which can hold passwords."""
        return {"for": str(self.folder.resolve()), "requirements": sorted(self.names)}

    @property
    def frozen(self) -> bool:
        """Whether they read like `pip freeze`: nearly every line pins one version, and there are many."""
        named = [line for line in self.lines if not line.startswith("-")]
        pinned = sum("==" in line or " @ " in line for line in named)
        return len(named) > 20 and pinned >= _MOSTLY * len(named)  # noqa: PLR2004 - a freeze is long


def model_requirements(
    folder: Path, described: dict[str, Any], python: str, replaced_by: Path | None = None
) -> Requirements:
    """Return what a model needs, from the first of its files that says so.

    MLflow writes pip's packages alone into requirements.txt, so what conda.yaml names beside them is added, and the
    flavor's own library if neither does. A name without a version is taken in the version that MLmodel notes.

    Args:
        folder: the model's folder.
        described: its MLmodel, parsed.
        python: the version of Python it was saved on.
        replaced_by: a file of requirements to use instead of the model's own.

    Raises:
        ModelError: a file cannot be read, or none says anything.
    """
    libraries = map(distribution_name, _flavor_requirements(described))
    found = _named(folder, described, python, replaced_by)._replace(essential=_BASE | frozenset(libraries))
    numpy = [line for line in found.lines if distribution_name(line) == "numpy"]
    older = any(re.search(r"==\s*[01]\.|<\s*2(?!\d)", line) for line in numpy)
    if (
        replaced_by is None
        and (older or (found.created is None and all(map(_is_bare, numpy))))
        and (described.get(NUMPY_2) or need_numpy_2(folder))
    ):
        note = "its pickles are numpy 2's: numpy>=2 is installed, whatever its requirements say"
        return found._replace(overrides=("numpy>=2",), repairs=(*found.repairs, note))
    return found


def _named(folder: Path, described: dict[str, Any], python: str, replaced_by: Path | None) -> Requirements:
    created = _created(described)
    build = _build_dependencies(folder, python)
    version = described.get("mlflow_version")
    file = replaced_by or folder / FILE
    if replaced_by is None and not file.is_file():
        return _without_file(folder, described, build, created)
    lines, lost = without_conda_files(read_lines(file))
    installed, repairs = installable(file, lines)
    others, unsure = ([], frozenset[str]()) if replaced_by else _of_conda(folder)
    own = [] if replaced_by else _completion(lines, others, described)
    added = tuple(_with_mlflow([*lines, *own], version)[len(lines) :])
    place = replaced_by.resolve().parent if replaced_by else folder
    found = Requirements([*lines, *added], file, place, build, created, None, lost, added, unsure)
    if installed is None:
        return found
    return found._replace(lines=[*installed, *added], file=None, added=(), repairs=tuple(repairs))


def _without_file(folder: Path, described: dict[str, Any], build: list[str], created: datetime | None) -> Requirements:
    """Return what conda.yaml names, or else MLmodel."""
    lines, unsure = _of_conda(folder)
    lines += _completion(lines, [], described)
    if not lines:
        raise ModelError(f"{folder} has neither {FILE} nor {CONDA}: name its packages in a file for --requirements")
    note = f"the model has neither {FILE} nor {CONDA}: its packages are the versions that MLmodel names"
    if (folder / CONDA).is_file():
        note = f"the model has no {FILE}: its packages are {CONDA}'s"
    whole = _with_mlflow(lines, described.get("mlflow_version"))
    return Requirements(whole, None, folder, build, created, note, unsure=unsure)


def _of_conda(folder: Path) -> tuple[list[str], frozenset[str]]:
    """Return the requirements that conda.yaml names, and the names of conda's own packages."""
    if not (folder / CONDA).is_file():
        return [], frozenset()
    conda = read_conda(folder / CONDA)
    return [*conda.own, *conda.pip], frozenset(map(distribution_name, conda.own))


def _completion(lines: list[str], conda: list[str], described: dict[str, Any]) -> list[str]:
    """Return what conda.yaml and MLmodel add to requirements: what these lack, and versions where they name none."""
    named = {distribution_name(line) for line in lines}
    settled = {distribution_name(line) for line in lines if not _is_bare(line)}
    found = []
    for line in [*conda, *_equals([*lines, *conda]), *_noted([*lines, *conda], described)]:
        name = distribution_name(line)
        if name and name not in settled and not (name in named and _is_bare(line)):
            found.append(line)
            named.add(name)
            settled |= set() if _is_bare(line) else {name}
    return found


def _is_bare(line: str) -> bool:
    """Return whether a requirement is no more than a name."""
    return bool(re.fullmatch(r"[A-Za-z0-9][\w.-]*", line))


def _equals(lines: list[str]) -> list[str]:
    """Return what stands on Linux for distributions of other systems, in the same version."""
    found = []
    for line in lines:
        if other := ELSEWHERE.get(distribution_name(line)):
            version = re.search(r"==\s*[\w.]+", line) if other != "scikit-learn" else None
            found.append(f"{other}{version[0] if version else ''}")
    return found


def _noted(lines: list[str], described: dict[str, Any]) -> list[str]:
    """Return the versions that MLmodel notes, without those of libraries that another distribution brings."""
    named = {distribution_name(line) for line in lines}
    libraries = _flavor_requirements(described)
    mlflow = _with_mlflow([], described.get("mlflow_version")) if "mlflow" in named else []
    return [*(line for line in libraries if not named & _SAME.get(distribution_name(line), set())), *mlflow]


def _with_mlflow(lines: list[str], version: Any) -> list[str]:
    named = {distribution_name(line) for line in lines}
    if named & {"mlflow", "mlflow-skinny"} or any("mlflow" in line for line in lines):
        return lines
    release = re.match(r"[\d.]*\d", str(version or ""))
    return [*lines, f"mlflow=={release[0]}" if release else "mlflow"]


def _build_dependencies(folder: Path, python: str) -> list[str]:
    try:
        described = yaml.safe_load((folder / PYTHON_ENV).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        described = {}
    named = described.get("build_dependencies") if isinstance(described, dict) else None
    found = [str(line) for line in named or [] if distribution_name(str(line)) in ("setuptools", "wheel")]
    if not any(distribution_name(line) == "setuptools" for line in found):
        # Environments came with setuptools until Python 3.12, and libraries of that time import pkg_resources.
        numbers = tuple(map(int, re.findall(r"\d+", python)[:2]))
        found += ["setuptools<81"] if numbers and numbers < (3, 12) else []
    return found


def _flavor_requirements(described: dict[str, Any]) -> list[str]:
    flavors = described.get("flavors") or {}
    found = []
    for name, (key, distribution) in _FLAVORS.items():
        if isinstance(flavor := flavors.get(name), dict):
            version = flavor.get(key)
            found.append(f"{distribution}=={version}" if version else distribution)
    cloudpickle = next(
        (
            part["cloudpickle_version"]
            for part in flavors.values()
            if isinstance(part, dict) and part.get("cloudpickle_version")
        ),
        None,
    )
    if cloudpickle:
        found.append(f"cloudpickle=={cloudpickle}")
    return found


def _created(described: dict[str, Any]) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(described.get("utc_time_created")))
    except ValueError:
        return None
    return moment.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=UTC)

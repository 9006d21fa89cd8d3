"""Read which packages a model needs: from its requirements.txt, its conda.yaml, or the versions in its MLmodel."""

import re
import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from model.errors import ModelError

FILE = "requirements.txt"
_CONDA, _PYTHON_ENV = "conda.yaml", "python_env.yaml"

_FLAVORS = {
    "catboost": ("catboost_version", "catboost"),
    "keras": ("keras_version", "keras"),
    "lightgbm": ("lgb_version", "lightgbm"),
    "onnx": ("onnx_version", "onnx"),
    "pmdarima": ("pmdarima_version", "pmdarima"),
    "prophet": ("prophet_version", "prophet"),
    "pytorch": ("pytorch_version", "torch"),
    "sklearn": ("sklearn_version", "scikit-learn"),
    "spacy": ("spacy_version", "spacy"),
    "statsmodels": ("statsmodels_version", "statsmodels"),
    "tensorflow": ("tensorflow_version", "tensorflow"),
    "xgboost": ("xgb_version", "xgboost"),
}
"""Where an MLmodel's flavor names the version of its library, and the distribution that has it."""

_CONDA_NAMES = {
    "pytorch": "torch",
    "py-xgboost": "xgboost",
    "matplotlib-base": "matplotlib",
    "tensorflow-cpu": "tensorflow",
}
"""Distributions on PyPI whose conda packages have other names."""

_NOT_PYTHON = {"python", "pip", "openjdk", "cudatoolkit", "gcc", "gxx", "libgomp", "libgcc", "mkl", "openssl", "git"}
"""Packages of conda that have no distribution on PyPI."""

_CONDA_BUILDS = r"/(?:croot|tmp/build|tmp/abs_\w+|feedstock_root|conda-bld|bld|ci)/"
"""Folders in which conda's packages are built."""

_PLACES = ("--extra-index-url", "--find-links", "--index-url", "-f", "-i")

WINDOWS_ONLY = ("pywin32", "pypiwin32", "pywinpty", "win-inet-pton", "wincertstore", "pyreadline", "pyreadline3")
"""Distributions with files for Windows alone: `pip freeze` names them there, and no model uses them on Linux."""


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
    """

    lines: list[str]
    file: Path | None
    folder: Path
    build: list[str]
    created: datetime | None
    note: str | None = None
    lost: tuple[str, ...] = ()

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
        """Whether they read like `pip freeze`: every line pins one version, and there are many."""
        named = [line for line in self.lines if not line.startswith("-")]
        return len(named) > 20 and all("==" in line or " @ " in line for line in named)  # noqa: PLR2004 - a freeze is long


def model_requirements(
    folder: Path, described: dict[str, Any], python: str, replaced_by: Path | None = None
) -> Requirements:
    """Return what a model needs, from the first of its files that says so.

    Args:
        folder: the model's folder.
        described: its MLmodel, parsed.
        python: the version of Python it was saved on.
        replaced_by: a file of requirements to use instead of the model's own.

    Raises:
        ModelError: a file cannot be read, or none says anything.
    """
    created = _created(described)
    build = _build_dependencies(folder, python)
    version = described.get("mlflow_version")
    file = replaced_by or folder / FILE
    if replaced_by is not None or file.is_file():
        lines, lost = without_conda_files(read_lines(file))
        place = replaced_by.resolve().parent if replaced_by else folder
        return Requirements(_with_mlflow(lines, version), file, place, build, created, None, lost)
    if (folder / _CONDA).is_file():
        lines = conda_requirements(folder / _CONDA)
        note = f"the model has no {FILE}: its packages are {_CONDA}'s"
        return Requirements(_with_mlflow(lines, version), None, folder, build, created, note)
    lines = _flavor_requirements(described)
    if not lines:
        raise ModelError(f"{folder} has neither {FILE} nor {_CONDA}: name its packages in a file for --requirements")
    note = f"the model has neither {FILE} nor {_CONDA}: its packages are the versions that MLmodel names"
    return Requirements(_with_mlflow(lines, version), None, folder, build, created, note)


def read_lines(path: Path) -> list[str]:
    """Return the lines of a requirements file, and of those it includes, without comments, hashes and continuations.

    Raises:
        ModelError: it cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    lines: list[str] = []
    for line in re.sub(r"\\\r?\n", " ", text).splitlines():
        bare = re.sub(r"(^|\s)#.*$", "", line).strip()
        bare = re.sub(r"\s--hash=\S+", "", bare).strip()
        if included := included_file(bare, path, ("-r", "--requirement")):
            lines += read_lines(included)
        elif bare:
            lines.append(bare)
    return lines


def without_conda_files(lines: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """Return requirements without the files of conda's build machines, and the names of those distributions.

    Only these: a private package that is in no index could be a stranger's in a public one.
    """
    matches = [re.match(rf"(\S+) @ file:\S*{_CONDA_BUILDS}", line) for line in lines]
    kept = [match[1] if match else line for line, match in zip(lines, matches, strict=True)]
    return kept, tuple(distribution_name(match[1]) for match in matches if match)


def included_file(
    line: str, path: Path, options: tuple[str, ...] = ("-r", "--requirement", "-c", "--constraint")
) -> Path | None:
    """Return the file that a line of the requirements file `path` includes by one of these options, if it does."""
    match = re.fullmatch(rf"(?:{'|'.join(options)})(?:\s+|=)(\S.*)", line)
    return path.parent / shlex.split(match[1])[0] if match else None


def referred_files(path: Path) -> list[Path]:
    """Return every file that decides what a requirements file installs: itself, what it includes, local wheels."""
    found = [path]
    for line in re.sub(r"\\\r?\n", " ", path.read_text(encoding="utf-8-sig", errors="replace")).splitlines():
        if (included := included_file(line.strip(), path)) and included.is_file():
            found += referred_files(included)
        else:
            name = re.sub(r"\s--hash=\S+", "", line).split(";")[0].split(" @ ")[-1]
            local = path.parent / name.removeprefix("file:").strip()
            if line.strip() and not line.startswith(("#", "-")) and local.is_file():
                found.append(local)
    return found


def distribution_name(line: str) -> str:
    """Return the normalized name of a requirement's distribution (PyPA, "Names and normalization"); "" for a path."""
    match = re.match(r"([A-Za-z0-9][\w.-]*)\s*(?:\[|[=<>!~;@ ]|$)", line.strip())
    return re.sub(r"[-_.]+", "-", match[1]).lower() if match else ""


def conda_requirements(path: Path) -> list[str]:
    """Return the requirements of a conda environment: its pip list, and conda's own packages by their names on PyPI."""
    try:
        dependencies = (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("dependencies") or []
    except (OSError, UnicodeDecodeError, yaml.YAMLError, AttributeError) as error:
        raise ModelError(f"{path} is damaged: {' '.join(str(error).split())}") from None
    lines: list[str] = []
    for entry in dependencies:
        if isinstance(entry, dict):
            lines += [str(line) for line in entry.get("pip") or []]
        elif line := _from_conda(str(entry)):
            lines.append(line)
    return lines


def conda_python(path: Path) -> str:
    """Return the version of Python that a conda.yaml or python_env.yaml names, "" where it names none."""
    try:
        described = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return ""
    if not isinstance(described, dict):
        return ""
    for entry in described.get("dependencies") or []:
        if isinstance(entry, str) and (match := re.match(r"python\s*=+\s*([\d.]+)", entry)):
            return match[1]
    return str(described.get("python") or "")


def saved_python(folder: Path, pyfunc: dict[str, Any]) -> str:
    """Return the version of Python that a model was saved on, "" where nothing says so."""
    if version := str(pyfunc.get("python_version") or ""):
        return version
    return conda_python(folder / _PYTHON_ENV) or conda_python(folder / _CONDA)


def _from_conda(entry: str) -> str | None:
    match = re.fullmatch(r"(?:[\w./-]+::)?([A-Za-z0-9][\w.-]*)\s*((?:[<>=!~]=?|==)\s*[^\s=]+)?(?:=\S*)?", entry.strip())
    if not match or match[1].lower() in _NOT_PYTHON or match[1].startswith("_"):
        return None
    name, version = _CONDA_NAMES.get(match[1].lower(), match[1]), (match[2] or "").replace(" ", "")
    return name + (f"={version}" if re.match(r"=[^=]", version) else version)


def _with_mlflow(lines: list[str], version: str | None) -> list[str]:
    named = {distribution_name(line) for line in lines}
    if named & {"mlflow", "mlflow-skinny"} or any("mlflow" in line for line in lines):
        return lines
    release = re.match(r"[\d.]*\d", version or "")
    return [*lines, f"mlflow=={release[0]}" if release else "mlflow"]


def _build_dependencies(folder: Path, python: str) -> list[str]:
    try:
        described = yaml.safe_load((folder / _PYTHON_ENV).read_text(encoding="utf-8"))
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

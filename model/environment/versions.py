"""Choose the versions to install: those of a model's own day, or newer ones for a newer Python."""

import json
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from model.environment.cache import Step
from model.environment.pythons import minor
from model.environment.requirement_lines import distribution_name
from model.environment.requirements import ELSEWHERE, WINDOWS_ONLY, Requirements
from model.environment.uv import run_uv
from model.process import ROOT

COMPILED = (
    *("catboost", "grpcio", "h5py", "lightgbm", "llvmlite", "matplotlib", "numba", "numpy", "onnx", "onnxruntime"),
    *("pandas", "pmdarima", "pyarrow", "pydantic-core", "scikit-image", "scikit-learn", "scipy", "shap", "spacy"),
    *("statsmodels", "tensorflow", "tensorflow-cpu", "thinc", "tokenizers", "torch", "xgboost", "xgboost-cpu"),
)
"""Distributions that are installed from wheels alone: building one takes a compiler, and often half an hour."""

BOUNDS = (
    ("protobuf", "4", datetime(2022, 5, 26, tzinfo=UTC)),
    ("sqlalchemy", "2", datetime(2023, 1, 26, tzinfo=UTC)),
    ("pandas", "2", datetime(2023, 4, 3, tzinfo=UTC)),
    ("pydantic", "2", datetime(2023, 6, 30, tzinfo=UTC)),
    ("flask", "3", datetime(2023, 9, 30, tzinfo=UTC)),
    ("werkzeug", "3", datetime(2023, 9, 30, tzinfo=UTC)),
    ("numpy", "2", datetime(2024, 6, 16, tzinfo=UTC)),
    ("setuptools", "81", datetime(2026, 1, 1, tzinfo=UTC)),
)
"""Releases that broke what was made before them: distribution, version, and the day it came out."""

_RELEASED: dict[tuple[int, ...], datetime] = {
    (3, 8): datetime(2019, 10, 14, tzinfo=UTC),
    (3, 9): datetime(2020, 10, 5, tzinfo=UTC),
    (3, 10): datetime(2021, 10, 4, tzinfo=UTC),
    (3, 11): datetime(2022, 10, 24, tzinfo=UTC),
    (3, 12): datetime(2023, 10, 2, tzinfo=UTC),
    (3, 13): datetime(2024, 10, 7, tzinfo=UTC),
    (3, 14): datetime(2025, 10, 7, tzinfo=UTC),
}
"""The days on which versions of Python came out (PEP 569 and its successors)."""

_SINCE_2023 = {"onnxscript"}
"""Exporters' packages that older libraries do without."""

_PIN = re.compile(r"[A-Za-z0-9][\w.-]*\s*==\s*[\w.+!]+(\.\*)?")

_MLFLOW = ("mlflow", "mlflow-skinny")
_SINCE_MLFLOW = "mlflow-skinny>=3.1"
"""MLflow for models that are served under newer versions: it loads what every older one saved."""


def attempts(requirements: Requirements, python: str = "") -> list[Step]:
    """Return the ways to install a model's requirements, each with the versions of its own day, best first.

    Args:
        requirements: what to install.
        python: the version of Python, which tells that a model without a date is not older.
    """
    excluded = excluded_names(requirements)
    files = {"excludes": "".join(f"{name}\n" for name in excluded)} if excluded else {}
    if overrides := [*requirements.lost, *requirements.overrides]:
        files["overrides"] = "".join(f"{line}\n" for line in overrides)
    wanted = _wanted(requirements, files)
    wheels = [f"--only-binary={name}" for name in COMPILED]
    common = [*wheels, *wanted]
    ways = [Step([*dated, *common], files)] if (dated := as_of(requirements)) else []
    chosen = {distribution_name(line) for line in (*requirements.lines, *requirements.overrides) if "=" in line}
    known = known_bounds(requirements.created or _RELEASED.get(minor(python)))
    bounds = [bound for bound in known if distribution_name(bound) not in chosen]
    if bounds:
        note = f"resolved with today's versions and {', '.join(bounds)}" if requirements.created else None
        ways.append(Step(common, files | {"constraints": "".join(f"{line}\n" for line in bounds)}, note))
    ways.append(Step(common, files, "resolved with today's versions" if ways else None))
    if requirements.frozen:
        note = "its pins contradict each other: installed as they are, without dependencies"
        ways.append(Step(["--no-deps", *common], files, note))
    elif pins := [line for line in requirements.lines if _PIN.fullmatch(line)]:
        note = "its pins contradict each other: installed as they are, whatever its packages say of each other"
        replaced = {distribution_name(line) for line in overrides}
        kept = [line for line in pins if distribution_name(line) not in replaced]
        pinned = {"overrides": "".join(f"{line}\n" for line in [*kept, *overrides])}
        ways.append(Step([*as_of(requirements), *common], files | pinned, note))
    return ways


def build_step(requirements: Requirements) -> list[list[Step]]:
    """Return the step that installs python_env.yaml's build dependencies, as MLflow does before all else."""
    dated = [Step([*as_of(requirements), *requirements.build])] if requirements.created else []
    return (
        [[*dated, Step([*requirements.build, "setuptools<81"]), Step(["setuptools<81"])]] if requirements.build else []
    )


def additions(requirements: Requirements, packages: Sequence[str]) -> list[Step]:
    """Return the ways to install packages beside a model's own, best first: those of its day fit its libraries."""
    wheels = [f"--only-binary={name}" for name in COMPILED]
    older = [name for name in packages if name not in _SINCE_2023]
    lists = [packages, older] if 0 < len(older) < len(packages) else [packages]
    dated = [Step([*as_of(requirements), *wheels, *names]) for names in lists] if requirements.created else []
    return [*dated, Step([*wheels, *packages])]


def as_of(requirements: Requirements) -> list[str]:
    """Return the option that leaves out what was released after a model was saved."""
    if requirements.created is None:
        return []
    return [f"--exclude-newer={requirements.created + timedelta(days=2):%Y-%m-%dT00:00:00Z}"]


def handler_step() -> list[Step]:
    """Return the step that installs what the handler itself needs."""
    return [Step([f"--requirements={ROOT / 'requirements' / 'run.txt'}"])]


def known_bounds(created: datetime | None) -> list[str]:
    """Return upper bounds, such as `numpy<2`, on what changed after a model was saved; all where that is unknown."""
    return [f"{name}<{version}" for name, version, released in BOUNDS if created is None or created < released]


def excluded_names(requirements: Requirements) -> list[str]:
    """Return distributions not to install though a requirement names them.

    Those that were left out; those of other systems; xgboost beside xgboost-cpu, which has the same files; and the
    library through which xgboost reaches several graphics cards.
    """
    names = requirements.names
    found = [*requirements.left_out, *(name for name in (*WINDOWS_ONLY, *ELSEWHERE) if name in names)]
    found += ["xgboost"] if {"xgboost", "xgboost-cpu"} <= names else []
    return found + (["nvidia-nccl-cu12"] if "xgboost" in names and "torch" not in names else [])


def installed_versions(python: Path) -> dict[str, str]:
    """Return the versions of what is installed in an environment, by normalized name."""
    done = run_uv(["pip", "list", "--format=json", "--python", str(python)])
    return {distribution_name(entry["name"]): entry["version"] for entry in json.loads(done.stdout or "[]")}


def newer(
    requirements: Requirements, installed: dict[str, str], imported: Iterable[str]
) -> list[tuple[str, list[Step]]]:
    """Return ways to load a model under a newer Python, nearest to its own versions first, each with a label.

    Args:
        requirements: what the model needs.
        installed: the versions in its own environment.
        imported: normalized names of the distributions that loading and answering imported there.
    """
    imported = set(imported)
    named = [line for line in requirements.lines if not line.startswith("-")]
    wanted = {distribution_name(line): line for line in named if distribution_name(line) not in _MLFLOW}
    kept = {name: line for name, line in wanted.items() if name in imported or " @ " in line or not name}
    kept |= {name: name for name in ("numpy", "pandas") if name in installed and name not in kept}
    common = [f"--only-binary={name}" for name in COMPILED]
    exact = [_bounded(name, line, installed, "==") for name, line in kept.items()]
    nearest = [_bounded(name, line, installed, ">=") for name, line in kept.items()]
    newest = [line if _is_place(name, line) else name + _extras(line) for name, line in kept.items()]

    def step(lines: list[str], *more: str) -> list[Step]:
        return [
            Step(
                [*more, *common],
                {"requirements": "".join(f"{line}\n" for line in [*requirements.places, _SINCE_MLFLOW, *lines])},
            )
        ]

    return [
        ("its own versions", step(exact)),
        ("the nearest newer versions", step(nearest, "--resolution=lowest-direct")),
        ("the newest versions", step(newest)),
    ]


def _wanted(requirements: Requirements, files: dict[str, str]) -> list[str]:
    """Return the options that name what to install: the model's own file, and lines that it lacks."""
    if requirements.file is None:
        files["requirements"] = "".join(f"{line}\n" for line in requirements.lines)
        return []
    return [f"--requirements={requirements.file.resolve()}", *requirements.added]


def _bounded(name: str, line: str, installed: dict[str, str], sign: str) -> str:
    pinned = re.search(r"==\s*([\w.]+)", line)
    version = installed.get(name) or (pinned[1] if pinned else None)
    if _is_place(name, line) or version is None:
        return line
    return f"{name}{_extras(line)}{sign}{version.partition('+')[0]}"


def _is_place(name: str, line: str) -> bool:
    return not name or " @ " in line


def _extras(line: str) -> str:
    start, end = line.find("["), line.find("]")
    return line[start : end + 1] if 0 < start < end and "=" not in line[:start] else ""

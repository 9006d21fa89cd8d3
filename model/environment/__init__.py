"""Environments that uv makes for models: one for each model's own packages, never the project's `.venv`."""

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path

from model.environment import advice, sizes
from model.environment.cache import Environment, Step, make
from model.environment.pythons import Interpreter, handler_interpreter, minor, model_interpreter
from model.environment.repairs import MOST, lacks_a_wheel, older_pythons, repaired
from model.environment.requirement_lines import distribution_name, read_lines, referred_files
from model.environment.requirements import WINDOWS_ONLY, Requirements
from model.environment.versions import additions, attempts, build_step
from model.errors import NotInstalled
from model.process import ROOT

__all__ = [
    "Environment",
    "Interpreter",
    "bundle_environment",
    "bundle_interpreter",
    "handler_interpreter",
    "installed_environment",
    "model_environment",
    "model_interpreter",
    "nearby_environment",
    "runtime_environment",
]

HANDLER = ROOT / "requirements" / "run.txt"
"""The handler's own requirements."""

NETWORK = ROOT / "requirements" / "network.txt"
"""What serves a network that was exported to ONNX."""

TEXTS = ROOT / "requirements" / "texts.txt"
"""What splits texts for one, in requirements without their dependencies."""

QUANTIZE = ROOT / "requirements" / "quantize.txt"
"""What quantises such a network."""


def model_environment(
    requirements: Requirements,
    interpreter: Interpreter,
    *,
    extra: Sequence[Path] = (),
    more: Sequence[str] = (),
    saved: str = "",
    tell: Callable[[str], None] = lambda _: None,
) -> Environment:
    """Install a model's own packages, as of the day it was saved where they are not pinned.

    Args:
        requirements: what the model needs.
        interpreter: the Python to install them for.
        extra: more requirements files, installed after the model's own packages.
        more: more requirements, installed after those; as of the same day where that is possible.
        saved: the Python that the model was saved on, for the message where they do not install.
        tell: called with a sentence before packages of an unusual size are installed.

    Raises:
        Unreachable: the package index does not respond.
        ModelError: the requirements do not install under this Python; says which, why, and what to do.
    """
    for _ in range(MOST):
        try:
            return _environment(requirements, interpreter, extra, more, saved, tell)
        except NotInstalled as error:
            changed = repaired(error.said, requirements, interpreter.version)
            if changed is None:
                raise
            requirements = changed
    return _environment(requirements, interpreter, extra, more, saved, tell)


def _environment(
    requirements: Requirements,
    interpreter: Interpreter,
    extra: Sequence[Path],
    more: Sequence[str],
    saved: str,
    tell: Callable[[str], None],
) -> Environment:
    added = [path for path in extra if not _only_names(path) <= requirements.names]
    files = referred_files(requirements.file) if requirements.file else []
    notes = [requirements.note] if requirements.note else []
    if unwanted := sorted(requirements.names & set(WINDOWS_ONLY)):
        notes.append(f"{', '.join(unwanted)}: for Windows only, not installed")
    notes += requirements.repairs
    if lost := requirements.lost:
        shown = f"{', '.join(lost[:3])}{f' and {len(lost) - 3} more' if len(lost) > 3 else ''}"  # noqa: PLR2004
        notes.append(f"{shown}: from conda, without a version: the package index's newest of that day")
    ways = attempts(requirements, interpreter.version)

    def announce() -> None:
        if large := sizes.warning(ways[0], interpreter.path, requirements.folder):
            tell(f"note: {large}")

    steps = [*build_step(requirements), ways, *(_files_step([path]) for path in added)]
    steps += [additions(requirements, more)] if more else []
    return make(
        interpreter.path,
        steps,
        key=[*requirements.lines, *requirements.build, str(requirements.created)],
        files=[*files, *added],
        folder=requirements.folder,
        notes=notes,
        about=requirements.about,
        explain=lambda said: advice.installation(said, requirements, interpreter.version, saved),
        announce=announce,
    )


def nearby_environment(
    requirements: Requirements,
    interpreter: Interpreter,
    *,
    saved: str = "",
    tell: Callable[[str], None] = lambda _: None,
) -> tuple[Interpreter, Environment]:
    """Install a model's own packages for its Python, or for the next older one that they have wheels for.

    Conda has packages for versions of Python that PyPI has none for. Only a model whose pickles hold no code objects
    can be asked under another version.

    Raises:
        Unreachable: the package index does not respond.
        ModelError: as `model_environment` does, for the model's own Python.
    """
    try:
        return interpreter, model_environment(requirements, interpreter, saved=saved, tell=tell)
    except NotInstalled as error:
        if not lacks_a_wheel(error.said):
            raise
        for version in older_pythons(interpreter.version):
            found = model_interpreter(version, "")
            if ".".join(map(str, found.minor)) != version:
                continue
            with contextlib.suppress(NotInstalled):
                return found, model_environment(requirements, found, saved=saved, tell=tell)
        raise


def bundle_environment(bundle: Path, interpreter: Interpreter, *, extra: Path | None = None) -> Path:
    """Return the interpreter of an environment with a bundle's requirements, and with those of the file `extra`.

    Raises:
        ModelError: they do not install.
    """
    # In this order: where both pin a distribution, the bundle's version is the one that was proved.
    files = [*([extra] if extra else []), bundle / "requirements.txt"]
    return installed_environment(files, interpreter.path, dependencies=False)


def runtime_environment(bundle: Path, *, extra: Path | None = None) -> Path:
    """Return the interpreter of a bundle's environment, under the version that it was built with.

    Raises:
        ModelError: there is no such Python, or the requirements do not install.
    """
    from handler.bundle import read_manifest

    return bundle_environment(bundle, bundle_interpreter(read_manifest(bundle).built_with["python"]), extra=extra)


def installed_environment(files: Sequence[Path], python: Path, *, dependencies: bool = True) -> Path:
    """Return the interpreter of an environment with what requirements files name, with or without dependencies.

    Raises:
        ModelError: a requirement does not install.
    """
    steps = [_files_step(files)] if dependencies else [_files_step([path], "--no-deps") for path in files]
    made = make(
        python,
        steps,
        key=[str(dependencies)],
        files=[found for path in files for found in referred_files(path)],
        folder=files[-1].resolve().parent,
        about={
            "for": str(files[-1].resolve()),
            "requirements": sorted({name for path in files for name in _only_names(path)} - {""}),
        },
        explain=lambda said: f"the requirements in {files[-1]} do not install: {said}",
    )
    return made.python


def _files_step(files: Sequence[Path], *options: str) -> list[Step]:
    return [Step([*options, *(f"--requirements={path.resolve()}" for path in files)])]


def _only_names(path: Path) -> set[str]:
    return {distribution_name(line) for line in read_lines(path)}


def bundle_interpreter(version: str) -> Interpreter:
    """Return the interpreter of the version that a bundle was built with.

    Raises:
        ModelError: there is none here, and uv cannot download it.
    """
    return model_interpreter(".".join(map(str, minor(version))), "")

"""Run `sam build` and `sam deploy` without prompts; each deployment is a new version."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from cloud.account import CloudError
from cloud.stacks import described, outputs
from model import mlmodel
from model.mlmodel import note_source, noted_name
from model.process import ROOT

SAM = ROOT / ".venv-sam" / "bin" / "sam"
ARTIFACT = ROOT / "model" / "artifact"

_PROJECT = ("Dockerfile", ".dockerignore", "template.yaml", "samconfig.toml", "handler", "model", "requirements")


def deploy(stack: str, parameters: Sequence[str], model: Path = ARTIFACT) -> dict[str, str]:
    """Build and deploy; return the stack's outputs by name.

    Args:
        stack: name of the stack.
        parameters: parameters of template.yaml, as NAME=VALUE.
        model: directory of the MLflow model.

    Raises:
        CloudError: the model does not exist, or SAM failed and has printed why.
    """
    release = f"ReleaseId={datetime.now(UTC):%Y%m%d%H%M%S}"  # makes a new version even if only parameters change
    with project_with(model) as folder:
        _sam(folder, "build", *(["--parameter-overrides", *parameters] if parameters else []))
        options = ["--stack-name", stack, "--no-confirm-changeset", "--parameter-overrides", release]
        _sam(folder, "deploy", *options, *parameters)
    return outputs(described(stack))


@contextmanager
def project_with(model: Path) -> Iterator[Path]:
    """Yield this project's directory, or a copy in which `model` takes the place of model/artifact.

    SAM cannot pass a build context to Docker, so the image's model must be in the project.

    Raises:
        CloudError: `model` is not an MLflow model.
    """
    if not (model / "MLmodel").is_file():
        raise CloudError(f"{model} is not an MLflow model: it has no MLmodel file")
    if model.resolve() == ARTIFACT:
        yield ROOT
        return
    with tempfile.TemporaryDirectory(prefix="thaw-deploy-") as folder:
        ignored = shutil.ignore_patterns("__pycache__", "*.so", "artifact")
        for name in _PROJECT:
            source, target = ROOT / name, Path(folder) / name
            if source.is_dir():
                shutil.copytree(source, target, ignore=ignored)
            else:
                shutil.copy(source, target)
        copy = Path(shutil.copytree(model, Path(folder) / "model" / "artifact"))
        if not noted_name(copy):  # else the copy's name would be that of its directory
            note_source(copy, str(model), mlmodel.read(model).info.name)
        yield Path(folder)


def _sam(folder: Path, *words: str) -> None:
    if subprocess.run([str(SAM), *words], cwd=folder, check=False).returncode:
        raise CloudError(f"sam {words[0]} failed: see its last lines above")

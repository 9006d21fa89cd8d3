"""Bundles as `build` stages them, without the proof, which takes longer than all the rest.

The files are the same, so are the figures. Whether the answers are MLflow's is seen when they are compared.
"""

import shutil
from pathlib import Path
from typing import Any

import msgspec

from handler.bundle import Example, File, Manifest, sha256
from model import candidates, environment
from model.child import ChildError
from model.mlmodel import MLModel
from model.question import Question, ask_bundle


def stage(model: MLModel, backend: str, python: Path, row: dict[str, Any], folder: Path) -> Manifest:
    """Write the bundle of the first of a backend's candidates that answers a row.

    Args:
        model: what is served.
        backend: a name in `BACKENDS`.
        python: the interpreter of the model's environment.
        row: of the input example.
        folder: the bundle; what is there goes.

    Raises:
        ChildError: none can be loaded, or none answers.
    """
    reason = f"{model.flavor} models have no {backend} backend"
    for candidate in candidates.listed(model, backend):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            staged = candidates.stage(model, candidate, python, folder)
            asked = ask_bundle(folder, python, Question([row], {}, False, {}), staged.roots)
        except ChildError as error:
            reason = str(error)
            continue
        if reason := asked["errors"][0]:
            continue
        needs = asked["required"] if staged.roots else asked["imported"]
        (folder / "requirements.txt").write_text("".join(f"{line}\n" for line in needs))
        manifest = msgspec.structs.replace(
            staged.manifest,
            example=Example([row], {}, asked["batch"]),
            built_with={"python": environment.version(python)},
            files={
                str(path.relative_to(folder)): File(path.stat().st_size, sha256(path))
                for path in sorted(folder.rglob("*"))
                if path.is_file() and path.name != "manifest.json"
            },
        )
        candidates.write_manifest(folder, manifest)
        return manifest
    raise ChildError(reason)

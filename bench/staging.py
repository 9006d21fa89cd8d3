"""Stage bundles as `build` does, without the proof, which takes most of the time.

The files are the same, and so are the figures. The benchmark compares the predictions with MLflow's.
"""

import shutil
from pathlib import Path
from typing import Any

import msgspec

from handler.bundle import Example, File, Manifest
from handler.files import sha256
from model.build import candidates
from model.build.question import Question, ask_bundle
from model.environment.pythons import python_version
from model.mlmodel import MLModel
from model.process import ChildError


def stage(model: MLModel, backend: str, python: Path, row: dict[str, Any], folder: Path) -> Manifest:
    """Write the bundle of a backend's first candidate that predicts a row.

    Args:
        model: the model to serve.
        backend: a name in `BACKENDS`.
        python: the interpreter of the model's environment.
        row: a row of the input example.
        folder: directory of the bundle; it is replaced.

    Raises:
        ChildError: no candidate can be loaded, or none predicts.
    """
    reason = f"{model.flavor} models have no {backend} backend"
    for candidate in candidates.listed(model, backend):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            exported = None if backend == "pyfunc" else candidates.export(model, candidate, python, folder)
            staged = candidates.stage(model, candidate, exported, folder)
            result = ask_bundle(folder, python, Question([row], {}, False, {}), staged.roots)
        except ChildError as error:
            reason = str(error)
            continue
        if raised := result["errors"][0]:
            reason = raised
            continue
        packages = result["required"] if staged.roots else result["imported"]
        (folder / "requirements.txt").write_text("".join(f"{line}\n" for line in packages))
        manifest = msgspec.structs.replace(
            staged.manifest,
            example=Example([row], {}, result["batch"]),
            built_with={"python": python_version(python)},
            files={
                str(path.relative_to(folder)): File(path.stat().st_size, sha256(path))
                for path in sorted(folder.rglob("*"))
                if path.is_file() and path.name != "manifest.json"
            },
        )
        candidates.write_manifest(folder, manifest)
        return manifest
    raise ChildError(reason)

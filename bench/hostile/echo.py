"""Make a bundle of a model that accepts every row that fits a signature, and returns it as text."""

import json
import warnings
from pathlib import Path
from typing import Any

from model import mlmodel, openapi
from model.build import candidates
from model.build.bundle import with_hashes

_PROGRAM = """
from mlflow.models import set_model
from mlflow.pyfunc import PythonModel


class Echo(PythonModel):
    def predict(self, context, model_input, params=None):
        return [repr(row) for row in model_input.to_dict("records")]


set_model(Echo())
"""


def make(folder: Path, inputs: list[dict[str, Any]]) -> Path:
    """Write an unproved bundle for this Python.

    Args:
        folder: an empty folder to write to.
        inputs: the signature's inputs, as in MLmodel.
    """
    import mlflow.pyfunc
    from mlflow.models import ModelSignature

    (folder / "program.py").write_text(_PROGRAM)
    with warnings.catch_warnings(action="ignore"):
        mlflow.pyfunc.save_model(
            folder / "saved",
            python_model=str(folder / "program.py"),
            signature=ModelSignature.from_dict({"inputs": json.dumps(inputs)}),
            pip_requirements=["mlflow"],
        )
    bundle = folder / "bundle"
    bundle.mkdir()
    staged = candidates.stage(mlmodel.read(folder / "saved"), candidates.Candidate("pyfunc", {}), None, bundle)
    openapi.write(staged.folder, staged.manifest, {}, {})
    candidates.write_manifest(staged.folder, with_hashes(staged.folder, staged.manifest))
    return staged.folder

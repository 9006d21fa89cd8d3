"""List the backends that could serve a model, fastest first, and write the files of each."""

import shutil
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from handler.bundle import FORMAT, Manifest
from handler.schema import elements
from model import process
from model.build.networks import TOLERANCE, Rules, rules
from model.build.rows import Hints
from model.child.contract import ExportRequest, ExportResult
from model.mlmodel import MLModel

BACKENDS = ("compiled", "native", "custom", "pyfunc")
"""Fastest first."""

NOT_THE_MODEL = ("__pycache__", ".git", ".ipynb_checkpoints", ".DS_Store", ".idea", ".vscode", "*.swp", "*~", ".venv")
"""Files around an MLmodel that are not part of the model."""

FORMS = {
    "keras": ("keras",),
    "lightgbm": ("lightgbm", "pickle"),
    "onnx": ("onnx",),
    "pytorch": ("pytorch",),
    "sentence_transformers": ("sentence_transformers",),
    "sklearn": ("pickle",),
    "tensorflow": ("tensorflow",),
    "transformers": ("transformers",),
    "xgboost": ("xgboost", "pickle"),
}
"""The file formats from which a flavor's library loads its models, fastest first."""

EXPORTS = {
    "keras": ("onnx", "onnxscript", "tf2onnx"),
    "pytorch": ("onnx", "onnxscript"),
    "sentence_transformers": ("onnx", "onnxscript"),
    "tensorflow": ("onnx", "tf2onnx"),
    "transformers": ("onnx", "onnxscript"),
}
"""The forms for which a network is exported to ONNX, which onnxruntime serves, and the packages that this takes."""

FLAVORS = {
    "compiled": ("catboost", "lightgbm", "pmdarima", "pyfunc", "sklearn", "statsmodels", "xgboost"),
    "native": tuple(FORMS),
    "custom": ("pyfunc",),
}
"""The flavors that each backend serves; `pyfunc` serves all."""

IGNORES_PARAMS = ("catboost", "lightgbm", "pmdarima", "sklearn", "statsmodels")
"""The flavors that do not pass a signature's params on to the model; the proof asks with other values too."""

WITH_PARAMS = {"sentence_transformers", "transformers"}
"""The forms of models whose params the backend knows."""

AS_SAVED = {"custom", "pyfunc"}
"""The backends that load MLflow's folder as it is: they take whatever params, modules and answers a model has."""


class Candidate(NamedTuple):
    """A backend with one choice of its options."""

    backend: str
    options: dict[str, Any]

    def __str__(self) -> str:
        return " ".join([self.backend, *(f"{name}={value}" for name, value in self.options.items())])


def listed(model: MLModel, backend: str) -> list[Candidate]:
    """Return the candidates to try, fastest first."""
    containers = ["dataframe"]
    inputs = model.signature.inputs or []
    if inputs:
        containers = ["tensor"] if inputs[0]["type"] == "tensor" else ["array", "dataframe"]
    native = [
        Candidate("native", {"form": form, **options, "predict_fn": model.predict_fn})
        for form in FORMS.get(_library(model), ("pickle",))
        for options in ([{"input": name} for name in containers] if form == "pickle" else [{}])
    ]
    other = {} if model.predict_fn == "predict" else {"predict_fn": model.predict_fn}
    as_saved = [Candidate("custom", {}), Candidate("pyfunc", other)]
    found = [Candidate("compiled", {"predict_fn": model.predict_fn}), *native, *as_saved]
    served = [candidate for candidate in found if model.flavor in FLAVORS.get(candidate.backend, (model.flavor,))]
    return served if backend == "auto" else [candidate for candidate in found if candidate.backend == backend]


def _library(model: MLModel) -> str:
    """Return the flavor, or the library of a booster in a pickle of the sklearn flavor: it names its class first."""
    pickled = model.folder / "model.pkl"
    if model.flavor == "sklearn" and pickled.is_file():
        with pickled.open("rb") as stream:
            head = stream.read(100)
        return next((name for name in ("lightgbm", "xgboost") if f"{name}.sklearn".encode() in head), "sklearn")
    return model.flavor


def unfit(model: MLModel, candidate: Candidate, *, rows: bool) -> str | None:
    """Return why a candidate cannot work; None if it may.

    Args:
        model: the model.
        candidate: one of its candidates.
        rows: whether there are rows to prove it with.
    """
    if candidate.backend == "pyfunc":
        return None
    inputs = model.signature.inputs or []
    compiled, as_saved = candidate.backend == "compiled", candidate.backend in AS_SAVED
    form = candidate.options.get("form", "pickle")
    exported = form in EXPORTS
    with_params = as_saved or form in WITH_PARAMS or (compiled and model.flavor in (*IGNORES_PARAMS, "pyfunc"))
    reasons = (
        (model.flavor not in FLAVORS[candidate.backend], f"the backend does not serve {model.flavor} models"),
        (compiled and not _columns(inputs), "only signatures of named columns, or of one tensor, are compiled"),
        (model.own_code and not (compiled or as_saved or exported), "the model brings modules of its own"),
        (bool(model.signature.params) and not with_params, "only MLflow passes on the model's params"),
        (
            not inputs and not as_saved and form != "pickle",
            "without a signature only pickles are served natively",
        ),
        (
            not rows,
            "there are no rows to prove it with: log the model with a signature (mlflow.models.infer_signature)",
        ),
    )
    return next((reason for holds, reason in reasons if holds), None)


def _columns(inputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the columns of a compiled model's input, none for inputs of another kind."""
    if inputs and all(spec["type"] != "tensor" and isinstance(spec.get("name"), str) for spec in inputs):
        return inputs
    return elements(inputs) or []


class Exported(NamedTuple):
    """The facts about exported files.

    Attributes:
        classes: the labels of a classifier that names them.
        options: the backend's options.
        modules: top-level modules that the bundle needs.
        hints: by column, values near which the model's answer changes; None if unknown.
    """

    classes: list[Any] | None
    options: dict[str, Any]
    modules: list[str]
    hints: Hints | None


class Staged(NamedTuple):
    """A backend's files in their folder, a manifest without proof, and the modules that it needs.

    If `roots` is empty, every module that it imports counts as needed.
    """

    folder: Path
    manifest: Manifest
    roots: list[str]
    hints: Hints | None

    @property
    def network(self) -> Rules | None:
        """The rules for an exported network; None for other models."""
        return rules(self.manifest.options)


def export(model: MLModel, candidate: Candidate, python: Path, folder: Path) -> Exported:
    """Write the model in the form that a backend loads, in a child under the model's own Python.

    Raises:
        ChildError: the model cannot be loaded by its flavor, or written in this form.
    """
    request: ExportRequest = {
        "model": str(model.folder.resolve()),
        "flavor": model.flavor,
        "bundle": str(folder.resolve()),
        "form": candidate.options.get("form", candidate.backend),
        "predict_fn": model.predict_fn,
        "inputs": model.signature.inputs,
        "params": model.signature.params or [],
        "columns": _columns(model.signature.inputs or []),
        "example": model.example[0] if model.example else [],
    }
    written: ExportResult = process.run(python, "export", request, packages=process.EXPORTERS)
    known = {"tolerance": TOLERANCE} if candidate.options.get("form") in EXPORTS else {}
    own = _CONTAINER.get(candidate.options.get("input", ""), [])
    options = candidate.options | known | written["options"]
    return Exported(written["classes"], options, ["msgspec", *own, *written["modules"]], written["hints"])


def stage(model: MLModel, candidate: Candidate, exported: Exported | None, folder: Path) -> Staged:
    """Complete a candidate's folder: copy the model if it is loaded as saved, and write the manifest."""
    if candidate.backend in AS_SAVED:
        shutil.copytree(model.folder, folder / "model", ignore=shutil.ignore_patterns(*NOT_THE_MODEL))
    exported = exported or Exported(None, candidate.options, [], None)
    manifest = Manifest(
        format=FORMAT,
        backend=candidate.backend,
        options=exported.options,
        flavor=model.flavor,
        model=model.info,
        signature=model.signature,
        classes=exported.classes,
        example=None,
        files={},
        built_with={},
        parity={},
    )
    write_manifest(folder, manifest)
    return Staged(folder, manifest, exported.modules, exported.hints)


def refuse_missing(staged: Staged, columns: set[str]) -> Staged:
    """Have the handler refuse missing values in some required columns, as MLflow does for this model."""
    inputs = [
        {**spec, "missing": False} if spec.get("name") in columns and spec.get("required", True) else spec
        for spec in staged.manifest.signature.inputs or []
    ]
    signature = msgspec.structs.replace(staged.manifest.signature, inputs=inputs)
    manifest = msgspec.structs.replace(staged.manifest, signature=signature)
    write_manifest(staged.folder, manifest)
    return staged._replace(manifest=manifest)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write `manifest.json`, indented for people."""
    text = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
    (folder / "manifest.json").write_bytes(text + b"\n")


# The modules that the handler imports to make a model's input.
_CONTAINER = {"array": ["numpy"], "tensor": ["numpy"], "dataframe": ["numpy", "pandas"]}

"""Which backends a model could be served by, fastest first, and the files each of them needs."""

import shutil
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from handler.bundle import FORMAT, Manifest
from handler.schema import elements
from model import child
from model.mlmodel import MLModel
from model.question import Question
from model.rows import Hints

BACKENDS = ("compiled", "native", "pyfunc")
"""Fastest first."""

WRITERS = [child.ROOT / "model" / name for name in ("exporters", "writers")]
"""What compiles estimators, in the environment of the model."""

FORMS = {
    "lightgbm": ("lightgbm", "pickle"),
    "onnx": ("onnx",),
    "sklearn": ("pickle",),
    "xgboost": ("xgboost", "pickle"),
}
"""In which forms a flavor's own library can load its models, fastest first."""

FLAVORS = {"compiled": ("sklearn", "lightgbm", "xgboost"), "native": tuple(FORMS)}
"""Which flavors each backend serves; `pyfunc` serves all."""


class Candidate(NamedTuple):
    """A backend with one choice of its options."""

    backend: str
    options: dict[str, Any]

    def __str__(self) -> str:
        return " ".join([self.backend, *(f"{name}={value}" for name, value in self.options.items())])


def listed(model: MLModel, backend: str) -> list[Candidate]:
    """What to try, fastest first."""
    containers = ["dataframe"]
    inputs = model.signature.inputs or []
    if inputs:
        containers = ["tensor"] if inputs[0]["type"] == "tensor" else ["array", "dataframe"]
    native = [
        Candidate("native", {"form": form, **options, "predict_fn": model.predict_fn})
        for form in FORMS.get(_library(model), ("pickle",))
        for options in ([{"input": name} for name in containers] if form == "pickle" else [{}])
    ]
    found = [Candidate("compiled", {"predict_fn": model.predict_fn}), *native, Candidate("pyfunc", {})]
    return [candidate for candidate in found if backend in ("auto", candidate.backend)]


def _library(model: MLModel) -> str:
    """The flavor, or the library whose booster scikit-learn's flavor pickled: a pickle names its class first."""
    pickled = model.folder / "model.pkl"
    if model.flavor == "sklearn" and pickled.is_file():
        with pickled.open("rb") as stream:
            head = stream.read(100)
        return next((name for name in ("lightgbm", "xgboost") if f"{name}.sklearn".encode() in head), "sklearn")
    return model.flavor


def unfit(model: MLModel, candidate: Candidate, question: Question) -> str | None:
    """Why a candidate need not even be tried."""
    if candidate.backend == "pyfunc":
        return None
    inputs = model.signature.inputs or []
    reasons = {
        f"{model.flavor} models have no such backend": model.flavor not in FLAVORS[candidate.backend],
        "several tensors, and values without names, are not compiled": candidate.backend == "compiled"
        and not _columns(inputs),
        "the model brings modules of its own": model.own_code,
        "the model has params, which only MLflow passes on": bool(model.signature.params),
        "without a signature only pickles are served natively": candidate.options.get("form", "pickle") != "pickle"
        and not inputs,
        "there are no rows to prove it with: log the model with a signature or an input example": not question.rows,
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def _columns(inputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The columns that a compiled model is given; none where the inputs are of another kind."""
    if inputs and all(spec["type"] != "tensor" and isinstance(spec.get("name"), str) for spec in inputs):
        return inputs
    return elements(inputs) or []


class Staged(NamedTuple):
    """A backend's files in their folder, a manifest without proof, and the modules it cannot do without.

    `roots` is empty where they are not known: then whatever it imports is needed. `hints` are values of columns
    around which the model answers differently, None where they are not known.
    """

    folder: Path
    manifest: Manifest
    roots: list[str]
    hints: Hints | None


def stage(model: MLModel, candidate: Candidate, python: Path, folder: Path) -> Staged:
    """Write the backend's files.

    Raises:
        ChildError: the model cannot be loaded by its flavor or written in another form.
    """
    classes, hints, options = None, None, candidate.options
    roots: list[str] = []
    if candidate.backend != "pyfunc":
        request = {
            "model": str(model.folder.resolve()),
            "flavor": model.flavor,
            "bundle": str(folder.resolve()),
            "form": options.get("form", candidate.backend),
            "predict_fn": model.predict_fn,
            "inputs": model.signature.inputs,
            "columns": _columns(model.signature.inputs or []),
        }
        with child.alone(*WRITERS) as path:
            written = child.run(python, "export.py", request, path=path)
        own = _CONTAINER.get(candidate.options.get("input", ""), [])
        classes, hints, options = written["classes"], written["hints"], options | written["options"]
        roots = ["msgspec", *own, *written["modules"]]
    else:
        shutil.copytree(model.folder, folder / "model", ignore=shutil.ignore_patterns("__pycache__"))
    manifest = Manifest(
        format=FORMAT,
        backend=candidate.backend,
        options=options,
        flavor=model.flavor,
        model=model.info,
        signature=model.signature,
        classes=classes,
        example=None,
        files={},
        built_with={},
        parity={},
    )
    write_manifest(folder, manifest)
    return Staged(folder, manifest, roots, hints)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write `manifest.json`, indented for people."""
    text = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
    (folder / "manifest.json").write_bytes(text + b"\n")


# What the handler itself imports to make a model's input.
_CONTAINER = {"array": ["numpy"], "tensor": ["numpy"], "dataframe": ["numpy", "pandas"]}

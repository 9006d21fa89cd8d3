"""Describe a model's outputs as MLflow gives them, where its signature describes those of `predict`."""

import json
from typing import Any

import msgspec

from handler.bundle import Signature
from model.build import candidates
from model.build.candidates import Staged
from model.child.contract import AskMlflowResult
from model.mlmodel import MLModel

BY_CLASS = ("predict_proba", "predict_log_proba", "decision_function")
"""The methods of a classifier that give one number for each class."""

_TYPES = {bool: "boolean", int: "long", str: "string"}
_DTYPES = {"boolean": "bool", "long": "int64", "string": "str", "float": "float32", "double": "float64"}


def describe_outputs(staged: Staged, model: MLModel, answers: AskMlflowResult) -> Staged:
    """Return a candidate whose manifest describes the outputs of the model's method, and names its classes.

    Args:
        staged: the candidate.
        model: the model.
        answers: MLflow's.
    """
    classes = answers.get("classes")
    manifest = msgspec.structs.replace(staged.manifest, classes=staged.manifest.classes or classes)
    if model.predict_fn != "predict" and (outputs := output_specs(model, answers)) != model.signature.outputs:
        signature = Signature(manifest.signature.inputs, outputs, manifest.signature.params)
        manifest = msgspec.structs.replace(manifest, signature=signature)
    candidates.write_manifest(staged.folder, manifest)
    return staged._replace(manifest=manifest)


def output_specs(model: MLModel, answers: AskMlflowResult) -> list[dict[str, Any]] | None:
    """Return the outputs of a method other than `predict`, as a signature lists them; None where answers differ.

    Numbers for each class are columns named by class. The signature's own names stay where they fit.
    """
    rows = [answer for answer in answers["single"] if answer is not None]
    if not rows or answers.get("together") is not None:
        return model.signature.outputs if not rows else None
    number = "float" if answers["float32"] else "double"
    if all(isinstance(row, dict) and row.keys() == rows[0].keys() for row in rows):
        return [{"name": name, "type": _type([row[name] for row in rows], number)} for name in rows[0]]
    if not any(isinstance(row, list | dict) for row in rows):
        return _named(model, 1) or [{"type": _type(rows, number)}]
    widths = {len(row) for row in rows if isinstance(row, list)}
    if len(widths) != 1 or any(not isinstance(row, list) or isinstance(row[0], list | dict) for row in rows):
        return None
    [width] = widths
    kind = _type([value for row in rows for value in row], number)
    names = _class_names(answers.get("classes")) if model.predict_fn in BY_CLASS else []
    if len(names) == width:
        return _named(model, width) or [{"name": name, "type": kind, "required": True} for name in names]
    tensor = {"dtype": _DTYPES[kind], "shape": [-1, width]}
    return _named(model, width) or [{"type": "tensor", "tensor-spec": tensor}]


def _named(model: MLModel, count: int) -> list[dict[str, Any]] | None:
    """Return the signature's outputs if they are so many columns, all named and all numbers; None otherwise."""
    outputs = model.signature.outputs or []
    fit = len(outputs) == count and all(spec.get("name") and spec["type"] in ("double", "float") for spec in outputs)
    return outputs if fit else None


def _type(values: list[Any], number: str) -> str:
    """Return MLflow's type of values."""
    kinds = {_TYPES.get(type(value), number) for value in values if value is not None}
    return kinds.pop() if len(kinds) == 1 else number


def _class_names(classes: list[Any] | None) -> list[str]:
    """Return classes as names: a text as it is, others as JSON writes them; none if two would be the same."""
    if not classes or any(isinstance(label, list | dict) for label in classes):
        return []
    names = [label if isinstance(label, str) else json.dumps(label) for label in classes]
    return names if len(set(names)) == len(names) else []

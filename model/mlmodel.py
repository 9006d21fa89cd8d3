"""An MLflow model's folder, as its `MLmodel` file describes it. Nothing is un-pickled to read it.

Format: https://mlflow.org/docs/latest/ml/model/#storage-format
"""

import json
import math
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from handler.bundle import ModelInfo, Signature
from handler.schema import UNNAMED, Schema, fields
from model.errors import ModelError

SOURCE = "source.json"
"""Beside MLmodel: where `model get` had the model from, and the name and version that it has there."""

_EXAMPLE_ROWS = 5
_BOOSTER = "lightgbm.basic.Booster"


class MLModel(NamedTuple):
    """What is known of a model before it is loaded.

    Attributes:
        folder: where it lies.
        flavor: the flavor that MLflow's `pyfunc` loads it by; `pyfunc` for a custom PythonModel.
        python: the version of Python it was saved on, such as 3.11.7.
        predict_fn: the estimator's method that `pyfunc` calls.
        own_code: whether it brings modules of its own.
        signature: the parsed signature.
        info: its id, version and name.
        example: rows of its input example as `POST /predict` takes them, and params; None without one.
        metrics: numbers that MLmodel has about it, among its metrics and metadata.
    """

    folder: Path
    flavor: str
    python: str
    predict_fn: str
    own_code: bool
    signature: Signature
    info: ModelInfo
    example: tuple[list[dict[str, Any]], dict[str, Any]] | None
    metrics: dict[str, float]


def read(folder: Path) -> MLModel:
    """Read a model's folder.

    Raises:
        ModelError: it is no MLflow model that `mlflow.pyfunc` can load, or has no requirements.
    """
    described = _yaml(folder / "MLmodel")
    try:
        pyfunc = described["flavors"].get("python_function")
        if not pyfunc:
            raise ModelError(f"{folder / 'MLmodel'} has no python_function flavor: mlflow.pyfunc cannot load it")
        if not (folder / "requirements.txt").is_file():
            raise ModelError(f"{folder} has no requirements.txt: log the model with MLflow 2 or newer")
        return _model(folder, described, pyfunc)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        what = " ".join(str(error).split())
        raise ModelError(f"{folder / 'MLmodel'} is damaged: {type(error).__name__}: {what}") from None


def described(path: Path) -> MLModel:
    """What an MLmodel file says of a model whose other files need not be there.

    Args:
        path: the file, or its folder.

    Raises:
        ModelError: it cannot be read.
    """
    file = path / "MLmodel" if path.is_dir() else path
    known = _yaml(file)
    elsewhere = {"loader_module": "mlflow.pyfunc"}
    try:
        return _model(file.parent, known, (known.get("flavors") or {}).get("python_function", elsewhere))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        what = " ".join(str(error).split())
        raise ModelError(f"{file} is damaged: {type(error).__name__}: {what}") from None


def _model(folder: Path, described: dict[str, Any], pyfunc: dict[str, Any]) -> MLModel:
    signature = _signature(described.get("signature") or {}, hinted=bool(described.get("is_signature_from_type_hint")))
    loader = pyfunc["loader_module"].split(".")
    identity = described.get("model_id") or described.get("model_uuid") or "unknown"
    registered = _registered(folder)
    return MLModel(
        folder=folder,
        flavor="pyfunc" if loader[:2] == ["mlflow", "pyfunc"] else loader[-1],
        python=str(pyfunc.get("python_version", "")),
        predict_fn=pyfunc.get("predict_fn", "predict"),
        own_code=bool(pyfunc.get("code")),
        signature=signature,
        info=ModelInfo(
            id=identity,
            version=registered.get("version") or identity,
            name=registered.get("name") or _name(described, folder),
        ),
        example=_example(folder, described.get("saved_input_example_info"), signature),
        metrics=_metrics(described),
    )


def with_predict_fn(model: MLModel, name: str, copy: Path) -> MLModel:
    """The model, copied to `copy`, whose `pyfunc` calls another method of the estimator.

    Raises:
        ModelError: its flavor has no such choice.
    """
    import shutil

    described = _yaml(model.folder / "MLmodel")
    flavors = described["flavors"]
    if model.flavor == "lightgbm" and flavors["lightgbm"].get("model_class", _BOOSTER) != _BOOSTER:
        _as_sklearn(flavors)
    elif model.flavor != "sklearn":
        raise ModelError(f"--predict-fn chooses a method of a scikit-learn model, and this is {model.flavor}")
    flavors["python_function"]["predict_fn"] = name
    shutil.copytree(model.folder, copy)
    (copy / "MLmodel").write_text(yaml.safe_dump(described, sort_keys=False))
    return read(copy)


def _as_sklearn(flavors: dict[str, Any]) -> None:
    """Describe a pickled estimator of LightGBM's, of which MLflow calls `predict` alone, as scikit-learn's."""
    named = flavors["lightgbm"]
    flavors["sklearn"] = {
        "pickled_model": named["data"],
        "serialization_format": named.get("serialization_format", "cloudpickle"),
        "skops_trusted_types": named.get("skops_trusted_types"),
    }
    flavors["python_function"] |= {"loader_module": "mlflow.sklearn", "model_path": named["data"]}


def _yaml(path: Path) -> dict[str, Any]:
    try:
        described = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(f"{path.parent} is no MLflow model: {path} cannot be read ({error.strerror})") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ModelError(f"{path} is damaged: {' '.join(str(error).split())}") from None
    if not isinstance(described, dict):
        raise ModelError(f"{path} is damaged: it holds no mapping")
    return described


def _signature(described: dict[str, str | None], *, hinted: bool) -> Signature:
    parts = {name: json.loads(text) for name, text in described.items() if text and name in Signature.__struct_fields__}
    # Before MLflow 2.12 columns say `optional`, and only where they are.
    for spec in parts.get("inputs") or []:
        if spec.pop("optional", False):
            spec["required"] = False
        if hinted:
            _with_defaults(spec)
    signature = Signature(**parts)
    try:
        Schema(signature)
    except KeyError as error:
        raise ModelError(f"the signature has the type {error}, for which there is no JSON") from None
    return signature


def _with_defaults(spec: dict[str, Any]) -> None:
    """Let a type hint's fields be absent: MLflow writes that all are required, also where their class has a default."""
    properties = spec.get("properties", {}).values()
    for inner in properties:
        inner["required"] = False
    for inner in (*properties, *(spec[part] for part in ("items", "values") if part in spec)):
        _with_defaults(inner)


def _metrics(described: dict[str, Any]) -> dict[str, float]:
    """What was logged with the model: MLflow 3's list of metrics, and numbers among the metadata."""
    logged = {metric["key"]: metric["value"] for metric in described.get("metrics") or []}
    noted = described.get("metadata") or {}
    return {
        str(name): value
        for name, value in (noted | logged).items()
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    }


def _registered(folder: Path) -> dict[str, str]:
    """What the registry that a model came from calls it."""
    try:
        known: dict[str, str] = json.loads((folder / SOURCE).read_text(encoding="utf-8"))
    except OSError:
        return {}
    return known


def _name(described: dict[str, Any], folder: Path) -> str:
    path = str(described.get("name") or described.get("artifact_path") or folder.name)
    return path.rstrip("/").rsplit("/", 1)[-1]


def _example(
    folder: Path, info: dict[str, Any] | None, signature: Signature
) -> tuple[list[dict[str, Any]], dict[str, Any]] | None:
    if not info or not (path := folder / info.get("artifact_path", "")).is_file():
        return None
    params = {}
    try:
        # MLflow writes NaN, which is no JSON, for a missing value.
        data = json.loads(path.read_text(encoding="utf-8"), parse_constant=lambda _: None)
        if info.get("params") == "true":
            data, params = data["inputs"], data["params"]
        rows = _rows(data, info.get("type", ""), signature.inputs or [])
    except (ValueError, TypeError, KeyError) as error:
        raise ModelError(f"{path} is damaged: {error}") from None
    return (rows[:_EXAMPLE_ROWS], params) if rows else None


def _rows(data: Any, kind: str, inputs: list[dict[str, Any]]) -> list[dict[str, Any]] | None:
    """An input example as MLflow stores it (dataframe, ndarray or json_object) as a list of rows."""
    names = fields(inputs)
    if kind == "dataframe":
        columns = data.get("columns") or names
        return [dict(zip(map(str, columns), row, strict=True)) for row in data["data"]]
    if kind == "ndarray" and isinstance(data, dict) and "inputs" not in names:
        data = data.get("inputs", data)  # as MLflow wrote it before 2.9
    if len(names) == 1 and "name" not in inputs[0]:
        return [{UNNAMED: row} for row in (data if isinstance(data, list) else [data])]
    if isinstance(data, dict) and set(names) >= set(data):
        return _rows_of_dict(data, inputs)
    rows = data if isinstance(data, list) else []
    if inputs and rows and all(isinstance(row, list) for row in rows):
        return [dict(zip(names, row, strict=True)) for row in rows]
    return rows if rows and all(isinstance(row, dict) for row in rows) else None


def _rows_of_dict(data: dict[str, Any], inputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A dict of columns, or of one row's values."""
    if all(isinstance(value, list) for value in data.values()) and not any(map(_nested, inputs)):
        return [dict(zip(data, row, strict=True)) for row in zip(*data.values(), strict=True)]
    return [data]


def _nested(spec: dict[str, Any]) -> bool:
    return spec["type"] in {"array", "object", "map"}

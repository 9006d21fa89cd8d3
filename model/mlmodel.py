"""Read an MLflow model's directory as its `MLmodel` file describes it, without un-pickling anything.

Format: https://mlflow.org/docs/latest/ml/model/#storage-format
"""

import hashlib
import json
import math
import re
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from handler.bundle import ModelInfo, Signature
from handler.files import sha256
from handler.schema import UNNAMED, Schema, fields
from model.environment.conda import saved_python
from model.errors import ModelError

SOURCE = "source.json"
"""The file beside MLmodel in which `model get` notes the model's source, and its name and version there."""

EXAMPLE_ROWS = 5
_MORE_ROWS = 1000
_ENDING = re.compile(r"(\.(zip|tar|gz|tgz|pkl|pickle|joblib|skops|json|ubj|txt|onnx))+$", re.IGNORECASE)
_NO_NAME = re.compile(r"artifacts?|m-[0-9a-f]{32}|data")  # of the directories in which MLflow 3 and `get` keep models
_LFS, _POINTER = b"version https://git-lfs.github.com/spec/", 1024  # how its pointers begin, and their size at most


class MLModel(NamedTuple):
    """A model, described without loading it.

    Attributes:
        folder: its directory.
        flavor: the flavor that MLflow's `pyfunc` loads it by; `pyfunc` for a custom PythonModel.
        python: the version of Python it was saved on, such as 3.11.7.
        predict_fn: the estimator's method that `pyfunc` calls.
        own_code: whether modules were logged with it.
        signature: the parsed signature.
        info: its id, version and name.
        example: the first rows of its input example as `POST /predict` takes them, and params; None without one.
        more_example: the first 1,000 rows and params, for a model that fails on fewer; None if `example` has them all.
        metrics: numbers among MLmodel's metrics and metadata.
        described: MLmodel, parsed.
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
    described: dict[str, Any]
    more_example: tuple[list[dict[str, Any]], dict[str, Any]] | None = None


def read(folder: Path) -> MLModel:
    """Read a model's folder.

    Raises:
        ModelError: it is not an MLflow model that `mlflow.pyfunc` can load, or its files were not fetched from Git LFS.
    """
    described = read_yaml(folder / "MLmodel")
    try:
        pyfunc = described["flavors"].get("python_function")
        if not pyfunc:
            raise ModelError(f"{folder / 'MLmodel'} has no python_function flavor: mlflow.pyfunc cannot load it")
        check_fetched(folder)
        return _model(folder, described, pyfunc)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        what = " ".join(str(error).split())
        raise ModelError(f"{folder / 'MLmodel'} is damaged: {type(error).__name__}: {what}") from None


def read_description(path: Path) -> MLModel:
    """Read an MLmodel file without the model's other files.

    Args:
        path: the file, or its folder.

    Raises:
        ModelError: it cannot be read.
    """
    file = path / "MLmodel" if path.is_dir() else path
    known = read_yaml(file)
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
    noted = _noted(folder)
    rows, params = _example(folder, described.get("saved_input_example_info"), signature) or ([], {})
    return MLModel(
        folder=folder,
        flavor="pyfunc" if loader[:2] == ["mlflow", "pyfunc"] else loader[-1],
        python=saved_python(folder, pyfunc),
        predict_fn=pyfunc.get("predict_fn", "predict"),
        own_code=bool(pyfunc.get("code")),
        signature=signature,
        info=ModelInfo(
            id=identity,
            version=noted.get("version") or identity,
            name=noted.get("name") or _name(described, folder, noted.get("uri", "")),
        ),
        example=(rows[:EXAMPLE_ROWS], params) if rows else None,
        metrics=_metrics(described),
        described=described,
        more_example=(rows[:_MORE_ROWS], params) if len(rows) > EXAMPLE_ROWS else None,
    )


def check_fetched(folder: Path) -> None:
    """Refuse a folder in which Git LFS has left pointers in the place of files.

    Raises:
        ModelError: names the first.
    """
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.stat().st_size < _POINTER:
            with path.open("rb") as stream:
                if stream.read(len(_LFS)) == _LFS:
                    raise ModelError(f"{path} is a Git LFS pointer, not the file itself: run `git lfs pull` first")


def model_digest(folder: Path) -> str:
    """Return one SHA-256 for the names and contents of all files of a model, but for where it came from."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != SOURCE:
            digest.update(f"{path.relative_to(folder).as_posix()} {sha256(path)}\n".encode())
    return digest.hexdigest()


def read_yaml(path: Path) -> dict[str, Any]:
    """Return an `MLmodel` file, parsed.

    Raises:
        ModelError: it cannot be read, or is not a mapping.
    """
    try:
        described = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(f"{path.parent} is not an MLflow model: cannot read {path} ({error.strerror})") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ModelError(f"{path} is damaged: {' '.join(str(error).split())}") from None
    if not isinstance(described, dict):
        raise ModelError(f"{path} is damaged: it is not a mapping")
    return described


def _signature(described: dict[str, str | None], *, hinted: bool) -> Signature:
    parts = {name: json.loads(text) for name, text in described.items() if text and name in Signature.__struct_fields__}
    # Before MLflow 2.12 columns say `optional`, and only where they are.
    for spec in parts.get("inputs") or []:
        if spec.pop("optional", False):
            spec["required"] = False
        if hinted:
            _with_defaults(spec)
    for spec in parts.get("outputs") or []:
        if isinstance(spec.get("name"), int):  # a DataFrame's columns without names
            spec["name"] = str(spec["name"])
    signature = Signature(**parts)
    try:
        Schema(signature)
    except KeyError as error:
        raise ModelError(f"the signature has the type {error}, which has no form in JSON") from None
    return signature


def _with_defaults(spec: dict[str, Any]) -> None:
    """Make the fields of a type hint optional: MLflow marks all as required, also those with a default."""
    properties = spec.get("properties", {}).values()
    for inner in properties:
        inner["required"] = False
    for inner in (*properties, *(spec[part] for part in ("items", "values") if part in spec)):
        _with_defaults(inner)


def _metrics(described: dict[str, Any]) -> dict[str, float]:
    """Return the metrics that MLflow 3 lists, and the numbers among the metadata."""
    logged = {metric["key"]: metric["value"] for metric in described.get("metrics") or []}
    noted = described.get("metadata") or {}
    return {
        str(name): value
        for name, value in (noted | logged).items()
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    }


def note_source(folder: Path, uri: str, name: str = "", **more: str) -> None:
    """Write `source.json`: where a model comes from, its name there, and more that is known."""
    (folder / SOURCE).write_text(json.dumps({"uri": uri, "name": name, **more}, indent=2) + "\n", encoding="utf-8")


def noted_uri(folder: Path) -> str:
    """Return where a model comes from, as `source.json` says; empty without one."""
    return _noted(folder).get("uri") or ""


def noted_name(folder: Path) -> str:
    """Return the name in `source.json`; empty without one."""
    return _noted(folder).get("name") or ""


def _noted(folder: Path) -> dict[str, str]:
    """Return what `source.json` says of the model; empty without one."""
    try:
        known: dict[str, str] = json.loads((folder / SOURCE).read_text(encoding="utf-8"))
    except OSError:
        return {}
    return known


def _name(described: dict[str, Any], folder: Path, uri: str) -> str:
    """Return the name that the model was logged with, else that of the directory or file that it comes from."""
    paths = described.get("name"), described.get("artifact_path"), uri, folder.resolve()
    names = (_ENDING.sub("", re.split(r"[/\\]", str(path or "").partition("?")[0].rstrip("/"))[-1]) for path in paths)
    return next((name for name in names if name and not _NO_NAME.fullmatch(name)), "model")


def _example(
    folder: Path, info: dict[str, Any] | None, signature: Signature
) -> tuple[list[dict[str, Any]], dict[str, Any]] | None:
    if not info or not (path := folder / info.get("artifact_path", "")).is_file():
        return None
    params = {}
    try:
        # MLflow writes NaN, which is not JSON, for a missing value.
        data = json.loads(path.read_text(encoding="utf-8"), parse_constant=lambda _: None)
        if info.get("params") == "true":
            data, params = data["inputs"], data["params"]
        inputs = signature.inputs or []
        rows = _fitting(_rows(data, info.get("type", ""), inputs), inputs)
    except (ValueError, TypeError, KeyError) as error:
        raise ModelError(f"{path} is damaged: {error}") from None
    return (rows, params) if rows else None


def _rows(data: Any, kind: str, inputs: list[dict[str, Any]]) -> list[dict[str, Any]] | None:
    """Return an input example, which MLflow stores as dataframe, ndarray or json_object, as a list of rows."""
    names = fields(inputs)
    if kind == "dataframe" and len(inputs) == 1 and inputs[0]["type"] == "tensor" and "name" not in inputs[0]:
        return [{UNNAMED: row} for row in data["data"]]
    if kind == "dataframe":
        columns = data.get("columns") or names or range(len(data["data"][0]))
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


def _fitting(rows: list[dict[str, Any]] | None, inputs: list[dict[str, Any]]) -> list[dict[str, Any]] | None:
    """Return the rows without columns that are not in the signature, as MLflow takes them; None if they lack others."""
    names = fields(inputs)
    required = {name for name, spec in zip(names, inputs, strict=True) if spec.get("required", True)}
    if not rows or not inputs or set(rows[0]) == set(names):
        return rows
    if not required <= set(rows[0]):
        return None
    return [{name: value for name, value in row.items() if name in set(names)} for row in rows]


def _rows_of_dict(data: dict[str, Any], inputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows of a dict of columns, or of one row's values."""
    if all(isinstance(value, list) for value in data.values()) and not any(map(_nested, inputs)):
        return [dict(zip(data, row, strict=True)) for row in zip(*data.values(), strict=True)]
    return [data]


def _nested(spec: dict[str, Any]) -> bool:
    return spec["type"] in {"array", "object", "map"}

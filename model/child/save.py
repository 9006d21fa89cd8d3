"""Child: opens a file that a library wrote, and saves it as an MLflow model.

Run as a script in an environment with MLflow and the library. It takes a `SaveRequest` and gives a `SaveResult` (see
`contract`).
"""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import re
import shutil
import traceback
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

from . import save_tensors, save_texts
from .saving import REMEDY, ROWS, Problem, answered, length, pinned, version, versions
from .serving import Record, serve

if TYPE_CHECKING:
    from .contract import SaveRequest, SaveResult

_VERSION = re.compile(rb"_sklearn_version.{1,8}?(\d+\.\d+[\w.]*)", re.DOTALL)
_OPENERS: tuple[tuple[bytes, Callable[[bytes], bytes]], ...] = (
    (b"\x1f\x8b", gzip.decompress),
    (b"\x78", zlib.decompress),
    (b"BZh", bz2.decompress),
    (b"\xfd7zXZ", lzma.decompress),
)
_DEFAULT_NAME = re.compile(r"(Column_|f)\d+")  # that boosters give to columns without names


def answer(request: SaveRequest, _record: Record) -> SaveResult:
    """Save the file as a model; the result says what stands in the way."""
    try:
        SAVERS.get(request["kind"], wrap)(request)
    except Problem as problem:
        return problem.result
    except ModuleNotFoundError as error:
        root = (error.name or "").split(".")[0]
        return {"problem": f"it needs the module {error.name}, which is not there: {REMEDY}", "missing": root}
    except (Exception, SystemExit) as error:
        traceback.print_exc()
        said = " ".join(str(error).split())[:500]
        return {"problem": f"it does not open with {versions()} ({type(error).__name__}: {said}): {REMEDY}"}
    return {}


def wrap(request: SaveRequest) -> None:
    """Open the file, and save it twice: to ask MLflow for what it answers, then with the signature that this gives.

    Raises:
        Problem: its packages are of other versions, or the example is not one of its inputs.
    """
    import pandas as pd

    model, save = KINDS[request["kind"]](request)
    table = pd.read_csv(request["example"])
    if table.empty:
        raise Problem(f"{request['example']} holds no rows")
    sample = of_graph(model, table) if request["kind"] == "onnx" else inputs(model, table).head(ROWS)
    rows = min(ROWS, len(table))
    folder = Path(request["folder"])
    output = predict(model, save, sample, folder)
    if request["kind"] == "pickle" and length(output) != rows and sample.shape[1] == 1:
        model = one_text(model)
        output = predict(model, save, sample, folder)
    if length(output) != rows:
        raise Problem(f"it gives {length(output)} answers for {rows} rows of the example")
    shutil.rmtree(folder)
    save(model, folder, signature=signature(sample, output), input_example=sample)


def signature(sample: Any, output: Any) -> Any:
    """MLflow's signature of what was asked and answered."""
    from mlflow.models import ModelSignature, infer_signature
    from mlflow.types import Schema, TensorSpec

    def tensors(named: dict[str, Any]) -> Any:
        return Schema([TensorSpec(array.dtype, (-1, *array.shape[1:]), name) for name, array in named.items()])

    if isinstance(sample, dict):
        return ModelSignature(tensors(sample), tensors(output))
    return infer_signature(sample, output)


def predict(model: Any, save: Callable[..., None], sample: Any, folder: Path) -> Any:
    """Save the model and return MLflow's predictions."""
    shutil.rmtree(folder, ignore_errors=True)
    save(model, folder)
    return answered(folder, sample)


def inputs(model: Any, table: Any) -> Any:
    """Return the columns of a table that a model takes, in the model's order if it names them.

    Raises:
        Problem: they are not there.
    """
    names = feature_names(model)
    if names:
        missing = [name for name in names if name not in table.columns]
        if missing:
            raise Problem(f"the example lacks the column {missing[0]!r}; the model takes {', '.join(names[:20])}")
        return table[names]
    count = getattr(model, "n_features_in_", None) or (model.num_feature() if hasattr(model, "num_feature") else None)
    if count is None and hasattr(model, "num_features"):
        count = model.num_features()
    if count and count != table.shape[1]:
        raise Problem(
            f"the model takes {count} columns and the example has {table.shape[1]}: leave only its inputs in it"
        )
    return table


def of_graph(model: Any, table: Any) -> Any:
    """A table as the tensors that a graph of ONNX takes: all columns as one, or a tensor for each, by its name.

    Raises:
        Problem: a column is not there, or there are more or fewer than the tensor has.
    """
    from onnx.helper import tensor_dtype_to_np_dtype

    given = {one.name: one.type.tensor_type for one in model.graph.input}
    table = table.head(ROWS)
    if len(given) > 1:
        missing = [name for name in given if name not in table.columns]
        if missing:
            raise Problem(f"the example lacks the column {missing[0]!r}; the graph takes {', '.join(given)}")
        kinds = {name: tensor_dtype_to_np_dtype(kind.elem_type) for name, kind in given.items()}
        return {name: table[name].to_numpy(dtype).reshape(-1, 1) for name, dtype in kinds.items()}
    [(name, kind)] = given.items()
    width = kind.shape.dim[1].dim_value if len(kind.shape.dim) == 2 else 0  # noqa: PLR2004 - a table
    if width and width != table.shape[1]:
        raise Problem(
            f"the graph takes {width} columns and the example has {table.shape[1]}: leave only its inputs in it"
        )
    return {name: table.to_numpy(tensor_dtype_to_np_dtype(kind.elem_type))}


def feature_names(model: Any) -> list[str]:
    """Return the names of a model's inputs, as it was fitted with them."""
    names = getattr(model, "feature_names_in_", None)
    if names is None:
        names = getattr(model, "feature_names", None)
    if names is None and callable(getattr(model, "feature_name", None)):
        names = model.feature_name()
    found = [] if names is None else [str(name) for name in names]
    return [] if all(map(_DEFAULT_NAME.fullmatch, found)) else found


def one_text(model: Any) -> Any:
    """A pipeline that gives its model the only column alone, as one that begins with a vectorizer wants it."""
    import numpy as np
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import FunctionTransformer

    return Pipeline([("column", FunctionTransformer(np.ravel)), ("model", model)])


_WANTED = (
    "category-encoders", "cloudpickle", "imbalanced-learn", "lightgbm", "mlflow-skinny", "numpy", "onnx", "onnxruntime",
    "pandas", "scikit-learn", "scipy", "skops", "statsmodels", "xgboost-cpu",
)  # fmt: skip


def opened_pickle(request: SaveRequest) -> Any:
    """A pickle, once the version that it was saved with is the one that is here."""
    raw = Path(request["file"]).read_bytes()
    for magic, unpack in _OPENERS:
        if raw.startswith(magic):
            raw = unpack(raw)
            break
    found = _VERSION.search(raw)
    here = version("scikit-learn")
    if found and found[1].decode() != here:
        saved = found[1].decode()
        raise Problem(f"it was saved with scikit-learn {saved}, and this is {here}: {REMEDY}", saved_with=saved)
    import joblib

    model = joblib.load(request["file"])
    if not hasattr(model, "predict"):
        raise Problem(f"it holds a {type(model).__name__}, which has no method predict")
    return model, saver("sklearn", serialization_format="cloudpickle")


def opened_skops(request: SaveRequest) -> Any:
    """A skops file, if it holds no type but those that are trusted."""
    import skops.io

    unknown = set(skops.io.get_untrusted_types(file=request["file"])) - set(request["trusted"])
    if unknown:
        raise Problem(
            f"it holds the types {', '.join(sorted(unknown))}; if you trust them, say --trust and their names"
        )
    return skops.io.load(request["file"], trusted=request["trusted"]), saver(
        "sklearn", serialization_format="cloudpickle"
    )


def saver(flavor: str, **options: str) -> Callable[..., None]:
    """Return a function that saves a model in a flavor, with the installed packages as its requirements."""

    def save(model: Any, folder: Path, **described: Any) -> None:
        import mlflow

        getattr(mlflow, flavor).save_model(model, folder, pip_requirements=pinned(_WANTED), **options, **described)

    return save


def opened_xgboost(request: SaveRequest) -> Any:
    """A booster, as the estimator it was saved from where it was one."""
    import xgboost

    booster = xgboost.Booster(model_file=request["file"])
    kind = json.loads(booster.attributes().get("scikit_learn", "{}")).get("_estimator_type")
    estimators = {"classifier": "XGBClassifier", "regressor": "XGBRegressor", "ranker": "XGBRanker"}
    model = booster
    if kind in estimators:
        model = getattr(xgboost, estimators[kind])()
        model.load_model(request["file"])
    return model, saver("xgboost")


def opened_lightgbm(request: SaveRequest) -> Any:
    """A booster."""
    import lightgbm

    return lightgbm.Booster(model_file=request["file"]), saver("lightgbm")


def opened_onnx(request: SaveRequest) -> Any:
    """A graph, checked."""
    import onnx

    model = onnx.load(request["file"])
    onnx.checker.check_model(model)
    return model, saver("onnx")


KINDS: dict[str, Callable[[SaveRequest], Any]] = {
    "pickle": opened_pickle,
    "skops": opened_skops,
    "xgboost": opened_xgboost,
    "lightgbm": opened_lightgbm,
    "onnx": opened_onnx,
}

SAVERS: dict[str, Callable[[SaveRequest], None]] = {**save_tensors.SAVERS, **save_texts.SAVERS}
"""How files are saved that are not opened first: networks, whose own files say what they take."""

if __name__ == "__main__":
    serve(answer)

"""How each evaluator of trees is called: a maker loads a model, and generates code if the peer does so.

The program that it returns takes input in the form that it evaluates fastest.
"""

from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np


class Task(NamedTuple):
    """A model and rows, in the forms that the programs read.

    Attributes:
        kind: the training library.
        file: its file of the model.
        bundle: the compiled model.
        rows: the input.
        numbers: the same as an array, without categories.
        work: a folder to write in.
    """

    kind: str
    file: str
    bundle: Path
    rows: list[dict[str, Any]]
    numbers: Any
    work: Path


class Program(NamedTuple):
    """An evaluator.

    Attributes:
        make: makes its input of rows from `start` to `stop`.
        predict: evaluates that.
        answer: gives its numbers, if `predict` gives labels.
    """

    make: Callable[[int, int], Any]
    predict: Callable[[Any], Any]
    answer: Callable[[Any], Any] | None = None


class Unfit(Exception):
    """The peer does not read such models."""


def thaw(task: Task) -> Program:
    """Evaluate a bundle: columns of a decoded request to the answers that get encoded."""
    from handler.backends.compiled import CompiledModel
    from handler.bundle import read_manifest

    manifest = read_manifest(task.bundle)
    model = CompiledModel(manifest, task.bundle)
    types = {spec["name"]: spec["type"] for spec in manifest.signature.inputs or []}

    def make(start: int, stop: int) -> Any:
        columns = {name: [row[name] for row in task.rows[start:stop]] for name in types}
        several = stop - start > 1  # large requests are decoded into arrays
        return {
            name: array("d", column) if several and types[name] == "double" else column
            for name, column in columns.items()
        }

    def answer(columns: Any) -> Any:
        return model.margins(columns) if task.kind == "catboost" else model.predict(columns, {})

    return Program(make, lambda columns: model.predict(columns, {}), answer)


def lightgbm(task: Task) -> Program:
    """Evaluate with LightGBM."""
    import lightgbm as library

    booster = library.Booster(model_file=task.file)
    return Program(_numbers(task), lambda rows: booster.predict(rows, num_threads=1))


def xgboost(task: Task) -> Program:
    """Evaluate with XGBoost."""
    import xgboost as library

    booster = library.Booster({"nthread": 1}, model_file=task.file)
    booster.feature_names = None
    return Program(_numbers(task, "f4"), booster.inplace_predict)


def catboost(task: Task) -> Program:
    """Evaluate with CatBoost."""
    from catboost import CatBoostClassifier

    model = CatBoostClassifier().load_model(task.file)
    predict = model.predict
    return Program(_lists(task), lambda rows: predict(rows, prediction_type="RawFormulaVal", thread_count=1))


def pylignum(task: Task) -> Program:
    """Evaluate with pylignum's interpreter."""
    return _pylignum(task, code=False)


def pylignum_code(task: Task) -> Program:
    """Evaluate with the code that pylignum generates."""
    if task.kind == "catboost":
        raise Unfit("pylignum generates no code for CatBoost's models")
    return _pylignum(task, code=True)


def _pylignum(task: Task, *, code: bool) -> Program:
    import lignum

    model = lignum.load(task.file)
    if code:
        model.compile(work_dir=str(task.work), library=str(task.work / "pylignum.so"))  # not a library of before
    if task.kind == "catboost":
        import pandas as pd

        def make(start: int, stop: int) -> Any:
            return _lists(task)(start, stop) if stop - start == 1 else pd.DataFrame(task.rows[start:stop])

        return Program(make, lambda rows: model.predict(rows, raw_score=True, n_jobs=1))
    return Program(_numbers(task), lambda rows: model.predict(rows, n_jobs=1))


def treelite(task: Task) -> Program:
    """Evaluate with treelite's own interpreter (GTIL)."""
    import treelite as library

    model = _treelite(task)
    return Program(_numbers(task, _type(task)), lambda rows: library.gtil.predict(model, rows, nthread=1))


def tl2cgen(task: Task) -> Program:
    """Evaluate with the C code that tl2cgen generates of a treelite model."""
    import tl2cgen as library

    path = task.work / "tl2cgen.so"
    library.export_lib(_treelite(task), toolchain="gcc", libpath=path, params={"parallel_comp": 8})
    predictor = library.Predictor(path, nthread=1)
    make = _numbers(task, _type(task))
    return Program(lambda start, stop: library.DMatrix(make(start, stop), dtype=_type(task)), predictor.predict)


def _treelite(task: Task) -> Any:
    import treelite as library

    if task.kind == "catboost":
        raise Unfit("treelite does not read CatBoost's models")
    return getattr(library.frontend, f"load_{task.kind}_model")(task.file)


def lleaves(task: Task) -> Program:
    """Evaluate with the code that lleaves generates by LLVM."""
    import lleaves as library

    if task.kind != "lightgbm":
        raise Unfit("lleaves reads LightGBM's models only")
    model = library.Model(model_file=task.file)
    model.compile()
    return Program(_numbers(task), lambda rows: model.predict(rows, n_jobs=1))


def timber(task: Task) -> Program:
    """Evaluate with the C code that timber-compiler generates."""
    from timber.runtime.predictor import TimberPredictor

    path = task.file if task.kind == "lightgbm" else str(task.work / "model.json")
    if task.kind == "xgboost":
        import xgboost as library

        library.Booster(model_file=task.file).save_model(path)
    elif task.kind == "catboost":
        from catboost import CatBoostClassifier

        CatBoostClassifier().load_model(task.file).save_model(path, format="json")
    return Program(_numbers(task, "f4"), TimberPredictor.from_model(path, format_hint=task.kind).predict)


def onnxruntime(task: Task) -> Program:
    """Evaluate with onnxruntime, after a conversion by onnxmltools."""
    import onnxmltools
    import onnxruntime as library
    from onnxmltools.convert.common.data_types import FloatTensorType

    types = [("input", FloatTensorType([None, task.numbers.shape[1]]))]
    if task.kind == "lightgbm":
        import lightgbm as trained

        converted = onnxmltools.convert_lightgbm(
            trained.Booster(model_file=task.file), initial_types=types, zipmap=False
        )
    elif task.kind == "xgboost":
        import xgboost as trained_by

        booster = trained_by.Booster(model_file=task.file)
        booster.feature_names = None
        converted = onnxmltools.convert_xgboost(booster, initial_types=types)
    else:
        raise Unfit("CatBoost exports no categories to ONNX")
    options = library.SessionOptions()
    options.intra_op_num_threads = 1
    session = library.InferenceSession(converted.SerializeToString(), options, providers=["CPUExecutionProvider"])
    output = session.get_outputs()[-1].name
    return Program(_numbers(task, "f4"), lambda rows: session.run([output], {"input": rows})[0][:, 1])


LIBRARIES: dict[str, Callable[[Task], Program]] = {"lightgbm": lightgbm, "xgboost": xgboost, "catboost": catboost}

PEERS: dict[str, Callable[[Task], Program]] = {
    "pylignum, interpreter": pylignum,
    "pylignum, code per model": pylignum_code,
    "treelite": treelite,
    "tl2cgen, code per model": tl2cgen,
    "lleaves, code per model": lleaves,
    "timber-compiler, code per model": timber,
    "onnxruntime": onnxruntime,
}


def _type(task: Task) -> str:
    return "float64" if task.kind == "lightgbm" else "float32"


def _numbers(task: Task, kind: str = "f8") -> Callable[[int, int], Any]:
    numbers = np.ascontiguousarray(task.numbers, kind)
    return lambda start, stop: numbers[start:stop]


def _lists(task: Task) -> Callable[[int, int], Any]:
    return lambda start, stop: [list(row.values()) for row in task.rows[start:stop]]

"""Child process: convert a model to another format, in an environment that has the converter.

Request: `to` (`skops` or `onnx`), `model` (MLflow's directory), `flavor`, `predict_fn`, `inputs`, `folder` (to write)
and `rows` to compare on. Result: for ONNX `difference`, the greatest difference of an output (a classifier's
probabilities included) from the original model's; or `error`.
"""

import json
import os
import sys
import warnings
from pathlib import Path
from typing import Any


def main(request_file: str, result_file: str) -> None:
    """Read the request from one file and write the result to the other."""
    warnings.simplefilter("ignore")
    request = json.loads(Path(request_file).read_text())
    try:
        result = CONVERSIONS[request["to"]](request)
    except Exception as error:  # noqa: BLE001 - converters raise anything
        result = {"error": f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"}
    Path(result_file).write_text(json.dumps(result))


def convert_to_skops(request: dict[str, Any]) -> dict[str, Any]:
    """Save the model in MLflow's default format."""
    import mlflow
    from skops.io import dumps, get_untrusted_types

    model = mlflow.sklearn.load_model(request["model"])
    mlflow.sklearn.save_model(
        model,
        request["folder"],
        serialization_format="skops",
        skops_trusted_types=get_untrusted_types(data=dumps(model)),
        signature=mlflow.models.get_model_info(request["model"]).signature,
        pyfunc_predict_fn=request["predict_fn"],
        pip_requirements=[],
    )
    return {}


def convert_to_onnx(request: dict[str, Any]) -> dict[str, Any]:
    """Convert the model to ONNX, and compare both on the rows."""
    import mlflow

    model = getattr(mlflow, request["flavor"]).load_model(request["model"])
    options: dict[str, Any] = {}
    if type(model).__name__ == "FixedThresholdClassifier":  # skl2onnx does not support it
        options = {"threshold": model.threshold, "classes": model.classes_.tolist()}
        model = model.estimator_
    options["probability"] = request["flavor"] == "lightgbm"  # the output of its predict
    converted = (_booster if options["probability"] else _sklearn)(model, request["inputs"])
    folder = Path(request["folder"])
    folder.mkdir()
    (folder / "model.onnx").write_bytes(converted.SerializeToString())
    (folder / "options.json").write_text(json.dumps(options))
    return {"difference": _difference(model, request, folder)}


def _booster(model: Any, inputs: list[dict[str, Any]]) -> Any:
    from onnxmltools import convert_lightgbm
    from onnxmltools.convert.common.data_types import FloatTensorType

    return convert_lightgbm(model, initial_types=[("input", FloatTensorType([None, len(inputs)]))], zipmap=False)


def _sklearn(model: Any, inputs: list[dict[str, Any]]) -> Any:
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import FloatTensorType, Int64TensorType, StringTensorType

    kinds = {"string": StringTensorType, "long": Int64TensorType, "integer": Int64TensorType}
    types = [(spec["name"], kinds.get(spec["type"], FloatTensorType)([None, 1])) for spec in inputs]
    if all(isinstance(kind, FloatTensorType) for _, kind in types):
        types = [("input", FloatTensorType([None, len(inputs)]))]
    given: dict[int, dict[str, Any]] = {id(model): {"zipmap": False}} if hasattr(model, "predict_proba") else {}
    # The default locale does not exist in images.
    given |= {id(step): {"locale": "C"} for step in _steps(model) if type(step).__name__ == "TfidfVectorizer"}
    return to_onnx(model, initial_types=types, options=given)


def _steps(model: Any) -> list[Any]:
    inner = [step for _, step in getattr(model, "steps", [])]
    inner += [step for _, step, *_ in getattr(model, "transformers_", [])]
    return [model, *(found for step in inner for found in _steps(step))]


def _difference(model: Any, request: dict[str, Any], folder: Path) -> float:
    import mlflow
    import numpy as np
    from mlflow.utils.proto_json_utils import dataframe_from_parsed_json

    os.environ["MODEL"] = str(folder)
    import onnx_by_hand

    schema = mlflow.pyfunc.load_model(request["model"]).metadata.get_input_schema()
    table = dataframe_from_parsed_json(request["rows"], pandas_orient="records", schema=schema)
    expected = (model.predict_proba if hasattr(model, "predict_proba") else model.predict)(table)
    actual = onnx_by_hand.numbers(request["rows"])
    return float(np.max(np.abs(np.asarray(actual) - np.asarray(expected))))


CONVERSIONS = {"skops": convert_to_skops, "onnx": convert_to_onnx}

if __name__ == "__main__":
    main(*sys.argv[1:])

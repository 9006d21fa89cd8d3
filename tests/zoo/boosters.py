"""Boosters and ONNX models with unusual inputs and outputs."""

from functools import partial
from pathlib import Path
from typing import Any

import lightgbm
import mlflow
import numpy as np
import pandas as pd
import xgboost
from mlflow.models import infer_signature
from packages import REQUIREMENTS
from sklearn.linear_model import LinearRegression

from zoo.case import Case, records, values
from zoo.libraries import FRAME, LABELS, NUMBERS, TARGET

MIXED = pd.DataFrame(
    {
        "rooms": np.digitize(NUMBERS[:, 0], [-1.0, 0.0, 1.0]).astype("int64") * 1_000_003,
        "floor": np.digitize(NUMBERS[:, 1], [-0.5, 0.5]).astype("int32"),
        "area": np.where(NUMBERS[:, 2] > 1.5, np.nan, NUMBERS[:, 2]),
        "width": NUMBERS[:, 3].astype("float32"),
        "garden": NUMBERS[:, 0] + NUMBERS[:, 3] > 0,
    }
)
COLUMNS = FRAME.set_axis(list("abcd"), axis=1)
TWO = TARGET > 0


def _case(flavor: Any, model: Any, data: Any = COLUMNS, **more: Any) -> Case:
    """Return the case of a fitted model, saved with its signature and an input example."""
    method = getattr(model, more.get("pyfunc_predict_fn", "predict"))
    signature = infer_signature(data, method(data))

    def save(folder: Path) -> None:
        more["pip_requirements"] = REQUIREMENTS
        flavor.save_model(model, folder, signature=signature, input_example=data[:3], **more)

    asked = data[5:20]
    rows = [{"input": row} for row in asked.tolist()] if isinstance(data, np.ndarray) else records(asked)
    if data is MIXED:
        rows = [row | {"area": None if np.isnan(row["area"]) else row["area"]} for row in rows]
    return Case(save, asked, rows, values("prediction"))


def _xgboost(kind: str, target: Any, data: Any = COLUMNS, **options: Any) -> Case:
    return _case(mlflow.xgboost, getattr(xgboost, kind)(n_estimators=4, **options).fit(data, target), data)


def _lightgbm(kind: str, target: Any, data: Any = COLUMNS, **options: Any) -> Case:
    model = getattr(lightgbm, kind)(n_estimators=4, min_child_samples=5, verbose=-1, **options)
    return _case(mlflow.lightgbm, model.fit(data, target), data)


def _probabilities(model: Any) -> Case:
    """Return the case of `predict_proba` of a booster that was saved as a scikit-learn model."""
    more = {"pyfunc_predict_fn": "predict_proba", "serialization_format": "cloudpickle"}
    return _case(mlflow.sklearn, model.fit(COLUMNS, TWO), **more)


def onnx_model(*, table: bool) -> Case:
    """Return an ONNX model that takes a DataFrame: as one tensor of all columns, or as one tensor per column."""
    from skl2onnx import to_onnx

    numbers = NUMBERS.astype("float32")
    frame = COLUMNS.astype("float32")
    if table:
        model = to_onnx(LinearRegression().fit(numbers, TARGET), numbers[:1])
        asked = frame
    else:
        model = _added(frame)
        asked = frame.astype({"a": "float64"})
    save = partial(
        mlflow.onnx.save_model,
        model,
        signature=infer_signature(asked),
        input_example=asked[:3],
        pip_requirements=REQUIREMENTS,
        onnx_session_options={"execution_mode": "sequential", "graph_optimization_level": 1, "intra_op_num_threads": 2},
    )
    return Case(save, asked[5:20], records(asked[5:20]), lambda output: output.to_dict(orient="records"))


def _added(frame: pd.DataFrame) -> Any:
    """Return a graph that adds its inputs, one vector per column."""
    from onnx import TensorProto, helper

    names = list(frame)
    inputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None]) for name in names]
    outputs = [helper.make_tensor_value_info("sum", TensorProto.FLOAT, [None])]
    graph = helper.make_graph([helper.make_node("Sum", names, ["sum"])], "sum", inputs, outputs)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


BOOSTERS = {
    "lightgbm tensor": partial(_lightgbm, "LGBMRegressor", TARGET, NUMBERS),
    "lightgbm mixed": partial(_lightgbm, "LGBMClassifier", TWO, MIXED),
    "lightgbm probabilities": partial(
        _probabilities, lightgbm.LGBMClassifier(n_estimators=4, min_child_samples=5, verbose=-1)
    ),
    "lightgbm stopping early": partial(_lightgbm, "LGBMRegressor", TARGET, pred_early_stop=True),
    "xgboost softmax": partial(_xgboost, "XGBClassifier", LABELS, objective="multi:softmax"),
    "xgboost linear": partial(_xgboost, "XGBRegressor", TARGET, booster="gblinear"),
    "xgboost several outputs": partial(_xgboost, "XGBRegressor", np.column_stack([TARGET, -TARGET])),
    "xgboost several labels": partial(_xgboost, "XGBClassifier", np.column_stack([TWO, ~TWO])),
    "xgboost mixed": partial(_xgboost, "XGBRFClassifier", TWO, MIXED),
    "xgboost probabilities": partial(_probabilities, xgboost.XGBClassifier(n_estimators=4, max_depth=3)),
    "onnx frame": partial(onnx_model, table=False),
    "onnx table": partial(onnx_model, table=True),
}

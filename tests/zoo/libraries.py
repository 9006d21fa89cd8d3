"""Models of libraries that MLflow has a flavor for, saved as usual."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import lightgbm
import mlflow
import numpy as np
import pandas as pd
import xgboost
from mlflow.models import ModelSignature, infer_signature
from mlflow.types import ColSpec, Schema, TensorSpec
from packages import REQUIREMENTS
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from zoo.case import Case, columns, records, values

_chance = np.random.default_rng(7)
NUMBERS = _chance.normal(size=(80, 4))
FRAME = pd.DataFrame(NUMBERS, columns=["sepal length (cm)", "petal.width", "class", '4" pipe'])
TARGET = NUMBERS @ [1.0, -2.0, 0.5, 3.0] + 0.1
LABELS = np.digitize(TARGET, [-2.0, 2.0])
HOUSES = pd.DataFrame(
    {
        "rooms": pd.Series(_chance.integers(1, 9, 80), dtype="int64"),
        "area": _chance.uniform(20, 200, 80),
        "city": _chance.choice(["Zürich", "Roma", "São Paulo"], 80),
        "garden": _chance.choice([True, False], 80),
    }
)
PRICES = HOUSES["area"] * 1000 + HOUSES["garden"] * 5e4 + HOUSES["city"].str.len() * 1e4


def _save(flavor: Any, model: Any, folder: Path, **more: Any) -> None:
    flavor.save_model(model, folder, pip_requirements=REQUIREMENTS, **more)


def _on_frame(flavor: Any, model: Any, name: str = "prediction", **more: Any) -> Case:
    """Return the case of a model fitted on FRAME, saved with its signature and an input example."""
    signature = infer_signature(FRAME, model.predict(FRAME))
    save = partial(_save, flavor, model, signature=signature, input_example=FRAME[:3], **more)
    return Case(save, FRAME[5:20], records(FRAME[5:20]), values(name))


def sklearn_labels(labels: list[Any]) -> Case:
    """A classifier with labels of any type and unusual column names."""
    model = DecisionTreeClassifier(max_depth=4, random_state=0).fit(FRAME, np.array(labels)[LABELS])
    return _on_frame(mlflow.sklearn, model, serialization_format="cloudpickle")


def sklearn_probabilities() -> Case:
    """`predict_proba`, selected when saving: several numbers per row under one name."""
    model = LogisticRegression().fit(FRAME, LABELS)
    return _on_frame(mlflow.sklearn, model, pyfunc_predict_fn="predict_proba", serialization_format="cloudpickle")


def sklearn_skops() -> Case:
    """MLflow's default serialization."""
    trusted = ["sklearn._loss.link.Interval", "sklearn._loss.link.LogitLink", "sklearn._loss.loss.HalfBinomialLoss"]
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(FRAME, LABELS)
    return _on_frame(mlflow.sklearn, model, skops_trusted_types=trusted)


def sklearn_forest() -> Case:
    """A random forest, which compares float32 inputs with float64 thresholds."""
    model = RandomForestClassifier(5, random_state=0).fit(FRAME, LABELS)
    return _on_frame(mlflow.sklearn, model, serialization_format="cloudpickle")


def sklearn_several_outputs() -> Case:
    """An array of shape (rows, 2), named by the signature's two outputs."""
    model = LinearRegression().fit(FRAME, np.column_stack([TARGET, -TARGET]))
    outputs = Schema([ColSpec("double", "up"), ColSpec("double", "down")])
    signature = ModelSignature(infer_signature(FRAME).inputs, outputs)
    save = partial(_save, mlflow.sklearn, model, signature=signature, input_example=FRAME[:2])
    return Case(save, FRAME[5:9], records(FRAME[5:9]), columns("up", "down"))


def sklearn_by_names() -> Case:
    """A ColumnTransformer that selects columns by name, which needs a DataFrame."""
    encode = ColumnTransformer([("city", OneHotEncoder(handle_unknown="ignore"), ["city"])], remainder="passthrough")
    model = make_pipeline(encode, LinearRegression()).fit(HOUSES, PRICES)
    signature = infer_signature(HOUSES, model.predict(HOUSES))
    save = partial(_save, mlflow.sklearn, model, signature=signature, input_example=HOUSES[:2])
    return Case(save, HOUSES[4:9], records(HOUSES[4:9]), values("prediction"))


def sklearn_array() -> Case:
    """An unnamed tensor of shape (-1, 4)."""
    model = LinearRegression().fit(NUMBERS, TARGET)
    signature = infer_signature(NUMBERS, TARGET)
    save = partial(_save, mlflow.sklearn, model, signature=signature, input_example=NUMBERS[:3])
    return Case(save, NUMBERS[5:20], [{"input": row} for row in NUMBERS[5:20].tolist()], values("prediction"))


def sklearn_numbered_columns() -> Case:
    """A DataFrame made from an array, with the columns 0, 1, 2 and 3."""
    frame = pd.DataFrame(NUMBERS)
    model = LinearRegression().fit(NUMBERS, TARGET)
    signature = infer_signature(frame, TARGET)
    save = partial(_save, mlflow.sklearn, model, signature=signature, input_example=frame[:2])
    rows = [{str(name): value for name, value in row.items()} for row in records(frame[5:9])]
    return Case(save, frame[5:9], rows, values("prediction"))


def sklearn_unnamed_columns() -> Case:
    """Four columns without names, which are numbered."""
    model = LinearRegression().fit(NUMBERS, TARGET)
    signature = ModelSignature(Schema([ColSpec("double")] * 4), Schema([ColSpec("double")]))
    save = partial(_save, mlflow.sklearn, model, signature=signature, input_example=NUMBERS[:2])
    rows = [{str(index): value for index, value in enumerate(row)} for row in NUMBERS[5:9].tolist()]
    return Case(save, NUMBERS[5:9], rows, values("prediction"))


def xgboost_classifier() -> Case:
    """XGBoost's scikit-learn interface."""
    model = xgboost.XGBClassifier(n_estimators=5, max_depth=3).fit(FRAME.to_numpy(), LABELS)
    return _on_frame(mlflow.xgboost, model)


def xgboost_booster() -> Case:
    """XGBoost's own interface, with float32 throughout and missing values."""
    frame = FRAME.rename(columns={"class": "kind"}).mask(FRAME.to_numpy() > 2)
    model = xgboost.train({"max_depth": 3}, xgboost.DMatrix(frame, TARGET), num_boost_round=5)
    signature = infer_signature(frame, model.predict(xgboost.DMatrix(frame)))
    save = partial(_save, mlflow.xgboost, model, signature=signature, input_example=frame[:3])
    asked = frame[5:20].assign(kind=np.nan)
    return Case(save, asked, [{**row, "kind": None} for row in records(frame[5:20].fillna(0.5))], values("prediction"))


def lightgbm_classifier() -> Case:
    """LightGBM's scikit-learn interface."""
    frame = FRAME.set_axis(list("abcd"), axis=1)
    model = lightgbm.LGBMClassifier(n_estimators=5, verbose=-1).fit(frame, np.array(["low", "mid", "high"])[LABELS])
    save = partial(
        _save,
        mlflow.lightgbm,
        model,
        signature=infer_signature(frame, model.predict(frame)),
        input_example=frame[:3],
    )
    return Case(save, frame[5:20], records(frame[5:20]), values("prediction"))


def lightgbm_booster() -> Case:
    """LightGBM's own interface."""
    frame = FRAME.set_axis(list("abcd"), axis=1)
    model = lightgbm.train({"verbose": -1}, lightgbm.Dataset(frame, TARGET), num_boost_round=5)
    signature = infer_signature(frame, model.predict(frame))
    save = partial(_save, mlflow.lightgbm, model, signature=signature, input_example=frame[:3])
    return Case(save, frame[5:20], records(frame[5:20]), values("prediction"))


def statsmodels_formula() -> Case:
    """A formula with categories, whose answer is a pandas.Series."""
    import statsmodels.formula.api as formulas

    model = formulas.ols("price ~ area + C(city) * rooms + garden", HOUSES.assign(price=PRICES)).fit()
    signature = infer_signature(HOUSES, model.predict(HOUSES))
    save = partial(_save, mlflow.statsmodels, model, signature=signature, input_example=HOUSES[:3])
    return Case(save, HOUSES[5:20], records(HOUSES[5:20]), values("prediction"))


def onnx_tensor() -> Case:
    """ONNX with one named tensor of shape (-1, 4), and two outputs."""
    from skl2onnx import to_onnx

    numbers = NUMBERS.astype("float32")
    model = to_onnx(LogisticRegression().fit(numbers, LABELS), numbers[:1], options={"zipmap": False})
    inputs = Schema([TensorSpec(np.dtype("float32"), (-1, 4), "X")])
    outputs = Schema([TensorSpec(np.dtype("int64"), (-1,), "label"), TensorSpec(np.dtype("float32"), (-1, 3), "odds")])
    example = {"X": numbers[:2]}
    save = partial(_save, mlflow.onnx, model, signature=ModelSignature(inputs, outputs), input_example=example)
    rows = [{"X": row} for row in numbers[5:9].tolist()]
    return Case(save, {"X": numbers[5:9]}, rows, _by_name)


def onnx_columns() -> Case:
    """ONNX with several named tensors of shape (-1, 1)."""
    from skl2onnx import to_onnx

    houses = HOUSES[["rooms", "area"]].astype("float32")
    encode = ColumnTransformer([("scale", StandardScaler(), ["rooms", "area"])])
    model = to_onnx(make_pipeline(encode, LinearRegression()).fit(houses, PRICES), houses[:1])
    tensors = {name: houses[[name]].to_numpy() for name in houses}
    inputs = Schema([TensorSpec(np.dtype("float32"), (-1, 1), name) for name in tensors])
    example = {name: tensor[:2] for name, tensor in tensors.items()}
    save = partial(_save, mlflow.onnx, model, signature=ModelSignature(inputs), input_example=example)
    asked = {name: tensor[5:9] for name, tensor in tensors.items()}
    rows = [{"rooms": [rooms], "area": [area]} for rooms, area in houses[5:9].to_numpy().tolist()]
    return Case(save, asked, rows, _by_name)


def _by_name(output: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        dict(zip(output, row, strict=True)) for row in zip(*(part.tolist() for part in output.values()), strict=True)
    ]


LIBRARIES: dict[str, Callable[[], Case]] = {
    "sklearn labels str": partial(sklearn_labels, ["low", "mid", "high"]),
    "sklearn labels int": partial(sklearn_labels, [10, 20, 30]),
    "sklearn labels bool": partial(sklearn_labels, [False, True, True]),
    "sklearn probabilities": sklearn_probabilities,
    "sklearn skops": sklearn_skops,
    "sklearn forest": sklearn_forest,
    "sklearn several outputs": sklearn_several_outputs,
    "sklearn by names": sklearn_by_names,
    "sklearn array": sklearn_array,
    "sklearn numbered columns": sklearn_numbered_columns,
    "sklearn unnamed columns": sklearn_unnamed_columns,
    "xgboost classifier": xgboost_classifier,
    "xgboost booster": xgboost_booster,
    "lightgbm classifier": lightgbm_classifier,
    "lightgbm booster": lightgbm_booster,
    "statsmodels formula": statsmodels_formula,
    "onnx tensor": onnx_tensor,
    "onnx columns": onnx_columns,
}

"""The description of a model, read from its folder before anything is loaded."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from model import mlmodel
from model.errors import ModelError
from model.predict_fn import with_predict_fn

TABLE = [{"type": "long", "name": "a", "required": True}, {"type": "string", "name": "b", "required": True}]
NUMBERED = [{"type": "double", "name": 0}, {"type": "double", "name": 1}]
UNNAMED = [{"type": "double"}, {"type": "double"}]
TEXT = [{"type": "string"}]
LISTS = [{"type": "array", "items": {"type": "long"}, "name": "a"}, {"type": "string", "name": "b"}]
TENSOR = [{"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1, 2]}}]
TENSORS = [{**TENSOR[0], "name": "x"}, {**TENSOR[0], "name": "y"}]


def written(
    folder: Path, inputs: list[dict[str, Any]] | None = None, example: Any = None, kind: str = "", **described: Any
) -> Path:
    """A model's folder with what `read` looks at."""
    content: dict[str, Any] = {"flavors": {"python_function": {"loader_module": "mlflow.sklearn"}}, **described}
    if inputs is not None:
        content["signature"] = {"inputs": json.dumps(inputs), "outputs": None}
    if example is not None:
        params = {"params": "true"} if isinstance(example, dict) and "params" in example else {}
        content["saved_input_example_info"] = {"artifact_path": "example.json", "type": kind, **params}
        (folder / "example.json").write_text(json.dumps(example))
    (folder / "MLmodel").write_text(yaml.safe_dump(content))
    (folder / "requirements.txt").write_text("mlflow\n")
    return folder


@pytest.mark.parametrize(
    ("inputs", "kind", "stored", "rows"),
    [
        (
            TABLE,
            "dataframe",
            {"columns": ["a", "b"], "data": [[1, "x"], [2, "y"]]},
            [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}],
        ),
        (TABLE, "dataframe", {"columns": ["a", "b"], "data": [[1, float("nan")]]}, [{"a": 1, "b": None}]),
        (NUMBERED, "dataframe", {"data": [[1.5, 2.5]]}, [{"0": 1.5, "1": 2.5}]),
        (UNNAMED, "ndarray", [[1.5, 2.5]], [{"0": 1.5, "1": 2.5}]),
        (TEXT, "json_object", ["one", "two"], [{"input": "one"}, {"input": "two"}]),
        (TEXT, "json_object", "one", [{"input": "one"}]),
        (TABLE, "json_object", [{"a": 1, "b": "x"}], [{"a": 1, "b": "x"}]),
        (TABLE, "json_object", {"a": 1, "b": "x"}, [{"a": 1, "b": "x"}]),
        (TABLE, "json_object", {"a": [1, 2], "b": ["x", "y"]}, [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]),
        (LISTS, "json_object", {"a": [1, 2], "b": "x"}, [{"a": [1, 2], "b": "x"}]),
        (TENSOR, "ndarray", [[1.5, 2.5]], [{"input": [1.5, 2.5]}]),
        (TENSOR, "ndarray", {"inputs": [[1.5, 2.5]]}, [{"input": [1.5, 2.5]}]),
        (TENSORS, "ndarray", {"x": [[1, 2]], "y": [[3, 4]]}, [{"x": [1, 2], "y": [3, 4]}]),
        (None, "dataframe", {"columns": ["a"], "data": [[1]]}, [{"a": 1}]),
        (None, "dataframe", {"data": [["x", "y"]]}, [{"0": "x", "1": "y"}]),
        (TENSOR, "dataframe", {"columns": ["a", "b"], "data": [[1.5, 2.5]]}, [{"input": [1.5, 2.5]}]),
        (TABLE, "dataframe", {"columns": ["c", "b", "a"], "data": [[0, "x", 1]]}, [{"a": 1, "b": "x"}]),
    ],
)
def test_an_example_is_read_as_rows(
    inputs: list[dict[str, Any]] | None, kind: str, stored: Any, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    """Whatever form MLflow stored it in, it becomes what `POST /predict` takes."""
    assert (rows, {}) == mlmodel.read(written(tmp_path, inputs, stored, kind)).example


def test_an_examples_params_are_read(tmp_path: Path) -> None:
    """MLflow keeps them beside the rows."""
    stored = {"inputs": {"columns": ["a", "b"], "data": [[1, "x"]]}, "params": {"limit": 2.0}}

    assert ([{"a": 1, "b": "x"}], {"limit": 2.0}) == mlmodel.read(written(tmp_path, TABLE, stored, "dataframe")).example


@pytest.mark.parametrize(
    ("inputs", "kind", "stored"),
    [
        (None, "ndarray", [[1, 2]]),
        (TABLE, "json_object", []),
        (TABLE, "dataframe", {"columns": ["a"], "data": [[1]]}),
    ],
)
def test_an_example_that_makes_no_rows_is_none(
    inputs: list[dict[str, Any]] | None, kind: str, stored: Any, tmp_path: Path
) -> None:
    """Without names for its columns it cannot be asked as an object, nor without some of the signature's."""
    assert mlmodel.read(written(tmp_path, inputs, stored, kind)).example is None


def test_a_few_rows_of_an_example_are_enough(tmp_path: Path) -> None:
    """Some log their whole training set."""
    stored = {"columns": ["a", "b"], "data": [[number, "x"] for number in range(1000)]}

    example = mlmodel.read(written(tmp_path, TABLE, stored, "dataframe")).example

    assert example is not None
    assert 5 == len(example[0])


def test_columns_that_are_optional_in_the_old_way_are_optional(tmp_path: Path) -> None:
    """MLflow wrote `optional` before it wrote `required`."""
    signature = mlmodel.read(written(tmp_path, [{"type": "double", "name": "a", "optional": True}])).signature

    assert [{"type": "double", "name": "a", "required": False}] == signature.inputs


@pytest.mark.parametrize(
    ("described", "version", "name"),
    [
        ({"model_id": "m-1", "model_uuid": "u-1", "artifact_path": "models:/m-1/"}, "m-1", "m-1"),
        ({"model_uuid": "u-1", "artifact_path": "runs/churn"}, "u-1", "churn"),
        ({}, "unknown", "folder"),
    ],
)
def test_a_model_has_a_name_and_a_version(described: dict[str, Any], version: str, name: str, tmp_path: Path) -> None:
    """MLflow 3 gives models ids, older versions gave them runs."""
    (tmp_path / "folder").mkdir()

    info = mlmodel.read(written(tmp_path / "folder", **described)).info

    assert (version, name) == (info.version, info.name)


def test_another_method_is_chosen_in_a_copy(tmp_path: Path) -> None:
    """The model's own folder is not written to."""
    (tmp_path / "folder").mkdir()
    model = mlmodel.read(written(tmp_path / "folder"))

    chosen = with_predict_fn(model, "predict_proba", tmp_path / "copy")

    assert ("predict_proba", tmp_path / "copy") == (chosen.predict_fn, chosen.folder)
    assert "predict" == mlmodel.read(tmp_path / "folder").predict_fn


def test_only_estimators_have_other_methods(tmp_path: Path) -> None:
    """A custom model has `predict` alone."""
    flavors = {"python_function": {"loader_module": "mlflow.pyfunc.model"}}
    model = mlmodel.read(written(tmp_path, flavors=flavors))

    with pytest.raises(ModelError, match="this model is no estimator, of the flavor pyfunc"):
        with_predict_fn(model, "predict_proba", tmp_path / "copy")


def test_a_lightgbm_estimator_is_asked_by_the_sklearn_flavor(tmp_path: Path) -> None:
    """LightGBM's own calls nothing but `predict`; a booster has no other method."""
    (tmp_path / "folder").mkdir()
    named = {"data": "model.pkl", "model_class": "lightgbm.sklearn.LGBMClassifier"}
    flavors = {"python_function": {"loader_module": "mlflow.lightgbm"}, "lightgbm": named}
    model = mlmodel.read(written(tmp_path / "folder", flavors=flavors))

    chosen = with_predict_fn(model, "predict_proba", tmp_path / "copy")

    assert ("sklearn", "predict_proba") == (chosen.flavor, chosen.predict_fn)
    named["model_class"] = "lightgbm.basic.Booster"
    with pytest.raises(ModelError, match="this model is a booster, of the flavor lightgbm"):
        with_predict_fn(mlmodel.read(written(tmp_path / "folder", flavors=flavors)), "predict_proba", tmp_path / "b")


@pytest.mark.parametrize(
    ("folder", "described", "noted", "name"),
    [
        ("churn", {}, None, "churn"),
        ("artifact", {}, None, "model"),
        ("artifact", {"artifact_path": "churn"}, None, "churn"),
        ("artifact", {"artifact_path": "mlflow-artifacts:/1/models/m-1/artifacts"}, None, "model"),
        ("artifact", {}, {"uri": "runs:/1/churn"}, "churn"),
        ("artifact", {}, {"uri": "https://host/models/churn.tar.gz?version=3"}, "churn"),
        ("artifact", {}, {"uri": "~/Modelle/meine Kunden/"}, "meine Kunden"),
        ("artifact", {"artifact_path": "model"}, {"uri": "models:/customers/3", "name": "customers"}, "customers"),
    ],
)
def test_a_model_has_the_name_its_registry_gives_it(
    folder: str, described: dict[str, Any], noted: dict[str, str] | None, name: str, tmp_path: Path
) -> None:
    """The registered name, else the logged one, else that of the directory or file it came from."""
    (tmp_path / folder).mkdir()
    written(tmp_path / folder, **described)
    if noted:
        mlmodel.note_source(tmp_path / folder, **noted)
    assert name == mlmodel.read(tmp_path / folder).info.name

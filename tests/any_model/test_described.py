"""The API of any model is described as it is."""

import copy
import json
from collections.abc import Callable
from pathlib import Path

import mlflow.pyfunc
import pytest
from jsonschema import Draft202012Validator
from zoo.case import Case
from zoo.models import MODELS

from handler.bundle import Example, Manifest
from handler.response import encoding
from model import mlmodel, openapi


@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_described(name: str, saved: Callable[[str], tuple[Case, Path]]) -> None:
    """So that the rows it is asked and the answers it gives fit."""
    case, folder = saved(name)
    model = mlmodel.read(folder)
    predicted = mlflow.pyfunc.load_model(str(folder)).predict(copy.deepcopy(case.data), params=case.params)
    rows, given = json.loads(json.dumps(case.rows)), json.loads(encoding.encode(case.answer(predicted)))
    example = Example(rows[:1], case.params or {}, given[:1])
    manifest = Manifest(1, "pyfunc", {}, model.flavor, model.info, model.signature, None, example, {}, {}, {})
    components = openapi.describe(manifest, model.metrics, {})["components"]
    for schema, values in (("Rows", rows), ("Answers", given)):
        of = {"$ref": f"#/components/schemas/{schema}", "components": components}
        assert [] == [error.message for error in Draft202012Validator(of).iter_errors(values)]

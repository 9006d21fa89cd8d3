"""The API of any model is described as it is."""

import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from case import Case
from jsonschema import Draft202012Validator
from models import MODELS
from openapi_spec_validator import OpenAPIV31SpecValidator

from handler import answers
from handler.bundle import Manifest
from model import mlmodel, openapi


@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_described(name: str, saved: Callable[[str], tuple[Case, Path]]) -> None:
    """Validly, and so that the rows it is asked and the answers it gives fit."""
    case, folder = saved(name)
    model = mlmodel.read(folder)
    manifest = Manifest(1, "pyfunc", {}, model.flavor, model.info, model.signature, None, None, {}, {}, {})
    document = msgspec.json.decode(msgspec.json.encode(openapi.describe(manifest, model.metrics, {})))
    OpenAPIV31SpecValidator(document).validate()

    def errors(schema: str, value: object) -> list[str]:
        of = {"$ref": f"#/components/schemas/{schema}", "components": document["components"]}
        return [error.message for error in Draft202012Validator(of).iter_errors(value)]

    assert [] == errors("Rows", json.loads(json.dumps(case.rows)))

    import mlflow.pyfunc

    predicted = mlflow.pyfunc.load_model(str(folder)).predict(case.data, params=case.params)
    for answer in json.loads(answers.encode(case.answer(predicted))):
        assert [] == errors("Answer", answer)

"""A model of each flavor is built, proved and served, and answers as MLflow's own server does.

`make flavors` runs them, and `make flavors FLAVOR=prophet` one. Each installs the flavor's packages: gigabytes in all.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from flavors import flavor
from flavors.make import RECIPES

from handler.bundle import read_manifest
from model.build.bundle import Choices
from model.build.networks import TOLERANCE
from model.errors import ModelError


@pytest.mark.parametrize("name", RECIPES)
def test_a_flavor_answers_as_mlflow_does(name: str, tmp_path: Path) -> None:
    """It builds, and the handler's responses to the model's serving example are MLflow's."""
    recipe = RECIPES[name]
    if missing := [program for program in recipe.needs if not shutil.which(program)]:
        pytest.skip(f"{name} needs {', '.join(missing)}")
    made = flavor.make(name, tmp_path)
    if recipe.refused:
        with pytest.raises(ModelError, match=recipe.refused):
            flavor.bundle(made, tmp_path)
        return
    folder = flavor.bundle(made, tmp_path)
    with flavor.started(folder) as runtime:
        status, body = flavor.ask(runtime, "/invocations", (made.folder / "serving_input_example.json").read_text())
        assert 200 == status, body
        manifest = read_manifest(folder)
        assert made.answer["predictions"] == near(body["predictions"], "tolerance" in manifest.options)
        assert recipe.backend in ("", manifest.backend), manifest.parity["refused"]
        assert any(recipe.reason in refused["reason"] for refused in manifest.parity["refused"]) or not recipe.reason
        if example := manifest.example:
            status, body = flavor.ask(runtime, "/predict", json.dumps(example.rows))
            assert 200 == status, body
    flavor.write_figures(name, made, folder, flavor.median_init(folder))


@pytest.mark.parametrize("name", ["torch-images", "torch-sequences", "keras", "transformers", "sentence-transformers"])
def test_a_network_in_8_bits_answers_nearly_as_mlflow_does(name: str, tmp_path: Path) -> None:
    """Its loss is in the manifest, and its example's answer is the one that it gives."""
    made = flavor.make(name, tmp_path)
    folder = flavor.bundle(made, tmp_path, Choices(quantize=True))
    manifest = read_manifest(folder)
    example, quantized = manifest.example, manifest.parity["quantized"]
    assert example is not None
    with flavor.started(folder) as runtime:
        status, body = flavor.ask(runtime, "/predict", json.dumps(example.rows))
    assert 200 == status, body
    assert example.answer == near(body, network=True)
    assert quantized["operators"]
    assert 0 < quantized["probing"]["mean_difference"] < 0.2, quantized


def near(value: Any, network: bool = False) -> Any:
    """Return a value that equals another if its numbers differ by no more than rounding to float32.

    Args:
        value: the value.
        network: whether it is of a network, whose numbers are as exact as the largest of its row.
    """
    if isinstance(value, list):
        numbers = [abs(each) for each in value if isinstance(each, float)]
        if network and numbers and len(numbers) == len(value):
            return pytest.approx(value, abs=TOLERANCE * max(numbers))
        return [near(each, network) for each in value]
    if isinstance(value, dict):
        return {name: near(each, network) for name, each in value.items()}
    return pytest.approx(value, rel=1e-5, abs=1e-7) if isinstance(value, float) else value

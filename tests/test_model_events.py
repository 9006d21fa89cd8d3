"""The sample events that `python -m model build` writes, with the model's own example."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from handler.bundle import Example, read_manifest
from model.build import events

HTTP = ("http_v2", "function_url", "rest_v1", "alb")
PARAMS = [
    {"name": "mood", "type": "string", "default": "calm", "shape": None},
    {"name": "weights", "type": "long", "default": [1, 2], "shape": [-1]},
]
INPUTS = [{"type": "string", "name": "text", "required": True}]


def written(folder: Path) -> dict[str, Any]:
    """Return the files of a directory, decoded, by name."""
    return {path.stem: json.loads(path.read_bytes()) for path in folder.iterdir()}


def test_every_source_gets_the_models_example(bundle: Path, tmp_path: Path) -> None:
    """The files are the body alone and an event for each source, all with the bundle's example."""
    events.write(bundle, tmp_path)
    found, example = written(tmp_path), read_manifest(bundle).example
    assert example
    assert {*events.SOURCES, "body"} == found.keys()
    assert example.rows[0] == found["body"] == found["direct"]
    assert example.rows == found["items"]["Items"]
    assert example.rows[0] == json.loads(found["sqs"]["Records"][0]["body"])
    assert [example.rows[0]] * 4 == [json.loads(found[name]["body"]) for name in HTTP]
    assert str(len(found["alb"]["body"].encode())) == found["alb"]["headers"]["content-length"]


@pytest.mark.parametrize("source", HTTP)
def test_params_reach_the_model(
    source: str, bundle_of: Callable[..., Path], handler_of: Callable[..., Any], tmp_path: Path
) -> None:
    """Each HTTP event has the example's params in its query."""
    example = Example([{"text": "calm"}], {"mood": "so & so", "weights": [3, 4]}, None)
    made = bundle_of("echo", example, inputs=INPUTS, params=PARAMS)
    events.write(made, tmp_path)
    response = handler_of(made)(written(tmp_path)[source], None)
    assert 200 == response["statusCode"], response["body"]
    assert "'mood': 'so & so'" in response["body"]


def test_a_model_without_example_gets_none(bundle_of: Callable[..., Path], tmp_path: Path) -> None:
    """Nothing is written, events of an earlier model are removed, and other files stay."""
    (tmp_path / "http_v2.json").touch()
    (tmp_path / "mine.json").touch()
    assert [] == events.write(bundle_of("echo", inputs=INPUTS), tmp_path)
    assert ["mine.json"] == [path.name for path in tmp_path.iterdir()]


def test_rows_of_the_proof_stand_in_for_an_example(bundle_of: Callable[..., Path], tmp_path: Path) -> None:
    """Without an input example, the first row that MLflow predicts is used."""
    made = bundle_of("echo", inputs=INPUTS)
    reference = {"errors": ["ValueError", None], "single": []}
    proof = {"question": {"rows": [{"text": 1}, {"text": "two"}]}, "reference": reference}
    (made / "parity.json").write_text(json.dumps(proof))
    events.write(made, tmp_path)
    assert {"text": "two"} == written(tmp_path)["body"]

"""Explanations in every protocol, in bulk and in files: who gets them, what they hold, and who is refused."""

import csv
import json
import math
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from test_core import ask

from handler.bundle import Manifest, parse_manifest
from handler.core import Core
from handler.explanations import output_labels
from handler.response.encoding import encode
from handler.settings import Settings
from model import process
from model.build.explanations import TOLERANCE
from model.errors import ModelError
from model.score import score
from model.score.job import Job

ROWS = [{"text": "a SHOCKING hoax!"}, {"text": "A spokesman said word1."}]
EXPLAIN = {"explain": ["true"]}


@pytest.fixture(scope="module")
def core(bundle: Path) -> Core:
    """Serve the repository's model."""
    return Core(Settings(bundle))


def answer(core: Core, body: Any, **fields: Any) -> Any:
    """Return the decoded body of a response that is no error."""
    response = ask(core, body, **fields)
    assert 200 == response.status, response.body
    return json.loads(response.body)


def test_predict_explains_an_object_and_a_list(core: Core) -> None:
    """What the response is otherwise is under `predictions`; explanations have the same shape."""
    found = answer(core, ROWS, query=EXPLAIN)
    assert answer(core, ROWS) == found["predictions"]
    assert [answer(core, row, query=EXPLAIN) for row in ROWS] == [
        {"predictions": row, "explanations": explained}
        for row, explained in zip(found["predictions"], found["explanations"], strict=True)
    ]
    assert {"predictions": [], "explanations": []} == answer(core, [], query=EXPLAIN)


def test_contributions_add_up_to_the_log_odds(core: Core) -> None:
    """The label that is explained is predicted where the sum is positive; words add up to their column."""
    found = answer(core, ROWS, query=EXPLAIN)
    for row, [explained] in zip(found["predictions"], found["explanations"], strict=True):
        assert explained["output"] is True
        margin = explained["expected_value"] + explained["contributions"]["text"]
        assert row["FakeNewsTrueFalse"] is (margin > 0)
        assert math.isclose(explained["contributions"]["text"], sum(explained["terms"]["text"].values()))


def test_a_header_asks_too(core: Core) -> None:
    """A query parameter that is not the model's wins over the header."""
    assert answer(core, ROWS, query=EXPLAIN) == answer(core, ROWS, headers={"x-explain": "true"})
    assert answer(core, ROWS) == answer(core, ROWS, headers={"x-explain": "true"}, query={"explain": ["false"]})


@pytest.mark.parametrize("wish", ["yes", "", "1", "True"])
def test_other_wishes_are_refused(core: Core, wish: str) -> None:
    """They are neither true nor false."""
    response = ask(core, ROWS, query={"explain": [wish]})
    assert 422 == response.status
    assert f"expected true or false, got {wish!r}, in 'explain'" == json.loads(response.body)["detail"]


def test_invocations_explain(core: Core) -> None:
    """Explanations are beside the predictions of MLflow's protocol."""
    body = {"dataframe_records": ROWS}
    found = answer(core, body, path="/invocations", query=EXPLAIN)
    assert answer(core, body, path="/invocations")["predictions"] == found["predictions"]
    assert answer(core, ROWS, query=EXPLAIN)["explanations"] == found["explanations"]


@pytest.mark.parametrize(("path", "status"), [("/predict", 422), ("/invocations", 400)])
def test_a_model_without_explanations_says_why(moody: Path, path: str, status: int) -> None:
    """The reason is in the manifest since the build."""
    rows = [{"text": "calm"}]
    body = rows if path == "/predict" else {"dataframe_records": rows}
    response = ask(Core(Settings(moody)), body, path=path, query=EXPLAIN)
    assert status == response.status
    assert "the predictions of this model are not explained: " in response.body.decode()


def test_items_are_explained(bundle: Path, handler_of: Callable[..., Any]) -> None:
    """A batch of a Distributed Map asks in its input."""
    event = {"Items": ROWS, "BatchInput": {"explain": True}}
    results = handler_of(bundle)(event, None)["Items"]
    assert [{"index", "output", "explanation"}] * 2 == list(map(set, results))


def test_files_are_explained(bundle: Path, tmp_path: Path) -> None:
    """The output has a column of JSON; a row that is refused has none."""
    source = tmp_path / "in.csv"
    source.write_text("text\nshocking hoax\n")
    for name in ("out.csv", "out.jsonl", "out.parquet"):
        score(Job(source, tmp_path / name, bundle, workers=1, explain=True), lambda *_: None)
    with (tmp_path / "out.csv").open() as stream:
        [row] = csv.DictReader(stream)
    [explained] = json.loads(row["explanation"])
    assert {"hoax", "shocking"} == set(explained["terms"]["text"])
    assert [explained] == json.loads((tmp_path / "out.jsonl").read_text())["explanation"]


def test_files_of_models_without_explanations_are_refused(moody: Path, tmp_path: Path) -> None:
    """Before anything is scored."""
    (tmp_path / "in.csv").write_text("text\ncalm\n")
    with pytest.raises(ModelError, match="--explain: the predictions of this model are not explained"):
        score(Job(tmp_path / "in.csv", tmp_path / "out.csv", moody, explain=True), lambda *_: None)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, ""),
        ({"tolerance": -1.0}, "contributions do not add up: they miss by .*"),
        ({"rows": []}, "no row could be explained"),
        ({"rows": [{"text": None}]}, "no row could be explained"),
    ],
)
def test_the_build_checks_that_contributions_add_up(bundle: Path, changes: dict[str, Any], reason: str) -> None:
    """Rows that the model refuses are left out; if none is left, or a sum differs, there are no explanations."""
    request = {"bundle": str(bundle), "rows": ROWS, "tolerance": TOLERANCE, **changes}
    found = process.run(Path(sys.executable), "explain", request, packages=[process.HANDLER])
    assert re.fullmatch(reason, found["unexplained"])


def test_bundles_of_before_say_so(bundle: Path, tmp_path: Path) -> None:
    """A bundle that an older build wrote serves predictions without explanations."""
    folder = tmp_path / "bundle"
    shutil.copytree(bundle, folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    del manifest["unexplained"]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    response = ask(Core(Settings(folder)), ROWS, query=EXPLAIN)
    assert "the bundle was built without explanations; build it again" in json.loads(response.body)["detail"]


@pytest.mark.parametrize(
    ("classes", "outputs", "margins", "labels"),
    [
        (["no", "yes"], ["label"], 1, ["yes"]),
        (["no", "yes"], ["label"], 2, ["no", "yes"]),
        ([1, 2, 3], ["label"], 3, [1, 2, 3]),
        (None, ["price"], 1, ["price"]),
        (None, ["price", "rent"], 2, ["price", "rent"]),
        (None, [], 1, ["prediction"]),
        (None, ["label"], 3, [0, 1, 2]),
    ],
)
def test_margins_are_named(bundle: Path, classes: Any, outputs: list[str], margins: int, labels: list[Any]) -> None:
    """By class, the second of two; by output; or by number."""
    manifest: dict[str, Any] = json.loads((bundle / "manifest.json").read_text())
    manifest |= {"classes": classes, "signature": {"outputs": [{"name": name, "type": "double"} for name in outputs]}}
    named: Manifest = parse_manifest(encode(manifest), "manifest.json")
    assert labels == output_labels(named, margins)

"""Requests and their answers: routes, statuses, predictions, and whose fault it is when a model raises."""

import gc
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from handler.core import Core, load
from handler.errors import BundleError
from handler.message import Request, Response
from handler.settings import Settings

ROOT = Path(__file__).resolve().parent.parent


def ask(core: Core, body: Any = None, method: str = "POST", path: str = "/predict", **fields: Any) -> Response:
    """One question; a body that is not bytes is sent as JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = {"headers": {}, "query": {}, "id": "an-id", "deadline": None, **fields}
    return core.answer(Request(method=method, path=path, body=raw, **request))


@pytest.fixture(scope="module")
def core(bundle: Path) -> Core:
    """Serves the repository's model."""
    return Core(Settings(bundle))


@pytest.fixture
def moods(moody: Path) -> Core:
    """Serves the model that does what it is told, anew for each test."""
    return Core(Settings(moody))


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/", b'{"message":"Hello Model"}'),
        ("/add/3/4", b'{"total":7}'),
        ("/add/-3/+4", b'{"total":1}'),
        (f"/add/{10**99}/{10**99}", b'{"total":2' + b"0" * 99 + b"}"),
        ("/ping", b"\n"),
        ("/health", b"\n"),
    ],
)
def test_routes_answer(core: Core, path: str, body: bytes) -> None:
    """GET routes answer with JSON, and HEAD as GET does."""
    for method in ("GET", "HEAD"):
        response = ask(core, b"", method, path)
        assert (200, body, "application/json") == (response.status, response.body, response.headers["content-type"])


def test_the_model_is_asked_as_mlflow_asks_it(core: Core) -> None:
    """One object gets one answer, a list a list, with MLflow's own predictions."""
    import mlflow.pyfunc
    import pandas as pd

    texts = [
        "",
        "Aliens voted twice, doctors HATE it!!!",
        "The council approved the budget on Tuesday.",
        "é\u2028 ß 12",
    ]
    expected = mlflow.pyfunc.load_model(str(ROOT / "model" / "artifact")).predict(pd.DataFrame({"text": texts}))
    rows = [{"text": text} for text in texts]

    answers = [{"FakeNewsTrueFalse": label} for label in expected.tolist()]
    assert answers == json.loads(ask(core, rows).body)
    assert answers == [json.loads(ask(core, row).body) for row in rows]


def test_an_empty_list_gets_an_empty_list(core: Core) -> None:
    """The model is not asked at all."""
    assert (200, b"[]") == ((response := ask(core, [])).status, response.body)


def test_every_answer_says_which_request_and_model(core: Core) -> None:
    """Also one that is an error."""
    for path in ("/predict", "/nowhere"):
        headers = ask(core, {"text": "a"}, path=path).headers
        assert ("an-id", core.predictor.manifest.model.version) == (headers["x-request-id"], headers["x-model-version"])


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("GET", "/predict", 405, "OPTIONS, POST"),
        ("POST", "/", 405, "GET, HEAD, OPTIONS"),
        ("BREW", "/add/1/2", 405, "GET, HEAD, OPTIONS"),
        ("GET", "/predict/", 404, None),
        ("GET", "/predict?x=1", 404, None),
        ("POST", "", 404, None),
        ("GET", "/add/1", 404, None),
        ("GET", "//", 404, None),
        ("GET", "/\ud800", 404, None),
        ("GET", "/" + "long/" * 100_000, 404, None),
        ("DELETE", f"/add/{'9' * 1_000_000}/1", 405, "GET, HEAD, OPTIONS"),
        ("GET", "/add/1/x", 422, None),
        ("GET", "/add/1/1.5", 422, None),
        ("GET", "/add/1/", 422, None),
        ("GET", "/add/\u0661/1", 422, None),
        ("GET", f"/add/{'9' * 101}/1", 422, None),
    ],
)
def test_what_is_not_there_is_said_so(core: Core, method: str, path: str, status: int, allow: str | None) -> None:
    """An unknown path, a method that it does not answer, numbers that are none: all problems of a readable size."""
    response = ask(core, b"", method, path)
    problem = json.loads(response.body)
    assert (status, status, allow) == (response.status, problem["status"], response.headers.get("allow"))
    assert "application/problem+json" == response.headers["content-type"]
    assert {"type", "title", "status", "detail"} == set(problem) - {"column"}
    assert len(response.body) < 1_000


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        (None, 200),
        ("", 200),
        ("application/json", 200),
        ("Application/JSON; Charset=UTF-8", 200),
        ('application/json;charset="utf-8"', 200),
        ("application/json; charset=us-ascii", 200),
        ("application/vnd.api+json", 200),
        ("application/x-www-form-urlencoded", 200),
        ("text/csv", 415),
        ("text/plain;charset=UTF-8", 415),
        ("application/json; charset=latin-1", 415),
        ("application/json, text/csv", 415),
        (";", 200),
    ],
)
def test_bodies_are_json_in_utf8(core: Core, content_type: str | None, status: int) -> None:
    """JSON under any of its names and what curl sends by default is read; another type or charset is not guessed."""
    headers = {} if content_type is None else {"content-type": content_type}
    assert status == ask(core, {"text": "a"}, headers=headers).status


def test_a_problem_names_row_and_column(core: Core) -> None:
    """They are members of the body, counted from 0."""
    response = ask(core, [{"text": "a"}, {"text": 1}])
    assert {
        "type": "about:blank",
        "title": "Unprocessable Content",
        "status": 422,
        "detail": "expected a string, got an integer, at $[1].text",
        "row": 1,
        "column": "text",
    } == json.loads(response.body)


def test_broken_bodies_are_the_callers_fault(core: Core) -> None:
    """No JSON is 400, and the next good request is answered."""
    for body in (b"", b"{", b"\xff", b'{"text": "\\ud800"}', b'{"x":' + b"[" * 1_000_000, b'{"text": NaN}'):
        assert 400 == ask(core, body).status
        assert 200 == ask(core, {"text": "a"}).status


@pytest.mark.parametrize("mood", ["nan", "infinity", "float32", "integer", "array", "moment", "by_class", "bytes"])
def test_what_a_model_answers_becomes_json(moods: Core, mood: str) -> None:
    """numpy's numbers, dates, NaN and infinities: the answer is JSON in the strict sense."""

    def refuse(token: str) -> None:
        raise AssertionError(token)

    response = ask(moods, [{"text": mood}, {"text": "calm"}])
    assert 200 == response.status
    assert "calm" == json.loads(response.body, parse_constant=refuse)[1]["prediction"]


@pytest.mark.parametrize("mood", ["object", "surrogate"])
def test_an_answer_without_a_form_is_the_models_fault(moods: Core, mood: str) -> None:
    """What JSON cannot hold is not written as a repr."""
    response = ask(moods, {"text": mood})
    assert 500 == response.status
    assert json.loads(response.body)["detail"].startswith("the model's answer has no form in JSON")


@pytest.mark.parametrize(
    ("mood", "name"), [("raise:SECRET", "ValueError"), ("exit:SECRET", "SystemExit"), ("panic", "Panic")]
)
def test_a_row_that_the_model_refuses_is_singled_out(moods: Core, mood: str, name: str) -> None:
    """While its example still predicts, the caller is told which row and the exception's class, nothing of its text."""
    response = ask(moods, [{"text": "calm"}, {"text": mood}, {"text": mood}])
    problem = json.loads(response.body)
    assert (422, 1) == (response.status, problem["row"])
    assert f"the model refuses this row with {name}, at $[1]" == problem["detail"]

    alone = ask(moods, {"text": mood})
    assert f"the model refuses this row with {name}" == json.loads(alone.body)["detail"]
    assert "row" not in json.loads(alone.body)
    assert 200 == ask(moods, {"text": "calm"}).status


def test_a_model_that_fails_whatever_it_is_asked_is_at_fault(moods: Core) -> None:
    """Its example does not predict either: 500, and no word of its exception's text."""
    for text in ("stop:SECRET", "calm"):
        response = ask(moods, [{"text": "calm"}, {"text": text}])
        assert 500 == response.status
        assert "the model failed with RuntimeError; the log has the details" == json.loads(response.body)["detail"]
    assert 200 == ask(moods, method="GET", path="/ping").status


def test_without_an_example_nobody_knows_whose_fault_it_is(bundle_of: Callable[..., Path]) -> None:
    """A model that raises and has no example to try is at fault."""
    core = Core(Settings(bundle_of("moody")))
    assert 200 == ask(core, {"text": "calm"}).status
    assert 500 == ask(core, {"text": "raise"}).status
    assert 422 == ask(core, {}).status


def test_past_the_deadline_the_model_is_not_asked(moods: Core) -> None:
    """No time left is 504 at once; a row alone is not begun once the others have used it up."""
    assert 504 == ask(moods, {"text": "calm"}, deadline=time.monotonic()).status
    assert 200 == ask(moods, {"text": "calm"}, deadline=time.monotonic() + 10).status

    rows = [{"text": "sleep:0.1"}, {"text": "sleep:0.1"}, {"text": "raise"}]
    assert 504 == ask(moods, rows, deadline=time.monotonic() + 0.25).status
    assert 422 == ask(moods, rows, deadline=time.monotonic() + 10).status


def test_an_answer_that_does_not_fit_is_refused(core: Core) -> None:
    """The platform's limit is asked about before the platform itself fails."""
    raw = b'{"text": "a"}'
    request = Request(method="POST", path="/predict", headers={}, query={}, body=raw, id="an-id")
    response = core.answer(request, fits=lambda response: response.status != 200)
    assert 413 == response.status
    assert "is over the platform's limit; ask for fewer rows" in json.loads(response.body)["detail"]


def test_params_come_in_the_query(bundle_of: Callable[..., Path]) -> None:
    """The signature's params are typed and passed on; MLflow's defaults hold for the others."""
    params = [{"name": "k", "type": "long", "default": 1, "shape": None}]
    core = Core(Settings(bundle_of("echo", inputs=[{"type": "long", "name": "x", "required": True}], params=params)))
    told = [json.loads(ask(core, {"x": 1.0}, query=query).body) for query in ({}, {"k": ["5"], "z": ["0"]})]
    assert [{"prediction": "({'x': 1}, {'k': 1})"}, {"prediction": "({'x': 1}, {'k': 5})"}] == told
    assert 422 == ask(core, {"x": 1}, query={"k": ["five"]}).status


def test_garbage_is_collected_again_after_loading(bundle: Path, tmp_path: Path) -> None:
    """Whether the bundle loads or not."""
    load(Settings(bundle))
    assert gc.isenabled()

    with pytest.raises(BundleError):
        load(Settings(tmp_path))
    assert gc.isenabled()

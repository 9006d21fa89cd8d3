"""The core: routes, statuses, predictions, and whose fault it is if a model raises."""

import gc
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from handler.core import Core, load
from handler.errors import BundleError, TooLarge
from handler.message import Request, Response
from handler.settings import Settings


def ask(core: Core, body: Any = None, method: str = "POST", path: str = "/predict", **fields: Any) -> Response:
    """Send a request; a body that is not bytes is encoded as JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = {"headers": {}, "query": {}, "id": "an-id", "deadline": None, **fields}
    return core.answer(Request(method=method, path=path, body=raw, **request))


@pytest.fixture(scope="module")
def core(bundle: Path) -> Core:
    """Serve the repository's model."""
    return Core(Settings(bundle))


@pytest.fixture
def moods(moody: Path) -> Core:
    """Serve the model whose input says what it does; loaded again for each test."""
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
        ("/health/", b"\n"),
        ("/add/3/4/", b'{"total":7}'),
    ],
)
def test_get_routes(core: Core, path: str, body: bytes) -> None:
    """GET routes return JSON, HEAD returns the same, and a slash at the end makes no difference."""
    for method in ("GET", "HEAD"):
        response = ask(core, b"", method, path)
        assert (200, body, "application/json") == (response.status, response.body, response.headers["content-type"])


def test_the_model_is_asked_as_mlflow_asks_it(core: Core, text_model: Path) -> None:
    """One object gets one answer, a list a list, with MLflow's own predictions."""
    import mlflow.pyfunc
    import pandas as pd

    texts = [
        "",
        "Aliens voted twice, doctors HATE it!!!",
        "The council approved the budget on Tuesday.",
        "é\u2028 ß 12",
    ]
    expected = mlflow.pyfunc.load_model(str(text_model)).predict(pd.DataFrame({"text": texts}))
    rows = [{"text": text} for text in texts]

    answers = [{"FakeNewsTrueFalse": label} for label in expected.tolist()]
    assert answers == json.loads(ask(core, rows).body)
    assert answers == [json.loads(ask(core, row).body) for row in rows]


def test_an_empty_list_gets_an_empty_list(core: Core) -> None:
    """An empty list gets an empty list."""
    assert (200, b"[]") == ((response := ask(core, [])).status, response.body)


def test_every_response_has_request_id_and_model_version(core: Core) -> None:
    """Every response has the request id and the model's version, errors included."""
    for path in ("/predict", "/nowhere"):
        headers = ask(core, {"text": "a"}, path=path).headers
        assert ("an-id", core.predictor.manifest.model.version) == (headers["x-request-id"], headers["x-model-version"])


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("GET", "/predict", 405, "OPTIONS, POST"),
        ("POST", "/", 405, "GET, HEAD, OPTIONS"),
        ("BREW", "/add/1/2", 405, "GET, HEAD, OPTIONS"),
        ("GET", "/predict/", 405, "OPTIONS, POST"),
        ("GET", "/predict//", 404, None),
        ("GET", "/predict?x=1", 404, None),
        ("POST", "", 404, None),
        ("GET", "/add/1", 404, None),
        ("GET", "//", 404, None),
        ("GET", "/\ud800", 404, None),
        ("GET", "/" + "long/" * 100_000, 404, None),
        ("DELETE", f"/add/{'9' * 1_000_000}/1", 405, "GET, HEAD, OPTIONS"),
        ("GET", "/add/1/x", 422, None),
        ("GET", "/add/1/1.5", 422, None),
        ("GET", "/add/1/", 404, None),
        ("GET", "/add/\u0661/1", 422, None),
        ("GET", f"/add/{'9' * 101}/1", 422, None),
    ],
)
def test_unknown_paths_methods_and_numbers_are_refused(
    core: Core, method: str, path: str, status: int, allow: str | None
) -> None:
    """An unknown path, a wrong method and an invalid number are problems of a readable size."""
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
    """JSON content types and curl's default are accepted; other types and charsets are refused."""
    headers = {} if content_type is None else {"content-type": content_type}
    assert status == ask(core, {"text": "a"}, headers=headers).status


def test_a_problem_names_row_and_column(core: Core) -> None:
    """A problem has row, counted from 0, and column."""
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
    """Invalid JSON is 400, and the next valid request succeeds."""
    for body in (b"", b"{", b"\xff", b'{"text": "\\ud800"}', b'{"x":' + b"[" * 1_000_000, b'{"text": NaN}'):
        assert 400 == ask(core, body).status
        assert 200 == ask(core, {"text": "a"}).status


@pytest.mark.parametrize("mood", ["nan", "infinity", "float32", "integer", "array", "moment", "by_class", "bytes"])
def test_outputs_become_json(moods: Core, mood: str) -> None:
    """Numbers of numpy, dates, NaN and infinities become strict JSON."""

    def refuse(token: str) -> None:
        raise AssertionError(token)

    response = ask(moods, [{"text": mood}, {"text": "calm"}])
    assert 200 == response.status
    assert "calm" == json.loads(response.body, parse_constant=refuse)[1]["prediction"]


@pytest.mark.parametrize("mood", ["object", "surrogate"])
def test_an_unencodable_output_is_the_models_fault(moods: Core, mood: str) -> None:
    """An output that JSON cannot hold is a 500, not its repr."""
    response = ask(moods, {"text": mood})
    assert 500 == response.status
    assert json.loads(response.body)["detail"].startswith("the model's output cannot be encoded as JSON")


@pytest.mark.parametrize(
    ("mood", "name"), [("raise:SECRET", "ValueError"), ("exit:SECRET", "SystemExit"), ("panic", "Panic")]
)
def test_a_row_that_the_model_refuses_is_named(moods: Core, mood: str, name: str) -> None:
    """If the example still predicts, the error names the row and the exception's class, not its message."""
    response = ask(moods, [{"text": "calm"}, {"text": mood}, {"text": mood}])
    problem = json.loads(response.body)
    assert (422, 1) == (response.status, problem["row"])
    assert f"the model refuses this row with {name}, at $[1]" == problem["detail"]

    alone = ask(moods, {"text": mood})
    assert f"the model refuses this row with {name}" == json.loads(alone.body)["detail"]
    assert "row" not in json.loads(alone.body)
    assert 200 == ask(moods, {"text": "calm"}).status


def test_a_model_that_fails_on_its_example_is_at_fault(moods: Core) -> None:
    """If the example fails too, it is a 500 without the exception's message."""
    for text in ("stop:SECRET", "calm"):
        response = ask(moods, [{"text": "calm"}, {"text": text}])
        assert 500 == response.status
        assert "the model failed with RuntimeError; the log has the details" == json.loads(response.body)["detail"]
    assert 200 == ask(moods, method="GET", path="/ping").status


def test_without_an_example_the_model_is_at_fault(bundle_of: Callable[..., Path]) -> None:
    """A model that raises and has no example is at fault."""
    core = Core(Settings(bundle_of("moody")))
    assert 200 == ask(core, {"text": "calm"}).status
    assert 500 == ask(core, {"text": "raise"}).status
    assert 422 == ask(core, {}).status


def test_past_the_deadline_the_model_is_not_called(moods: Core) -> None:
    """Without time left it is 504 at once, also between the rows that are tried one by one."""
    assert 504 == ask(moods, {"text": "calm"}, deadline=time.monotonic()).status
    assert 200 == ask(moods, {"text": "calm"}, deadline=time.monotonic() + 10).status

    rows = [{"text": "sleep:0.1"}, {"text": "sleep:0.1"}, {"text": "raise"}]
    assert 504 == ask(moods, rows, deadline=time.monotonic() + 0.25).status
    assert 422 == ask(moods, rows, deadline=time.monotonic() + 10).status


def test_a_response_that_does_not_fit_is_refused(core: Core) -> None:
    """A response that exceeds the platform's limit becomes a 413."""
    raw = b'{"text": "a"}'
    request = Request(method="POST", path="/predict", headers={}, query={}, body=raw, id="an-id")
    response = core.answer(request, fits=lambda response: response.status != 200)
    assert 413 == response.status
    assert "exceeds the platform's limit; send fewer rows" in json.loads(response.body)["detail"]


@pytest.mark.parametrize(
    "body",
    [
        {"dataframe_split": {"columns": ["x"], "data": [[1]]}},
        {"dataframe_records": [{"x": 1}], "params": {}},
        {"inputs": {"x": [1]}},
        {"instances": [{"x": 1}]},
    ],
)
@pytest.mark.parametrize("signature", [{"inputs": [{"type": "long", "name": "x", "required": True}]}, {}])
def test_a_body_for_mlflow_is_pointed_to_its_route(
    body: Any, signature: dict[str, Any], bundle_of: Callable[..., Path]
) -> None:
    """The error of `/predict` names `/invocations`."""
    response = ask(Core(Settings(bundle_of("echo", **signature))), body)
    assert (422, True) == (response.status, b"belongs to POST /invocations; POST /predict takes rows" in response.body)


def test_a_column_may_have_the_name_of_a_form(bundle_of: Callable[..., Path]) -> None:
    """A model with a column `inputs` takes it, and errors in it are its own."""
    column = {"type": "array", "items": {"type": "long"}, "name": "inputs", "required": True}
    core = Core(Settings(bundle_of("echo", inputs=[column])))
    assert [200, 422] == [ask(core, {"inputs": values}).status for values in ([1], ["a"])]
    assert b"expected an integer, got a string" in ask(core, {"inputs": ["a"]}).body
    untyped = Core(Settings(bundle_of("echo")))
    assert 200 == ask(untyped, {"inputs": "a text"}).status


@pytest.mark.parametrize("base", ["/ml", "/ml/news", "/predict", "/v2", "/add"])
def test_a_base_path_precedes_every_route(base: str, moody: Path) -> None:
    """Routes work below the base path and without it, even if it has the name of a route; errors keep their format."""
    core = Core(Settings(moody, base_path=base))
    for prefix in (base, ""):
        assert 200 == ask(core, {"text": "calm"}, path=f"{prefix}/predict").status
        for path in ("/ping", "/v2/health/live", "/add/3/4", "/openapi.json"):
            assert 200 == core.answer(Request("GET", f"{prefix}{path}", {}, {}, b"", id="an-id")).status, prefix + path
    assert b'{"message":"Hello Model"}' == core.answer(Request("GET", f"{base}/", {}, {}, b"", id="an-id")).body
    assert 404 == core.answer(Request("GET", f"{base}lish/ping", {}, {}, b"", id="an-id")).status
    assert b'"error_code"' in core.refuse(TooLarge("too large"), "an-id", f"{base}/invocations").body


def test_garbage_is_collected_again_after_loading(bundle: Path, tmp_path: Path) -> None:
    """Garbage collection is on again after loading, whether the bundle loads or not."""
    load(Settings(bundle))
    assert gc.isenabled()

    with pytest.raises(BundleError):
        load(Settings(tmp_path))
    assert gc.isenabled()

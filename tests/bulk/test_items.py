"""Batches of a Distributed Map: every item gets its prediction or its own error, in order."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handler.adapters import items as adapter
from handler.bulk import items as protocol
from handler.bundle import Signature
from handler.core import Core
from handler.errors import BatchFailed, InvalidValue
from handler.schema import Schema, csv_values
from handler.schema.batch import path_in_list
from handler.settings import Settings
from local.invoke import HANDLER
from local.runtime_api import Runtime
from local.stage import stage
from model.build.bundle import build

COLUMNS = ("sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)")
GOOD = dict(zip(COLUMNS, (5.1, 3.5, 1.4, 0.2), strict=True))
TEXT = {name: str(value) for name, value in GOOD.items()}

Ask = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="module", name="core")
def _core(iris: Path, tmp_path_factory: pytest.TempPathFactory) -> Core:
    """Return a core that serves the compiled iris model."""
    return Core(Settings(build(iris, tmp_path_factory.mktemp("iris") / "bundle", tell=lambda _: None).bundle))


@pytest.fixture(scope="module", name="ask")
def _ask(core: Core) -> Ask:
    """Score items as a state machine sends them."""

    def ask(items: list[Any], **batch_input: Any) -> list[dict[str, Any]]:
        event = {"Items": items, "BatchInput": batch_input}
        found: list[dict[str, Any]] = adapter.write_response(
            core.score_batch(adapter.read_event(event, "id", None)), event
        )["Items"]
        return found

    return ask


def test_each_item_gets_its_prediction(ask: Ask, iris: Path) -> None:
    """Predictions equal MLflow's."""
    import mlflow
    import pandas as pd

    rows = [GOOD | {"petal length (cm)": length, "petal width (cm)": length / 3} for length in (1.4, 4.5, 6.0)]
    expected = mlflow.pyfunc.load_model(str(iris)).predict(pd.DataFrame(rows)).tolist()
    assert [{"index": n, "output": {"prediction": answer}} for n, answer in enumerate(expected)] == ask(rows)


@pytest.mark.parametrize(
    ("row", "kind", "detail"),
    [
        (GOOD | {"sepal length (cm)": "long"}, "InvalidValue", "expected a number, got a string"),
        (GOOD | {"sepal length (cm)": True}, "InvalidValue", "expected a number, got a boolean"),
        ({}, "MissingColumn", "the required field `sepal length (cm)` is missing"),
        ("no row", "MalformedBody", "expected an object"),
        (None, "MalformedBody", "expected an object"),
    ],
)
def test_a_bad_row_is_an_entry_with_an_error(row: Any, kind: str, detail: str, ask: Ask) -> None:
    """The other rows get the same predictions as without it."""
    found = ask([GOOD, row, GOOD])
    assert ask([GOOD, GOOD])[0]["output"] == found[0]["output"] == found[2]["output"]
    assert kind == found[1]["error"]["type"]
    assert detail in found[1]["error"]["detail"]
    assert "$[" not in found[1]["error"]["detail"]


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("5,1", "expected a number, got '5,1'"),
        ("5_1", "expected a number, got '5_1'"),
        ("five", "expected a number, got 'five'"),
        (" 5.1 ", ""),
        ("5.1e0", ""),
        ("NaN", None),
        ("", None),
    ],
)
def test_text_is_parsed_by_the_columns_type(text: str, detail: str | None, ask: Ask) -> None:
    """CSV text is parsed as pandas does; this model rejects missing values."""
    [found] = ask([TEXT | {"sepal length (cm)": text}], format="csv")
    if detail == "":
        assert found["output"] == ask([GOOD])[0]["output"]
    elif detail:
        assert detail in found["error"]["detail"]
    else:
        assert "error" in found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.0", 1),
        ("1e3", 1000),
        ("-2.0", -2),
        (" 3.0 ", 3),
        ("1e18", 10**18),
        ("9007199254740991.0", 2**53 - 1),
        ("9223372036854775807", 2**63 - 1),
        ("1.5", None),
        ("9007199254740993.0", None),
        ("9223372036854775808.0", None),
        ("1e19", None),
        ("1e999999999", None),
        ("inf", None),
        ("1_0.0", None),
    ],
)
def test_whole_numbers_are_integers_in_csv(text: str, expected: int | None) -> None:
    """pandas writes the integers of a column with a gap as 1.0; a number that a double does not hold is refused."""
    schema = Schema(Signature(inputs=[{"type": "long", "name": "x", "required": True}]))
    if expected is None:
        with pytest.raises(InvalidValue, match="expected an integer"):
            schema.batch({"x": csv_values.parse_column(schema.columns[0], [text], "x", path_in_list)}, 1, path_in_list)
    else:
        assert [expected] == csv_values.parse_column(schema.columns[0], [text], "x", path_in_list)


def test_text_is_not_parsed_in_json(ask: Ask) -> None:
    """JSON Lines values have types of their own."""
    assert "error" in ask([TEXT])[0]


def test_results_have_index_and_key(ask: Ask) -> None:
    """Both are copied from the state machine's input."""
    items = [{"index": 7, "row": GOOD | {"id": "a"}}, {"index": 9, "row": {"id": "b"}}]
    found = ask(items, indexed=True, keep=["id", "none"])
    assert [(7, {"id": "a", "none": None}), (9, {"id": "b", "none": None})] == [(x["index"], x["key"]) for x in found]
    assert ["output", "error"] == [list(one)[-1] for one in found]


ROWS = st.lists(
    st.one_of(
        st.just(GOOD),
        st.fixed_dictionaries({name: st.floats(allow_nan=False, allow_infinity=False) for name in COLUMNS}),
        st.dictionaries(st.sampled_from(COLUMNS), st.one_of(st.none(), st.text(max_size=3), st.integers())),
        st.one_of(st.none(), st.integers(), st.text(max_size=3)),
    ),
    max_size=40,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows=ROWS)
def test_order_and_count_are_kept(rows: list[Any], ask: Ask) -> None:
    """Each item gets the same result as alone, and a repeated batch the same results."""
    found = ask(rows)
    assert list(range(len(rows))) == [one["index"] for one in found]
    for row, one in zip(rows, found, strict=True):
        [alone] = ask([row])
        assert {**alone, "index": 0} == {**one, "index": 0}
    assert found == ask(rows)


def test_results_over_the_limit_fail_the_batch(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what to do."""
    monkeypatch.setattr(protocol, "LIMIT", 100)
    with pytest.raises(
        BatchFailed, match=r"the results of 10 items have .* bytes, over the limit of 256 KB: make smaller"
    ):
        ask([GOOD] * 10)


@pytest.mark.parametrize("batch_input", [{"format": 1}, {"format": "\ud800"}, {"keep": "id"}, {"indexed": True}])
def test_a_malformed_batch_fails(batch_input: dict[str, Any], ask: Ask) -> None:
    """The error says that the event is malformed."""
    with pytest.raises(BatchFailed, match="not a Distributed Map batch"):
        ask([GOOD], **batch_input)


@pytest.fixture(scope="module", name="runtime")
def _runtime(core: Core) -> Iterator[Runtime]:
    """Start Lambda's runtime client."""
    with (
        stage(Path(core.predictor.folder)) as (folder, variables),
        Runtime(Path(sys.executable), HANDLER, folder, variables) as runtime,
    ):
        yield runtime


def test_the_runtime_returns_results(runtime: Runtime) -> None:
    """A failed batch is the error `BatchFailed`, which the state machine's Retry names."""
    found: Any = runtime.invoke({"Items": [GOOD], "BatchInput": {"execution": "mine"}}).value
    assert {"index", "output"} == set(found["Items"][0])
    failed = runtime.invoke({"Items": [GOOD], "BatchInput": {"indexed": True}})
    assert failed.failed
    assert "BatchFailed" == json.loads(failed.body)["errorType"]

"""A time series of statsmodels is built, proved and served without statsmodels."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlflow.pyfunc
import pandas as pd
import pytest
from any_model.test_shapes import mlflows
from zoo.series import SERIES

from handler.bulk.scoring import score
from handler.bundle import Answers
from handler.core import Core
from handler.message import Request
from handler.settings import Settings
from model.build import proof
from model.build.bundle import build

Built = Callable[[str], tuple[Path, Core]]


def asked(core: Core, path: str, body: Any, **query: list[str]) -> tuple[int, Any]:
    """The status and body of a response."""
    response = core.answer(Request("POST", path, {}, query, json.dumps(body).encode(), id="test"))
    return response.status, json.loads(response.body)


@pytest.fixture(scope="module", name="built")
def _built(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Path, Core]]:
    """Return a function that builds a model of SERIES; it returns the model's folder and the handler's core."""
    made: dict[str, tuple[Path, Core]] = {}

    def make(name: str) -> tuple[Path, Core]:
        if name not in made:
            folder = tmp_path_factory.mktemp("series")
            SERIES[name].save(folder / "model")
            build(folder / "model", folder / "bundle", tell=lambda _: None)
            made[name] = folder / "model", Core(Settings(folder / "bundle"))
        return made[name]

    return make


@pytest.mark.parametrize("name", SERIES)
def test_a_time_series_compiles_and_answers_as_mlflows_server_does(name: str, built: Built) -> None:
    """From `/predict` and `/invocations`, and in a batch, one answer for each row."""
    model, core = built(name)
    case, manifest = SERIES[name], core.predictor.manifest
    assert "compiled" == manifest.backend, manifest.parity["refused"]
    assert Answers(whole=True) == manifest.answers
    assert manifest.parity["rows"] > 100

    expected = mlflows(model, pd.DataFrame({"start": [case.start], "end": [case.end]}))
    start, end = (value.isoformat() if isinstance(value, pd.Timestamp) else value for value in case[1:])
    row = {"start": start, "end": end}
    for path, body in {"/predict": row, "/invocations": {"dataframe_records": [row]}}.items():
        status, got = asked(core, path, body)
        assert 200 == status, got
        assert proof.difference(expected["predictions"], got["predictions"], proof.Scale({})) <= 1e-9

    _, alone = asked(core, "/predict", row)
    first, second, third = score(core.predictor, {"start": [start, end, start], "end": [end, start, end]}, 3)
    assert first == third == {"output": alone}
    assert "expected an end that is not before the start" in second["error"]["detail"]


def test_what_a_time_series_refuses_says_why(built: Built) -> None:
    """With status 422, where MLflow raises: several rows, an end before the start, an unknown date."""
    model, core = built("ARIMA")
    row = {"start": "2024-01-01", "end": "2024-06-01"}
    for body, reason in {
        "two rows": ([row, row], "expected one row with a start and an end, got 2 rows"),
        "reversed": (
            {"start": "2024-06-01", "end": "2024-01-01"},
            "expected an end that is not before the start, at $.end",
        ),
        "before": (
            {**row, "start": "2019-12-01"},
            "2019-12-01 is not a date of the series, which begins with 2020-01-01",
        ),
        "between": ({**row, "start": "2020-01-15"}, "2020-01-15 is not a date of the series"),
        "far": ({**row, "end": "2261-12-31"}, "2261-12-31 is too far after 2023-12-01, the last date, at $.end"),
        "null": ({**row, "end": None}, "expected a value, got null, at $.end"),
    }.values():
        status, problem = asked(core, "/predict", body)
        assert 422 == status
        assert reason in problem["detail"]
        frame = pd.DataFrame(body if isinstance(body, list) else [body]).apply(pd.to_datetime)
        if "far" not in reason:
            with pytest.raises(Exception, match=r"one row|end|start"):
                mlflow.pyfunc.load_model(str(model)).predict(frame)
    status, problem = asked(core, "/predict", row, explain=["true"])
    assert (422, True) == (status, "only linear models and sums of trees are explained" in problem["detail"])

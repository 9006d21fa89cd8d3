"""Metrics and captured samples in the log, written by the handler under the real runtime client."""

import io
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit

from handler import log
from handler.metrics import UNITS, metric_fields
from local.runtime_api import Runtime
from local.stage import stage


@pytest.fixture(name="lines")
def _lines(moody: Path) -> Callable[..., list[dict[str, Any]]]:
    """Return a function that sends events with some environment variables, and returns the log's JSON lines."""

    def ask(*events: Any, log_format: str = "JSON", **variables: str) -> list[dict[str, Any]]:
        with stage(moody) as (folder, inherited):
            given = inherited | {"AWS_LAMBDA_LOG_FORMAT": log_format} | variables
            with Runtime(Path(sys.executable), "handler.app.handler", folder, given) as runtime:
                for event in events:
                    runtime.invoke(event)
                return list(decoded(runtime.log))

    return ask


def decoded(text: str) -> Iterator[dict[str, Any]]:
    """Yield the lines that are JSON objects."""
    for line in text.splitlines():
        if line.startswith("{"):
            yield json.loads(line)


def metrics(line: dict[str, Any]) -> dict[str, Any]:
    """Return the metrics that a line declares, by name."""
    named = {metric["Name"] for one in line["_aws"]["CloudWatchMetrics"] for metric in one["Metrics"]}
    return {name: line[name] for name in named}


def test_a_first_request_counts_a_cold_start(lines: Callable[..., list[dict[str, Any]]]) -> None:
    """The first request's line has ColdStart and InitMs, the next one's does not."""
    first, second = lines({"text": "calm"}, {"text": "calm"}, THAW_METRICS="Thaw")

    assert {"ColdStart", "InitMs", "PredictMs", "Rows"} == set(metrics(first))
    assert (1, 1) == (first["ColdStart"], first["Rows"])
    assert first["InitMs"] > 1
    assert {"PredictMs", "Rows"} == set(metrics(second))
    assert 0 < second["PredictMs"] <= second["ms"]


def test_errors_are_counted_by_class(lines: Callable[..., list[dict[str, Any]]]) -> None:
    """Errors are counted by class and in total, whoever caused them."""
    found = lines({"text": "calm"}, {"wrong": 1}, {"text": "stop"}, THAW_METRICS="Thaw")[1:]
    counted = [line for line in found if "_aws" in line]

    assert [("InvalidValue", 1), ("ModelFailed", 1)] == [(line["kind"], line["Errors"]) for line in counted]
    for line in counted:
        assert [[["service"]], [["service", "kind"]]] == [
            one["Dimensions"] for one in line["_aws"]["CloudWatchMetrics"]
        ]


def test_a_line_has_the_models_version(lines: Callable[..., list[dict[str, Any]]]) -> None:
    """Every request's line has the model's version, and no metrics unless a namespace is set."""
    [line] = lines({"text": "calm"})
    assert line["model_version"]
    assert "_aws" not in line


def test_in_text_format_metrics_are_separate_lines(lines: Callable[..., list[dict[str, Any]]]) -> None:
    """In text format, metrics are separate lines of pure JSON."""
    [line] = lines({"text": "calm"}, log_format="Text", THAW_METRICS="Thaw")
    assert 1 == metrics(line)["Rows"]


def test_metrics_match_powertools() -> None:
    """Powertools writes the same fields with the same values, except for the timestamp."""
    theirs = Metrics(namespace="Thaw", service="model")
    figures = {"ColdStart": 1.0, "InitMs": 12.5, "PredictMs": 0.25, "Rows": 3.0}
    for name, value in figures.items():
        theirs.add_metric(name=name, unit=getattr(MetricUnit, UNITS[name]), value=value)
    printed = io.StringIO()
    with redirect_stdout(printed):
        theirs.flush_metrics()
    expected, found = json.loads(printed.getvalue()), metric_fields("Thaw", "model", figures)

    def ordered(line: dict[str, Any]) -> dict[str, Any]:
        [directive] = line["_aws"]["CloudWatchMetrics"]
        metrics = sorted((metric["Name"], metric["Unit"]) for metric in directive["Metrics"])
        values = {name: value if isinstance(value := line[name], list) else [value] for name in figures}
        return {**line, **values, "_aws": [directive["Namespace"], directive["Dimensions"], metrics]}

    assert ordered(expected) == ordered(found)


def test_a_share_of_predictions_is_captured(lines: Callable[..., list[dict[str, Any]]]) -> None:
    """Capture logs input and output of predictions, not of refused requests, and nothing unless it is on."""
    asked = ({"text": "secret"}, {"wrong": "secret"})
    captured = [line for line in lines(*asked, THAW_CAPTURE="1") if line["message"] == "capture"]

    [line] = captured
    assert ({"text": "secret"}, {"prediction": "secret"}) == (json.loads(line["input"]), json.loads(line["output"]))
    assert "secret" not in json.dumps(lines(*asked, THAW_METRICS="Thaw"))


def test_captured_text_is_cut(caplog: pytest.LogCaptureFixture) -> None:
    """A captured line stays below CloudWatch's limit, whatever the bytes are."""
    with caplog.at_level("INFO"):
        log.capture("id", "1", b"\xff" * 6_000_000, b"\x00" * 6_000_000)
    assert len(json.dumps(json.loads(caplog.messages[0].partition(" ")[2]), ensure_ascii=False).encode()) < 1_000_000

"""Write sample events that carry a bundle's own input example, one for each event source."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

from handler.bundle import read_manifest
from handler.schema import Schema
from model.build.parity import read_parity
from model.errors import ModelError
from model.process import ROOT

BODY = "body.json"
"""The body of `POST /predict` alone."""

_SAMPLES = ROOT / "events"


class _Call(NamedTuple):
    """A request for predictions.

    Attributes:
        rows: input rows.
        body: one row as JSON, or all rows where the signature fixes their number.
        query: the params as a query string.
    """

    rows: list[dict[str, Any]]
    body: str
    query: str


def write(bundle: Path, folder: Path) -> list[Path]:
    """Write an event for each source and the body alone; return the files, none without example and signature.

    Events of another model that are already in the folder are removed.

    Raises:
        BundleError: there is no bundle.
        ModelError: this installation has no sample events.
    """
    if not _SAMPLES.is_dir():
        raise ModelError(f"cannot write {folder}: the sample events are not installed here")
    for name in (*(f"{source}.json" for source in SOURCES), BODY):
        (folder / name).unlink(missing_ok=True)
    if not (call := _call(bundle)):
        return []
    folder.mkdir(parents=True, exist_ok=True)
    written = {BODY: json.loads(call.body)}
    for source, fill in SOURCES.items():
        sample = json.loads((_SAMPLES / f"{source}.json").read_bytes())
        if event := fill(sample, call):
            written[f"{source}.json"] = event
    for name, value in written.items():
        (folder / name).write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return [folder / name for name in written]


def _call(bundle: Path) -> _Call | None:
    """Return the call for the input example, else for the first row of the proof that MLflow predicts."""
    manifest = read_manifest(bundle)
    rows, params = (manifest.example.rows, manifest.example.params) if manifest.example else (_proved(bundle), {})
    if not rows:
        return None
    alone = Schema(manifest.signature).rows_per_call in {None, 1}
    return _Call(rows, json.dumps(rows[0] if alone else rows, ensure_ascii=False), urlencode(params, doseq=True))


def _proved(bundle: Path) -> list[dict[str, Any]]:
    if not (bundle / "parity.json").exists():
        return []
    question, reference = read_parity(bundle)
    asked = zip(question["rows"], reference["errors"], strict=False)
    return next(([row] for row, error in asked if error is None), [])


def _http_v2(event: dict[str, Any], call: _Call) -> dict[str, Any]:
    if call.query:
        event |= {"rawQueryString": call.query, "queryStringParameters": _values(call.query, ",".join)}
    return _http(event, call)


def _proxied(event: dict[str, Any], call: _Call) -> dict[str, Any]:
    if call.query:
        event["queryStringParameters"] = _values(call.query, lambda values: values[-1])
        event["multiValueQueryStringParameters"] = _values(call.query, list)
    return _http(event, call)


def _http(event: dict[str, Any], call: _Call) -> dict[str, Any]:
    if "content-length" in event["headers"]:
        event["headers"]["content-length"] = str(len(call.body.encode()))
    return event | {"body": call.body}


def _values(query: str, join: Callable[[list[str]], Any]) -> dict[str, Any]:
    """Return the values of each parameter, joined."""
    values: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        values.setdefault(name, []).append(value)
    return {name: join(each) for name, each in values.items()}


def _load_balancer(event: dict[str, Any], call: _Call) -> dict[str, Any]:
    encoded = (part.partition("=") for part in call.query.split("&") if part)  # a load balancer does not decode them
    return _http(event, call) | {"queryStringParameters": {name: value for name, _, value in encoded}}


def _direct(_: dict[str, Any], call: _Call) -> dict[str, Any] | None:
    row = json.loads(call.body)
    return row if isinstance(row, dict) else None


def _items(_: dict[str, Any], call: _Call) -> dict[str, Any]:
    return {"BatchInput": {"format": "json"}, "Items": call.rows}


def _messages(event: dict[str, Any], call: _Call) -> dict[str, Any]:
    event["Records"][0]["body"] = call.body
    del event["Records"][0]["md5OfBody"]
    return event


SOURCES: dict[str, Callable[[dict[str, Any], _Call], dict[str, Any] | None]] = {
    "http_v2": _http_v2,
    "function_url": _http_v2,
    "rest_v1": _proxied,
    "alb": _load_balancer,
    "direct": _direct,
    "items": _items,
    "sqs": _messages,
}
"""How the sample event of each source, in `events/`, is filled."""

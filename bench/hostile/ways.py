"""Send rows through every way in, and tell for each row whether it was predicted, rejected or caused a failure."""

import base64
import csv
import http.server
import io
import json
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NamedTuple

from bench.hostile.rows import to_json
from handler.predictor import Predictor
from model.score import worker

CONTEXT = SimpleNamespace(aws_request_id="an-id", get_remaining_time_in_millis=lambda: 60_000)
PREDICTED, REJECTED, FAILED = "predicted", "rejected", "failed"

Handler = Callable[[Any, Any], Any]


class Outcome(NamedTuple):
    """The outcome of a row: PREDICTED, REJECTED or FAILED, and the message of the response."""

    what: str
    detail: str = ""


class Target(NamedTuple):
    """A handler, the predictor of the same bundle, and the queue that THAW_RESULTS names."""

    handler: Handler
    predictor: Predictor
    queue: "Queue"

    @property
    def columns(self) -> list[str]:
        """Names of the input columns."""
        return [column.name for column in self.predictor.schema.columns]


class Queue:
    """A local stand-in for SQS that keeps the bodies it is sent."""

    def __init__(self) -> None:
        self.bodies: list[str] = []
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/queue"

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        bodies = self.bodies

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                sent = json.loads(self.rfile.read(int(self.headers["content-length"])))
                bodies.extend(entry["MessageBody"] for entry in sent["Entries"])
                self.send_response(200)
                self.send_header("content-length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_: Any) -> None:
                """Print nothing."""

        return Handler


def alone(target: Target, way: str, row: Any) -> Outcome:
    """Return the outcome of a request with one row."""
    path, body, media = ALONE[way](target, row)
    event = {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"content-type": media},
        "requestContext": {"http": {"method": "POST"}, "stage": "$default"},
        "body": base64.b64encode(body.encode("utf-8", "surrogatepass")).decode(),
        "isBase64Encoded": True,
    }
    answer = target.handler(event, CONTEXT)
    if answer["statusCode"] == 200:  # noqa: PLR2004
        return Outcome(PREDICTED)
    what = REJECTED if answer["statusCode"] < 500 else FAILED  # noqa: PLR2004
    return Outcome(what, answer["body"])


def _predict(_: Target, row: Any) -> tuple[str, str, str]:
    return "/predict", to_json([row]), "application/json"


def _records(_: Target, row: Any) -> tuple[str, str, str]:
    return "/invocations", to_json({"dataframe_records": [row]}), "application/json"


def _split(target: Target, row: Any) -> tuple[str, str, str]:
    data = [[row.get(name) for name in target.columns]] if isinstance(row, dict) else [row]
    return (
        "/invocations",
        to_json({"dataframe_split": {"columns": target.columns, "data": data}}),
        "application/json",
    )


def _inputs(_: Target, row: Any) -> tuple[str, str, str]:
    columns = {name: [value] for name, value in row.items()} if isinstance(row, dict) else row
    return "/invocations", to_json({"inputs": columns}), "application/json"


def _csv(target: Target, row: Any) -> tuple[str, str, str]:
    out = io.StringIO()
    csv.writer(out).writerows([target.columns, _texts(target, row)])
    return "/invocations", out.getvalue(), "text/csv"


def _infer(target: Target, row: Any) -> tuple[str, str, str]:
    given = row.items() if isinstance(row, dict) else [("input", row)]
    inputs = [{"name": name, "shape": [1], "datatype": "BYTES", "data": [value]} for name, value in given]
    return (
        f"/v2/models/{target.predictor.manifest.model.name}/infer",
        to_json({"inputs": inputs}),
        "application/json",
    )


def _texts(target: Target, row: Any) -> list[str]:
    values = [row.get(name) for name in target.columns] if isinstance(row, dict) else [row]
    return ["" if value is None else value if isinstance(value, str) else json.dumps(value) for value in values]


ALONE: dict[str, Callable[[Target, Any], tuple[str, str, str]]] = {
    "predict": _predict,
    "records": _records,
    "split": _split,
    "inputs": _inputs,
    "csv": _csv,
    "infer": _infer,
}
"""Requests with one row: functions that return path, body and content type."""


def together(target: Target, way: str, rows: list[Any]) -> list[Outcome]:
    """Return the outcome of each row of a batch.

    Raises:
        Exception: whatever the function raises when a batch fails as a whole.
    """
    results: list[dict[str, Any]] = TOGETHER[way](target, rows)
    json.dumps(results, allow_nan=False).encode()
    return [Outcome(PREDICTED) if "output" in one else Outcome(REJECTED, one["error"]["detail"]) for one in results]


def _messages(target: Target, rows: list[Any]) -> Any:
    target.queue.bodies.clear()
    record = {"messageId": "a", "body": to_json(rows), "eventSource": "aws:sqs"}
    target.handler({"Records": [record]}, CONTEXT)
    if target.queue.bodies:
        return json.loads(target.queue.bodies[0])["results"]
    return [{"error": {"detail": "returned, or sent to the dead letters"}} for _ in rows]


def _score(target: Target, rows: list[Any]) -> Any:
    request = {"input": "jsonl", "output": "jsonl", "keep": [], "params": {}, "explain": False}
    lines = "".join(to_json(row) + "\n" for row in rows).encode("utf-8", "surrogatepass")
    _, *found = worker.score_chunk(target.predictor, request, 0, lines).splitlines()
    return [
        {"error": {"detail": one["error"]}} if "error" in one else {"output": one} for one in map(json.loads, found)
    ]


def _items(target: Target, rows: list[Any]) -> Any:
    event = {"Items": json.loads(to_json(rows)), "BatchInput": {"keep": target.columns}}
    return target.handler(event, CONTEXT)["Items"]


def _csv_items(target: Target, rows: list[Any]) -> Any:
    given = [dict(zip(target.columns, _texts(target, row), strict=False)) for row in rows]
    event = {"Items": given, "BatchInput": {"keep": target.columns, "format": "csv"}}
    return target.handler(event, CONTEXT)["Items"]


TOGETHER: dict[str, Callable[[Target, list[Any]], Any]] = {
    "items": _items,
    "csv items": _csv_items,
    "messages": _messages,
    "score": _score,
}
"""Batches of rows: functions that return one result for each."""

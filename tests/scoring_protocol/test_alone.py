"""The protocol without MLflow and pandas: a compiled model with the standard library and msgspec."""

import json
import subprocess
import sys
from base64 import b64encode
from pathlib import Path
from typing import Any

import mlflow
from scoring_protocol.asking import Handler, Question

from handler import bundle as bundles
from handler.core import Core
from handler.settings import Settings
from model import process

_PROGRAM = """
import base64, json, pathlib, sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"mlflow", "numpy", "pandas", "pyarrow", "scipy", "sklearn"}:
            raise ImportError(name)

sys.meta_path.insert(0, Missing())
from handler.core import Core
from handler.message import Request
from handler.settings import Settings

core = Core(Settings(pathlib.Path(sys.argv[1])))
for path, content_type, body in json.load(sys.stdin):
    request = Request("POST", path, {"content-type": content_type}, {}, base64.b64decode(body), id="id")
    response = core.answer(request)
    print("ANSWER" + json.dumps([response.status, response.headers["content-type"], response.body.decode()]))
"""

TEXTS = ["Aliens voted twice!", "Doctors hate it", "The council approved the budget."]


def send_alone(bundle: Path, questions: list[tuple[str, str, bytes]]) -> list[tuple[int, str, str]]:
    """Send paths, content types and bodies to a process without libraries; return the responses."""
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(bundle)],
        input=json.dumps([[path, kind, b64encode(body).decode()] for path, kind, body in questions]),
        cwd=process.ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [tuple(json.loads(line[6:])) for line in done.stdout.splitlines() if line.startswith("ANSWER")]


def test_every_form_works_without_mlflow_and_pandas(bundle: Path) -> None:
    """All forms get the same predictions; Parquet, which cannot be decoded, is a 415 that says so."""
    rows = [{"text": text} for text in TEXTS]
    forms: list[Any] = [
        {"dataframe_records": rows},
        {"dataframe_split": {"columns": ["text"], "data": [[text] for text in TEXTS]}},
        {"instances": rows},
        {"instances": TEXTS},
        {"inputs": {"text": TEXTS}},
        {"inputs": rows},
        {"inputs": TEXTS},
        {"dataframe_records": rows, "params": {"unknown": 1}},
    ]
    tensor = {"inputs": [{"name": "text", "shape": [3], "datatype": "BYTES", "data": TEXTS}]}
    name = bundles.read_manifest(bundle).model.name
    *answers, parquet, oip = send_alone(
        bundle,
        [
            *(("/invocations", "application/json", json.dumps(form).encode()) for form in forms),
            ("/invocations", "text/csv", "\n".join(["text", *TEXTS]).encode()),
            ("/invocations", "application/vnd.apache.parquet", b"PAR1"),
            (f"/v2/models/{name}/infer", "application/json", json.dumps(tensor).encode()),
        ],
    )
    labels = json.loads(oip[2])["outputs"][0]["data"]
    assert 3 == len(labels)
    assert [(200, "application/json", {"predictions": labels})] * 9 == [
        (status, kind, json.loads(body)) for status, kind, body in answers
    ]
    assert (
        415,
        "text/plain; charset=utf-8",
        "this image cannot decode Parquet; send application/json or text/csv",
    ) == parquet


def test_the_version_is_mlflows_from_the_manifest(bundle: Path) -> None:
    """The version comes from the manifest, as bare text under MLflow's content type."""
    answer = Handler(Core(Settings(bundle)))(Question(b"", None, method="GET", path="/version"))
    assert (200, "application/json", mlflow.__version__) == answer

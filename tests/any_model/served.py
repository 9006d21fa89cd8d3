"""A bundle as Lambda serves it: the entry point, in an environment that holds only what the bundle needs."""

import json
import subprocess
from pathlib import Path
from typing import Any

from model import environment, process

# Answers events as the runtime client would pass them on.
_PROGRAM = """
import importlib, json, sys
handler = importlib.import_module("handler.app").handler
answers = [handler(event, None) for event in json.load(sys.stdin)]
print("ANSWERS" + json.dumps(answers))
"""


def post(bundle: Path, *questions: tuple[Any, str]) -> list[tuple[int, Any]]:
    """The status and body that each body and query is answered with."""
    events = [
        {
            "version": "2.0",
            "rawPath": "/predict",
            "rawQueryString": query,
            "headers": {"content-type": "application/json"},
            "requestContext": {"http": {"method": "POST", "path": "/predict"}},
            "body": json.dumps(body),
            "isBase64Encoded": False,
        }
        for body, query in questions
    ]
    with process.handler_alone() as alone:
        done = subprocess.run(
            [environment.runtime_environment(bundle), "-P", "-c", _PROGRAM],
            input=json.dumps(events),
            env=process.child_environment(PYTHONPATH=str(alone), THAW_BUNDLE=str(bundle)),
            cwd=alone,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    responses = json.loads(done.stdout.split("ANSWERS")[1])
    return [(response["statusCode"], json.loads(response["body"])) for response in responses]

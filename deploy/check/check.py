"""Asks a version of the function before it gets traffic, and tells CodeDeploy whether it answers.

https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html#appspec-hooks-lambda
That its answers are the model's own, a version checks by itself when it starts.
"""

import json
import os
from typing import Any

import boto3

ASKED = {"version": "2.0", "rawPath": "/health", "requestContext": {"http": {"method": "GET", "path": "/health"}}}
"""An event of the API."""


def handler(event: dict[str, str], _context: object) -> None:
    """Answer CodeDeploy's question about the version that the variable VERSION names."""
    good = False
    try:
        answer = boto3.client("lambda").invoke(FunctionName=os.environ["VERSION"], Payload=json.dumps(ASKED))
        said: Any = json.loads(answer["Payload"].read())
        good = "FunctionError" not in answer and said.get("statusCode") == 200  # noqa: PLR2004 - OK
        if not good:
            print(f"{os.environ['VERSION']} does not answer: {json.dumps(said)[:2000]}")
    finally:
        boto3.client("codedeploy").put_lifecycle_event_hook_execution_status(
            deploymentId=event["DeploymentId"],
            lifecycleEventHookExecutionId=event["LifecycleEventHookExecutionId"],
            status="Succeeded" if good else "Failed",
        )

"""Check a version of the function before it gets traffic, and tell CodeDeploy the result.

https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html#appspec-hooks-lambda
The version itself compares its prediction of the input example with MLflow's when it starts.
"""

import json
import os
from typing import Any

import boto3

ASKED = {"version": "2.0", "rawPath": "/health", "requestContext": {"http": {"method": "GET", "path": "/health"}}}
"""A health check as the API sends it."""


def handler(event: dict[str, str], _context: object) -> None:
    """Send a health check to the version in the variable VERSION, and report the result to CodeDeploy."""
    good = False
    try:
        answer = boto3.client("lambda").invoke(FunctionName=os.environ["VERSION"], Payload=json.dumps(ASKED))
        said: Any = json.loads(answer["Payload"].read())
        good = "FunctionError" not in answer and said.get("statusCode") == 200  # noqa: PLR2004 - OK
        if not good:
            print(f"{os.environ['VERSION']} failed its health check: {json.dumps(said)[:2000]}")
    finally:
        boto3.client("codedeploy").put_lifecycle_event_hook_execution_status(
            deploymentId=event["DeploymentId"],
            lifecycleEventHookExecutionId=event["LifecycleEventHookExecutionId"],
            status="Succeeded" if good else "Failed",
        )

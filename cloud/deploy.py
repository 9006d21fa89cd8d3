"""`sam build` and `sam deploy`, without a question, as a release of its own."""

import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime

from cloud.account import CloudError
from model.child import ROOT

SAM = ROOT / ".venv-sam" / "bin" / "sam"


def deploy(stack: str, parameters: Sequence[str]) -> dict[str, str]:
    """Build and deploy; give the stack's outputs by name.

    Args:
        stack: its name.
        parameters: of template.yaml, as NAME=VALUE.

    Raises:
        CloudError: SAM fails; it has said why.
    """
    release = f"ReleaseId={datetime.now(UTC):%Y%m%d%H%M%S}"  # so that other parameters alone are a new version too
    _sam("build")
    _sam("deploy", "--stack-name", stack, "--no-confirm-changeset", "--parameter-overrides", release, *parameters)
    return outputs(stack)


def outputs(stack: str) -> dict[str, str]:
    """A stack's outputs by name.

    Raises:
        CloudError: there is no such stack.
    """
    import boto3
    from botocore.exceptions import ClientError

    try:
        found = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as error:
        raise CloudError(f"there is no stack {stack}: {error}") from None
    return {output["OutputKey"]: output["OutputValue"] for output in found["Outputs"]}


def _sam(*words: str) -> None:
    if subprocess.run([str(SAM), *words], cwd=ROOT, check=False).returncode:
        raise CloudError(f"sam {words[0]} failed; its last lines above say why")

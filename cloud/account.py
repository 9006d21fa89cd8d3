"""Check that a deployment has what it needs: credentials, a region, Docker."""

import subprocess

from model.errors import ThawError


class CloudError(ThawError):
    """Something is missing in the AWS account or on this machine, or has failed there."""


def check_account() -> None:
    """Check for credentials and a region.

    Raises:
        CloudError: one of them is missing.
    """
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    session = boto3.Session()
    if not session.region_name:
        raise CloudError("no AWS region: set AWS_DEFAULT_REGION, for example to eu-west-1")
    if session.get_credentials() is None:
        raise CloudError("no AWS credentials: run `aws configure` or `aws sso login`")
    try:
        session.client("sts").get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        raise CloudError(f"AWS rejected the credentials: {error}") from None


def check_docker(why: str = "it is needed to build the image") -> None:
    """Check for a running Docker engine.

    Args:
        why: what it is needed for, as the error says it.

    Raises:
        CloudError: there is none.
    """
    try:
        subprocess.run(["docker", "info"], capture_output=True, check=True, timeout=30)  # noqa: S607
    except FileNotFoundError:
        raise CloudError(f"docker is not installed: {why}") from None
    except subprocess.SubprocessError:
        raise CloudError(f"the Docker engine does not respond: start it, {why}") from None

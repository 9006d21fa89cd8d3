"""Check that a deployment has what it needs: credentials, a region, Docker."""

import subprocess

from model.errors import ThawError


class CloudError(ThawError):
    """Something is missing in the AWS account or on this machine, or has failed there."""


def check_account(*, docker: bool = True) -> None:
    """Check for credentials, a region and, if `docker`, a running Docker engine.

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
    if not docker:
        return
    try:
        subprocess.run(["docker", "info"], capture_output=True, check=True, timeout=30)  # noqa: S607
    except FileNotFoundError:
        raise CloudError("docker is not installed: it is needed to build the image") from None
    except subprocess.SubprocessError:
        raise CloudError("the Docker engine does not respond: start it, it is needed to build the image") from None

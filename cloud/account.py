"""Whether there is all that a deployment needs, said in one line where there is not."""

import subprocess


class CloudError(Exception):
    """Something is missing or went wrong; the message says what to do."""


def ready(*, docker: bool = True) -> None:
    """Return if there are credentials, a region and, where it is needed, a Docker engine.

    Raises:
        CloudError: one of them is missing.
    """
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    session = boto3.Session()
    if not session.region_name:
        raise CloudError("no region is set: export AWS_DEFAULT_REGION=eu-west-1, or another")
    if session.get_credentials() is None:
        raise CloudError("there are no credentials for AWS: run `aws configure`, or `aws sso login`")
    try:
        session.client("sts").get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        raise CloudError(f"AWS does not take the credentials: {error}") from None
    if not docker:
        return
    try:
        subprocess.run(["docker", "info"], capture_output=True, check=True, timeout=30)  # noqa: S607
    except FileNotFoundError:
        raise CloudError("there is no docker here: install it, the image is built with it") from None
    except subprocess.SubprocessError:
        raise CloudError("no Docker engine answers: start it, the image is built with it") from None

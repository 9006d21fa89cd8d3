"""Container images of functions that do not fit a zip: built with Docker, kept in a repository of ECR."""

import base64
import json
import os
import subprocess
from pathlib import Path

from cloud.account import CloudError
from cloud.stacks import Show, client, errors_of
from cloud.templates import HANDLER
from model.function.target import Target
from model.work_folder import work_folder

_DOCKERFILE = """\
FROM public.ecr.aws/lambda/python:{python}
COPY . ${{LAMBDA_TASK_ROOT}}
CMD ["{handler}"]
"""
_PLATFORMS = {"x86_64": "linux/amd64", "arm64": "linux/arm64"}
_MAY_PULL = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "LambdaPulls",
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
        }
    ],
}


def repository(stack: str) -> str:
    """Return the name of a stack's repository."""
    return f"thaw/{stack.lower()}"


def push(stack: str, folder: Path, target: Target, tag: str, show: Show) -> str:
    """Build the image of a function's directory and push it; return its address with its digest.

    Args:
        stack: the stack's name.
        folder: as `model.function.assemble.assemble` writes it.
        target: the platform.
        tag: of the image, new for each release.
        show: called with a sentence at each step.

    Raises:
        CloudError: ECR refuses something, or Docker fails; says how.
    """
    address = f"{_ensure_repository(repository(stack), show)}:{tag}"
    show("building the container image")
    lambda_takes = ["--provenance=false", "--sbom=false"]  # it refuses images with attestations
    options = ["--platform", _PLATFORMS[target.architecture], "--tag", address, "--file", "-"]
    dockerfile = _DOCKERFILE.format(python=target.python, handler=HANDLER)
    _docker("build", *lambda_takes, *options, str(folder), given=dockerfile)
    with work_folder("thaw-") as work:
        user, password, registry = _credentials()
        variables = {"DOCKER_CONFIG": str(work)}  # so that the password is not kept
        _docker("login", "--username", user, "--password-stdin", registry, given=password, **variables)
        show(f"pushing it to {address}")
        _docker("push", "--quiet", address, **variables)
    [named] = [one for one in _digests(address) if one.startswith(address.rpartition(":")[0])][:1]
    return named


def remove(stack: str) -> bool:
    """Remove a stack's repository with its images; return whether there was one.

    Raises:
        CloudError: ECR refuses it.
    """
    ecr = client("ecr")
    try:
        with errors_of(f"removing the repository {repository(stack)}"):
            ecr.delete_repository(repositoryName=repository(stack), force=True)
    except CloudError as error:
        if "RepositoryNotFoundException" in str(error):
            return False
        raise
    return True


def _ensure_repository(name: str, show: Show) -> str:
    """Make a repository unless it is there; return its address."""
    ecr = client("ecr")
    try:
        with errors_of(f"reading the repository {name}"):
            found = ecr.describe_repositories(repositoryNames=[name])["repositories"]
    except CloudError as error:
        if "RepositoryNotFoundException" not in str(error):
            raise
        with errors_of(f"making the repository {name}"):
            scanned = {"scanOnPush": True}
            found = [ecr.create_repository(repositoryName=name, imageScanningConfiguration=scanned)["repository"]]
            ecr.set_repository_policy(repositoryName=name, policyText=json.dumps(_MAY_PULL))
        show(f"made the repository {name}: its images are scanned, and Lambda may pull them")
    return str(found[0]["repositoryUri"])


def _credentials() -> tuple[str, str, str]:
    """Return user, password and address of the account's registry."""
    with errors_of("logging in to ECR"):
        [found] = client("ecr").get_authorization_token()["authorizationData"]
    user, _, password = base64.b64decode(found["authorizationToken"]).decode().partition(":")
    return user, password, found["proxyEndpoint"]


def _digests(address: str) -> list[str]:
    """Return an image's addresses with digests, one for each repository it was pushed to."""
    found: list[str] = json.loads(_docker("image", "inspect", "--format", "{{json .RepoDigests}}", address))
    return found


def _docker(*words: str, given: str = "", **variables: str) -> str:
    """Run a command of Docker; return its output.

    Raises:
        CloudError: it fails; has its last lines.
    """
    command = ["docker", *words]
    done = subprocess.run(command, input=given, env=os.environ | variables, capture_output=True, text=True, check=False)
    if done.returncode:
        said = " ".join(done.stderr.split())[-500:]
        raise CloudError(f"docker {words[0]} failed: {said}")
    return done.stdout

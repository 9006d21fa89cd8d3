"""`sam deploy` of the unmodified template to a registry on this machine and to moto."""

import json
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import pytest
from containers.commands import BUILD_SECONDS, ROOT, ask, environment, invoking, run, same
from needs import need
from serving import free_port

REGISTRY = """
version: 0.1
storage: {{filesystem: {{rootdirectory: {folder}}}}}
http: {{addr: "127.0.0.1:{port}"}}
"""


class Account(NamedTuple):
    """The addresses of AWS and the registry, and the credentials."""

    registry: str
    variables: dict[str, str]

    def client(self, service: str) -> Any:
        """Return a client of a service."""
        given = {name.lower(): value for name, value in self.variables.items() if "KEY" in name}
        address = self.variables["AWS_ENDPOINT_URL"]
        return boto3.client(service, endpoint_url=address, region_name="eu-west-1", **given)


@pytest.fixture(scope="module", name="account")
def _account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """Run moto and an empty registry."""
    need("DOCKER", bool(shutil.which("docker-registry")), "docker-registry is not there, so nothing was pushed")
    folder = tmp_path_factory.mktemp("account")
    registry, moto = (f"127.0.0.1:{free_port()}", free_port())
    (folder / "registry.yml").write_text(REGISTRY.format(folder=folder / "images", port=registry.partition(":")[2]))
    variables = {
        "AWS_ENDPOINT_URL": f"http://localhost:{moto}",  # moto looks for a template where this says, if it is no number
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
    }
    commands = [
        ["docker-registry", "serve", str(folder / "registry.yml")],
        [sys.executable, str(ROOT / "tests" / "containers" / "account.py"), str(moto), registry],
    ]
    with (folder / "log").open("wb") as log:
        servers = [subprocess.Popen(one, env=environment(), stdout=log, stderr=log) for one in commands]
        try:
            for address in (registry, f"localhost:{moto}"):
                ask(urllib.request.Request(f"http://{address}/"))
            yield Account(registry, variables)
        finally:
            for server in servers:
                server.terminate()
                server.wait(10)
            print((folder / "log").read_text()[-6000:])


@pytest.fixture(scope="module", name="deploy")
def _deploy(account: Account, sam: Path, built: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str | Path]:
    """The command, with a samconfig.toml that names the bucket and repository that SAM would create."""
    account.client("s3").create_bucket(Bucket="uploads", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    config = (ROOT / "samconfig.toml").read_text()
    for made, named in {
        "resolve_image_repos = true": f'image_repository = "{account.registry}/thaw"',
        "resolve_s3 = true": 's3_bucket = "uploads"',
    }.items():
        assert made in config
        config = config.replace(made, named)
    file = tmp_path_factory.mktemp("config") / "samconfig.toml"
    file.write_text(config)
    return [sam, "deploy", "--template", built, "--config-file", file]


@pytest.fixture(scope="module", name="function")
def _function(account: Account, deploy: list[str | Path]) -> dict[str, Any]:
    """Deploy; return Lambda's description of the function."""
    run(*deploy, seconds=BUILD_SECONDS, **account.variables)
    [function] = account.client("lambda").list_functions()["Functions"]
    found: dict[str, Any] = account.client("lambda").get_function(FunctionName=function["FunctionName"])
    return found


def test_the_function_follows_the_template(account: Account, function: dict[str, Any]) -> None:
    """Its memory, role and log group are those of the stack."""
    configuration = function["Configuration"]
    stack = account.client("cloudformation").describe_stack_resources(StackName="thaw")["StackResources"]
    names = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in stack if "PhysicalResourceId" in one}

    assert (1769, 29) == (configuration["MemorySize"], configuration["Timeout"])
    assert names["Role"] == configuration["Role"].rpartition("/")[2]
    assert {"Role", "DeployRole", "LogGroup", "AccessLog", "Thaw"} <= names.keys()


def test_the_pushed_image_suits_lambda(account: Account, function: dict[str, Any]) -> None:
    """It is a single manifest; Lambda refuses an index."""
    name, _, tag = function["Code"]["ImageUri"].rpartition(":")
    kinds = ["application/vnd.docker.distribution.manifest.v2+json", "application/vnd.oci.image.manifest.v1+json"]
    kinds += ["application/vnd.oci.image.index.v1+json"]
    url = f"http://{account.registry}/v2/{name.partition('/')[2]}/manifests/{tag}"
    status, manifest = ask(urllib.request.Request(url, headers={"accept": ", ".join(kinds)}))

    assert 200 == status
    assert json.loads(manifest)["mediaType"] in kinds[:2]
    assert json.loads(manifest)["layers"]


def test_the_pushed_image_predicts(function: dict[str, Any], expected: dict[str, Any]) -> None:
    """The image from the registry returns a prediction."""
    image = function["Code"]["ImageUri"]
    run("docker", "image", "rm", image)
    run("docker", "pull", image)
    with invoking(image) as invoke:
        answer = invoke((ROOT / "events" / "http_v2.json").read_bytes())
    run("docker", "image", "rm", image)

    assert same(expected["http_v2.json"]) == same(answer)


def thaw(account: Account, *words: str) -> str:
    """Run `thaw` in the account; return what it prints."""
    done = run(sys.executable, "-m", "thaw", *words, "--name", "pushed", seconds=BUILD_SECONDS, **account.variables)
    return str(done.stdout + done.stderr)


def pushed_image(account: Account) -> str:
    """Return the address of the image that the function of `thaw deploy` has."""
    client = account.client("lambda")
    [name] = [one["FunctionName"] for one in client.list_functions()["Functions"] if "pushed" in one["FunctionName"]]
    return str(client.get_function(FunctionName=name)["Code"]["ImageUri"])


def test_thaw_deploys_an_image(account: Account, expected: dict[str, Any]) -> None:
    """`thaw deploy --package image` needs neither SAM nor a Dockerfile; a rollback brings the earlier image back."""
    deploy = ["deploy", "build/bundle", "--package", "image", "--runtime-python"]
    assert "CREATE_COMPLETE" in thaw(account, *deploy, "3.13", "Access=Public")
    image = pushed_image(account)
    assert image.startswith(f"{account.registry}/thaw/pushed@sha256:")
    run("docker", "pull", image)
    with invoking(image) as invoke:
        answer = invoke((ROOT / "events" / "http_v2.json").read_bytes())
    run("docker", "image", "rm", image)
    assert same(expected["http_v2.json"]) == same(answer)

    thaw(account, *deploy, "3.12")
    assert image != pushed_image(account)
    thaw(account, "rollback")
    assert image == pushed_image(account)

    assert "Deleted pushed, its images and " in thaw(account, "delete", "--yes")
    assert [] == account.client("ecr").describe_repositories()["repositories"]

"""`thaw deploy` and its companions, from a registry to a stack of moto: the zip comes back from S3 and predicts."""

import json
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import mlflow
import pytest
from installed.conftest import CLIENT, Thaw
from serving import free_port, serving, wait_until_ready

from handler.bundle import read_manifest
from local.runtime_api import Runtime
from local.stage import environment
from model.environment import installed_environment
from model.process import ROOT

pytestmark = pytest.mark.xdist_group("installed")

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_DEFAULT_REGION": "eu-west-1"}
BUCKET = "thaw-123456789012-eu-west-1"
NAME = "fraud"


class Account(NamedTuple):
    """The variables for an AWS account and a registry of models."""

    variables: dict[str, str]

    def client(self, service: str, region: str = "eu-west-1") -> Any:
        """Return a client of a service."""
        keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
        return boto3.client(service, endpoint_url=self.variables["AWS_ENDPOINT_URL"], region_name=region, **keys)

    def stack(self) -> dict[str, Any]:
        """Return CloudFormation's description of the stack."""
        found: dict[str, Any] = self.client("cloudformation").describe_stacks(StackName=NAME)["Stacks"][0]
        return found

    def parameters(self) -> dict[str, str]:
        """Return the stack's parameters."""
        return {one["ParameterKey"]: one["ParameterValue"] for one in self.stack()["Parameters"]}

    def function(self) -> dict[str, Any]:
        """Return Lambda's description of the stack's function."""
        functions = self.client("lambda").list_functions()["Functions"]
        [found] = [one for one in functions if one["FunctionName"].startswith(NAME)]
        return dict(found)


@pytest.fixture(scope="module", name="account")
def _account(bundle: Path, text_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """moto, a registry with a model, and a service in the place of the API that moto lacks."""
    folder = tmp_path_factory.mktemp("account")
    moto, registry = free_port(), free_port()
    with serving(bundle, folder / "service.log") as service, (folder / "log").open("wb") as log:
        store = [
            "--backend-store-uri",
            f"sqlite:///{folder}/store.db",
            "--artifacts-destination",
            str(folder / "artifacts"),
        ]
        address = f"http://127.0.0.1:{service.port}"
        commands = [
            [sys.executable, str(ROOT / "tests" / "containers" / "account.py"), str(moto), "localhost:1", address],
            [sys.executable, "-m", "mlflow", "server", "--port", str(registry), "--workers", "1", *store],
        ]
        servers = [subprocess.Popen(one, env=os.environ | CREDENTIALS, stdout=log, stderr=log) for one in commands]
        try:
            addresses = (f"http://localhost:{moto}", f"http://127.0.0.1:{registry}")
            for one, server in zip(addresses, servers, strict=True):
                wait_until_ready(one, server)
            register(text_model, addresses[1])
            yield Account({**CREDENTIALS, "AWS_ENDPOINT_URL": addresses[0], "MLFLOW_TRACKING_URI": addresses[1]})
        finally:
            for server in servers:
                server.terminate()
                server.wait(10)
            print((folder / "log").read_text()[-6000:])


def register(model: Path, server: str) -> None:
    """Register a model as `texts`, with the alias `champion`."""
    client = mlflow.MlflowClient(server, server)
    run = client.create_run("0")
    client.log_artifacts(run.info.run_id, str(model), "model")
    client.create_registered_model("texts")
    version = client.create_model_version("texts", f"{run.info.artifact_uri}/model", run.info.run_id)
    client.set_registered_model_alias("texts", "champion", version.version)


@pytest.fixture(scope="module", name="deployed")
def _deployed(account: Account, thaw: Thaw) -> subprocess.CompletedProcess[str]:
    """Deploy the registered model for the first time."""
    return thaw(
        "deploy", "models:/texts@champion", "--name", NAME, "MemorySize=512", "Access=Public", **account.variables
    )


def test_one_command_deploys_a_registered_model(deployed: subprocess.CompletedProcess[str], account: Account) -> None:
    """The steps and the stack's events are shown; the API is asked, and the next commands are printed."""
    assert 0 == deployed.returncode, deployed.stderr
    assert "CREATE_COMPLETE" in deployed.stderr
    assert "GET /health: " in deployed.stdout
    assert "POST /predict: [" in deployed.stdout
    assert f"thaw rollback --name {NAME}" in deployed.stdout
    assert {"MemorySize": "512", "Access": "Public"}.items() <= account.parameters().items()
    assert 512 == account.function()["MemorySize"]


@pytest.mark.usefixtures("deployed")
def test_the_uploaded_zip_predicts(account: Account, bundle: Path, tmp_path: Path) -> None:
    """Fetched back from S3 and run under Lambda's runtime client, with nothing installed but that client."""
    template = account.client("cloudformation").get_template(StackName=NAME)["TemplateBody"]
    code = template["Resources"]["Thaw"]["Properties"]["Code"]
    account.client("s3").download_file(code["S3Bucket"], code["S3Key"], str(tmp_path / "function.zip"))
    with zipfile.ZipFile(tmp_path / "function.zip") as zipped:
        zipped.extractall(tmp_path / "task")
    example = read_manifest(bundle).example
    assert example
    event = json.loads((ROOT / "events" / "http_v2.json").read_text()) | {"body": json.dumps(example.rows[0])}
    python = installed_environment([CLIENT], Path(sys.executable))
    with Runtime(python, "handler.app.handler", tmp_path / "task", environment()) as runtime:
        response = runtime.invoke(event).value
    assert (200, example.answer[0]) == (response["statusCode"], json.loads(response["body"]))


@pytest.mark.usefixtures("deployed")
def test_the_bucket_is_private_and_encrypted(account: Account) -> None:
    """The command made it, and unfinished uploads expire."""
    s3 = account.client("s3")
    assert all(s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"].values())
    [rule] = s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"]
    assert "AES256" == rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"]
    [rule] = s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"]
    assert 7 == rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"]


@pytest.mark.usefixtures("deployed")
def test_logs_prints_the_functions_log(account: Account, thaw: Thaw) -> None:
    """One line for each event, with its time. moto forgets the log group at an update, so this comes before."""
    logs = account.client("logs")
    [group] = [
        one["logGroupName"] for one in logs.describe_log_groups()["logGroups"] if "LogGroup" in one["logGroupName"]
    ]
    logs.create_log_stream(logGroupName=group, logStreamName="s")
    event = {"timestamp": int(time.time() * 1000), "message": '{"message":"request"}\n'}
    logs.put_log_events(logGroupName=group, logStreamName="s", logEvents=[event])
    done = thaw("logs", "--name", NAME, **account.variables)
    assert 0 == done.returncode, done.stderr
    assert done.stdout.endswith('Z {"message":"request"}\n')


@pytest.mark.usefixtures("deployed")
def test_an_update_keeps_parameters_and_a_rollback_restores_them(account: Account, thaw: Thaw, bundle: Path) -> None:
    """What is not given stays; the earlier release comes back with its code and its parameters."""
    before = account.function()["CodeSize"], account.function()["Runtime"], account.parameters()["Timeout"]
    done = thaw("deploy", bundle, "--name", NAME, "--runtime-python", "3.12", "Timeout=10", **account.variables)
    assert 0 == done.returncode, done.stderr
    assert ("512", "10") == (account.parameters()["MemorySize"], account.parameters()["Timeout"])
    assert "python3.12" == account.function()["Runtime"]

    done = thaw("rollback", "--name", NAME, **account.variables)
    assert 0 == done.returncode, done.stderr
    assert before == (account.function()["CodeSize"], account.function()["Runtime"], account.parameters()["Timeout"])


@pytest.mark.usefixtures("deployed")
def test_list_names_deployments(account: Account, thaw: Thaw) -> None:
    """As JSON, and as a table."""
    [found] = json.loads(thaw("list", "--json", **account.variables).stdout)
    assert (NAME, "texts") == (found["name"], found["model"])
    assert found["release"] == account.parameters()["ReleaseId"]
    assert NAME in thaw("list", **account.variables).stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["deploy", "nothing", "Acces=Public"],
            "Acces=Public is not a parameter of the stack: write NAME=VALUE with Access",
        ),
        (["deploy", "nothing", "MemorySize=1"], "MemorySize=1 is not allowed: it is a number from 128 to 10240"),
        (["deploy", "nothing", "Access=All"], "Access=All is not allowed: it is one of IAM, JWT, Public"),
        (["deploy", "nothing", "--name", "others"], "the stack others is not one of Thaw's: choose another --name"),
        (["delete", "--name", "others", "--yes"], "the stack others is not one of Thaw's"),
        (["delete", "--name", NAME], "nothing was deleted: pass --yes"),
        (["logs", "--name", "none"], "there is no stack none in this region and account"),
        (["rollback", "--name", "none"], "there is no stack none in this region and account"),
    ],
)
@pytest.mark.usefixtures("deployed")
def test_a_wrong_argument_is_one_line(words: list[str], message: str, account: Account, thaw: Thaw) -> None:
    """Nothing is built or changed."""
    template = json.dumps({"Description": "Another", "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
    cloudformation = account.client("cloudformation")
    if "others" not in {stack["StackName"] for stack in cloudformation.describe_stacks()["Stacks"]}:
        cloudformation.create_stack(StackName="others", TemplateBody=template)
    done = thaw(*words, **account.variables)
    assert 1 == done.returncode
    assert done.stderr.startswith(f"error: {message}"), done.stderr
    assert 1 == len(done.stderr.splitlines())


@pytest.mark.usefixtures("deployed")
def test_a_bucket_in_another_region_is_refused(account: Account, thaw: Thaw, bundle: Path) -> None:
    """CloudFormation reads code from a bucket in the stack's region alone."""
    place = {"LocationConstraint": "eu-central-1"}
    account.client("s3", "eu-central-1").create_bucket(Bucket="far", CreateBucketConfiguration=place)
    done = thaw("deploy", bundle, "--name", "other", "--bucket", "far", **account.variables)
    assert 1 == done.returncode
    assert "the bucket far is in eu-central-1 and the stack in eu-west-1: name a --bucket" in done.stderr


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"AWS_DEFAULT_REGION": ""}, "no AWS region: set AWS_DEFAULT_REGION"),
        ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, "no AWS credentials: run `aws configure`"),
    ],
)
def test_a_missing_setting_is_one_line(changed: dict[str, str], message: str, account: Account, thaw: Thaw) -> None:
    """Before anything is built."""
    variables = account.variables | changed | {"AWS_EC2_METADATA_DISABLED": "true", "HOME": "/nonexistent"}
    done = thaw("deploy", "nothing", **variables)
    assert (1, 1) == (done.returncode, len(done.stderr.splitlines()))
    assert done.stderr.startswith(f"error: {message}")


@pytest.mark.usefixtures("deployed")
def test_delete_removes_the_stack_and_its_uploads(account: Account, thaw: Thaw) -> None:
    """The bucket stays. This test comes last."""
    done = thaw("delete", "--name", NAME, "--yes", **account.variables)
    assert 0 == done.returncode, done.stderr
    assert [] == json.loads(thaw("list", "--json", **account.variables).stdout)
    assert "Contents" not in account.client("s3").list_objects_v2(Bucket=BUCKET, Prefix=f"thaw/{NAME}/")

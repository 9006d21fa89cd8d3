"""template.yaml as SAM translates it: what it grants, when it publishes a version, which parameters it refuses."""

import functools
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from answering import Answer, Received, answering

from local.runtime_api import Runtime

ROOT = Path(__file__).resolve().parent.parent
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/thaw:{}"

GRANTED = {
    ("BulkRole", "logs:CreateLogStream", "LogGroup.Arn"),
    ("BulkRole", "logs:PutLogEvents", "LogGroup.Arn"),
    ("BulkRole", "s3:GetObject", "HasBundle: bucket and prefix/*"),
    ("BulkRole", "sagemaker:InvokeEndpoint", "HasEndpoint: endpoint/EndpointName"),
    ("BulkRole", "secretsmanager:GetSecretValue", "HasSecret: SecretArn"),
    ("BulkRole", "kms:Decrypt", "HasDecryptKey: DecryptKeyArn"),
    ("BulkRole", "sqs:ReceiveMessage", "HasQueue: Messages.Arn"),
    ("BulkRole", "sqs:DeleteMessage", "HasQueue: Messages.Arn"),
    ("BulkRole", "sqs:GetQueueAttributes", "HasQueue: Messages.Arn"),
    ("BulkRole", "sqs:SendMessage", "HasQueue: DeadLetters.Arn"),
    ("BulkRole", "sqs:SendMessage", "HasResultQueue: ScoredMessages.Arn"),
    ("BulkRole", "s3:PutObject", "HasResultsUri: bucket and prefix/*"),
    ("BulkRole", "s3:PutObject", "HasLargeResultsUri: bucket and prefix/*"),
    ("StateMachineRole", "lambda:InvokeFunction", "Bulk.Arn"),
    ("StateMachineRole", "s3:ListBucket", "BulkBucket"),
    ("StateMachineRole", "s3:GetObject", "BulkBucket/*"),
    ("StateMachineRole", "s3:PutObject", "BulkBucket/*"),
    ("StateMachineRole", "s3:ListMultipartUploadParts", "BulkBucket/*"),
    ("StateMachineRole", "s3:AbortMultipartUpload", "BulkBucket/*"),
    ("StateMachineRole", "states:StartExecution", "stateMachine:bulk"),
    ("StateMachineRole", "states:DescribeExecution", "execution:bulk/*"),
    ("StateMachineRole", "states:StopExecution", "execution:bulk/*"),
    ("Role", "s3:GetObject", "HasBundle: bucket and prefix/*"),
    ("Role", "sagemaker:InvokeEndpoint", "HasEndpoint: endpoint/EndpointName"),
    ("Role", "secretsmanager:GetSecretValue", "HasSecret: SecretArn"),
    ("Role", "kms:Decrypt", "HasDecryptKey: DecryptKeyArn"),
    ("Role", "logs:CreateLogStream", "LogGroup.Arn"),
    ("Role", "logs:PutLogEvents", "LogGroup.Arn"),
    ("CheckRole", "logs:CreateLogGroup", "logs:/aws/lambda/CodeDeployHook_"),
    ("CheckRole", "logs:CreateLogStream", "logs:/aws/lambda/CodeDeployHook_"),
    ("CheckRole", "logs:PutLogEvents", "logs:/aws/lambda/CodeDeployHook_"),
    ("CheckRole", "lambda:InvokeFunction", "Thaw:*"),
    ("CheckRole", "codedeploy:PutLifecycleEventHookExecutionStatus", "ServerlessDeploymentApplication/*"),
}
"""Every action that a role may take, some under a condition, besides those of AWS's managed policies."""

MANAGED = {
    ("BulkRole", "AWSLambdaENIManagementAccess", "IsInVpc"),
    ("BulkRole", "AWSXRayDaemonWriteAccess", "IsTraced"),
    ("Role", "AWSLambdaENIManagementAccess", "IsInVpc"),
    ("Role", "AWSXRayDaemonWriteAccess", "IsTraced"),
    ("DeployRole", "AWSCodeDeployRoleForLambdaLimited", ""),
}
"""AWS's managed policies, and the condition under which a role has them."""


@functools.cache
def translated(image: str = "1", *parameters: str) -> dict[str, Any]:
    """Return the template as CloudFormation gets it."""
    python = ROOT / ".venv-sam" / "bin" / "python"
    if not python.exists():
        pytest.fail(f"{python} does not exist: run the tests with `make test`", pytrace=False)
    command: list[str | Path] = [python, ROOT / "tests" / "translate.py", IMAGE.format(image), *parameters]
    environment = os.environ | {"AWS_DEFAULT_REGION": "eu-west-1"}
    source = (ROOT / "template.yaml").read_text()
    done = subprocess.run(command, env=environment, input=source, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    template: dict[str, Any] = json.loads(done.stdout)
    return template


def resources(kind: str, template: dict[str, Any] | None = None) -> dict[str, dict[str, Any]]:
    """Return the resources of a type, by name."""
    every = (template or translated())["Resources"]
    return {name: resource for name, resource in every.items() if resource["Type"] == kind}


# How to shorten a resource's ARN: without account and region.
SHORTER = (
    (r".*log-group:([^$]*).*", r"logs:\1"),
    (r"\$\{Thaw.Arn\}(.*)", r"Thaw\1"),
    (r".*deploymentgroup:\$\{(\w+)\}(.*)", r"\1\2"),
    (r".*:s3:::\$\{(\w+)\}(.*)", r"\1\2"),
    (r".*:(\w+):\$\{AWS::StackName\}-(.*)", r"\1:\2"),
    (r".*:(endpoint)/\$\{(\w+)\}", r"\1/\2"),
)


def short(resource: Any) -> str:
    """Return a policy's resource without account and region."""
    if "Fn::Sub" not in resource:
        return ".".join(resource.get("Fn::GetAtt", [resource.get("Ref")]))
    text = resource["Fn::Sub"]
    if isinstance(text, list):
        assert "arn:${AWS::Partition}:s3:::${Place}/*" == text[0]
        return "bucket and prefix/*"
    return next(re.sub(pattern, form, text) for pattern, form in SHORTER if re.fullmatch(pattern, text))


def test_roles_grant_only_these_actions() -> None:
    """The function may write its log, the check may invoke it and notify CodeDeploy, and nothing else is granted."""
    found = set()
    for name, role in resources("AWS::IAM::Role").items():
        for given in role["Properties"].get("Policies", []):
            condition, policy = (f"{given['Fn::If'][0]}: ", given["Fn::If"][1]) if "Fn::If" in given else ("", given)
            for statement in policy["PolicyDocument"]["Statement"]:
                actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
                found |= {(name, action, condition + short(statement["Resource"])) for action in actions}
    assert GRANTED == found


def test_roles_have_only_these_managed_policies() -> None:
    """Managed policies are for network interfaces in a VPC, traces if enabled, and CodeDeploy's traffic shifting."""
    found = set()
    for name, role in resources("AWS::IAM::Role").items():
        for given in role["Properties"].get("ManagedPolicyArns", []):
            condition, policy = (given["Fn::If"][0], given["Fn::If"][1]) if "Fn::If" in given else ("", given)
            found.add((name, policy["Fn::Sub"].rpartition("/")[2], condition))
    assert MANAGED == found


def test_nothing_that_costs_while_idle_is_on() -> None:
    """By default there are no alarms, no dashboard and no provisioned concurrency, and access is by IAM."""
    for kind in ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard"):
        assert resources(kind)
        assert all("Condition" in resource for resource in resources(kind).values())
    defaults = {name: given.get("Default") for name, given in translated()["Parameters"].items()}
    off = {"Alarms": "false", "Dashboard": "false", "SnapStart": "false", "ProvisionedConcurrency": 0}
    assert off == {name: defaults[name] for name in off}
    assert "IAM" == defaults["Access"]


@pytest.mark.parametrize(
    ("one", "other", "published"),
    [
        (("1",), ("2",), True),
        (("1",), ("1", "Timeout=5"), False),
        (("1", "ReleaseId=a"), ("1", "ReleaseId=b"), True),
        (("1", "ReleaseId=a"), ("2", "ReleaseId=a"), False),
    ],
)
def test_when_a_version_is_published(one: tuple[str, ...], other: tuple[str, ...], published: bool) -> None:
    """A new image publishes a version, or a new release id if there is one."""
    first, second = (set(resources("AWS::Lambda::Version", translated(*given))) for given in (one, other))
    assert published == (first != second)


@pytest.mark.parametrize("rollout", ["AllAtOnce", "Canary10Percent5Minutes", "Linear10PercentEvery1Minute"])
def test_a_version_takes_over_as_configured(rollout: str) -> None:
    """A new version is checked before it gets traffic, and alarms roll it back."""
    template = translated("1", f"Rollout={rollout}")
    [group] = resources("AWS::CodeDeploy::DeploymentGroup", template).values()
    [alias] = resources("AWS::Lambda::Alias", template).values()
    update = alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]

    assert {"ConfigName": rollout} == group["Properties"]["DeploymentConfigName"]["Fn::Sub"][1]
    assert "DEPLOYMENT_STOP_ON_ALARM" in group["Properties"]["AutoRollbackConfiguration"]["Events"]
    assert {"Ref": "Check"} == update["BeforeAllowTrafficHook"]
    alarms = group["Properties"]["AlarmConfiguration"]["Fn::If"][1]["Alarms"]
    assert set(resources("AWS::CloudWatch::Alarm", template)) == {alarm["Name"]["Ref"] for alarm in alarms}


def holds(expression: Any, values: dict[str, Any]) -> Any:
    """Evaluate a rule's expression as CloudFormation does."""
    match expression:
        case {"Ref": name}:
            return str(values[name])
        case {"Fn::Equals": [one, other]}:
            return str(holds(one, values)) == str(holds(other, values))
        case {"Fn::Not": [inner]}:
            return not holds(inner, values)
        case {"Fn::And": inner}:
            return all(holds(one, values) for one in inner)
    return expression


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({}, []),
        ({"Access": "JWT"}, ["Access=JWT needs JwtIssuer and JwtAudience"]),
        ({"Access": "JWT", "JwtIssuer": "https://a", "JwtAudience": "b"}, []),
        ({"DomainName": "a.example.com"}, ["DomainName needs CertificateArn"]),
        ({"LargeResultsUri": "s3://a/b", "Queue": "true"}, []),
        ({"LargeResultsUri": "s3://a/b"}, ["LargeResultsUri is for the queue of results"]),
        ({"LargeResultsUri": "s3://a/b", "Queue": "true", "ResultsUri": "s3://a/b"}, ["LargeResultsUri is for"]),
        ({"SnapStart": "true"}, []),
        ({"SnapStart": "true", "EphemeralStorage": 1024}, ["SnapStart does not work with"]),
        ({"SnapStart": "true", "ProvisionedConcurrency": 1}, ["SnapStart does not work with"]),
    ],
)
def test_contradictory_parameters_are_refused(given: dict[str, Any], refused: list[str]) -> None:
    """A rule refuses them before anything is created, and says what is missing."""
    template = translated()
    values = {name: parameter.get("Default") for name, parameter in template["Parameters"].items()} | given
    said = [
        assertion["AssertDescription"]
        for rule in template["Rules"].values()
        if holds(rule["RuleCondition"], values)
        for assertion in rule["Assertions"]
        if not holds(assertion["Assert"], values)
    ]
    assert len(refused) == len(said)
    assert all(line.startswith(start) for line, start in zip(said, refused, strict=True))


def of_codedeploy(asked: Received) -> bool:
    """Return whether the request is for CodeDeploy, not Lambda."""
    return "CodeDeploy" in asked.headers.get("x-amz-target", "")


@pytest.mark.parametrize(
    ("answer", "headers", "status"),
    [
        (b'{"statusCode": 200}', {}, "Succeeded"),
        (b'{"statusCode": 500}', {}, "Failed"),
        (b'{"errorType": "BundleError"}', {"x-amz-function-error": "Unhandled"}, "Failed"),
        (b"no JSON", {}, "Failed"),
    ],
)
def test_a_new_version_is_checked_before_it_gets_traffic(answer: bytes, headers: dict[str, str], status: str) -> None:
    """The check runs under the real runtime client and reports success or failure to CodeDeploy."""
    given = Answer(answer, headers=tuple(headers.items()))
    with answering(lambda asked: Answer(b"{}") if of_codedeploy(asked) else given) as (address, asked):
        variables = dict(os.environ) | {
            "AWS_ENDPOINT_URL": address,
            "AWS_ACCESS_KEY_ID": "a",
            "AWS_SECRET_ACCESS_KEY": "b",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "VERSION": "arn:aws:lambda:eu-west-1:123456789012:function:thaw:7",
        }
        with Runtime(Path(sys.executable), "check.handler", ROOT / "deploy" / "check", variables) as runtime:
            runtime.invoke({"DeploymentId": "d-1", "LifecycleEventHookExecutionId": "h-1"})
    told = [json.loads(one.body) for one in asked if of_codedeploy(one)]
    assert [{"deploymentId": "d-1", "lifecycleEventHookExecutionId": "h-1", "status": status}] == told


def test_a_base_path_is_a_setting_and_a_mapping() -> None:
    """The parameter sets the function's variable, and is the key of the domain's mapping if there is a domain."""
    template = translated("1", "BasePath=ml/news")
    [thaw] = [one for name, one in resources("AWS::Lambda::Function", template).items() if name == "Thaw"]
    variable = thaw["Properties"]["Environment"]["Variables"]["THAW_BASE_PATH"]
    assert {"Fn::If": ["HasBasePath", {"Fn::Sub": "/${BasePath}"}, ""]} == variable
    [mapping] = resources("AWS::ApiGatewayV2::ApiMapping", template).values()
    assert "HasBasePath" == mapping["Properties"]["ApiMappingKey"]["Fn::If"][0]

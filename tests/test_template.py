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
from answering import Answer, Asked, answering

from local.runtime_api import Runtime

ROOT = Path(__file__).resolve().parent.parent
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/thaw:{}"

GRANTED = {
    ("BulkRole", "logs:CreateLogStream", "LogGroup.Arn"),
    ("BulkRole", "logs:PutLogEvents", "LogGroup.Arn"),
    ("BulkRole", "s3:GetObject", "HasBundle: bucket and prefix/*"),
    ("BulkRole", "sagemaker:InvokeEndpoint", "HasEndpoint: endpoint/EndpointName"),
    ("BulkRole", "secretsmanager:GetSecretValue", "HasSecret: SecretArn"),
    ("BulkRole", "sqs:ReceiveMessage", "HasQueue: Messages.Arn"),
    ("BulkRole", "sqs:DeleteMessage", "HasQueue: Messages.Arn"),
    ("BulkRole", "sqs:GetQueueAttributes", "HasQueue: Messages.Arn"),
    ("BulkRole", "sqs:SendMessage", "HasQueue: DeadLetters.Arn"),
    ("BulkRole", "sqs:SendMessage", "HasResultQueue: ScoredMessages.Arn"),
    ("BulkRole", "s3:PutObject", "HasResultsUri: bucket and prefix/*"),
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
    ("Role", "logs:CreateLogStream", "LogGroup.Arn"),
    ("Role", "logs:PutLogEvents", "LogGroup.Arn"),
    ("CheckRole", "logs:CreateLogGroup", "logs:/aws/lambda/CodeDeployHook_"),
    ("CheckRole", "logs:CreateLogStream", "logs:/aws/lambda/CodeDeployHook_"),
    ("CheckRole", "logs:PutLogEvents", "logs:/aws/lambda/CodeDeployHook_"),
    ("CheckRole", "lambda:InvokeFunction", "Thaw:*"),
    ("CheckRole", "codedeploy:PutLifecycleEventHookExecutionStatus", "ServerlessDeploymentApplication/*"),
}
"""All that any role may do, besides AWS's own policies; some under a condition."""

MANAGED = {
    ("BulkRole", "AWSLambdaENIManagementAccess", "IsInVpc"),
    ("BulkRole", "AWSXRayDaemonWriteAccess", "IsTraced"),
    ("Role", "AWSLambdaENIManagementAccess", "IsInVpc"),
    ("Role", "AWSXRayDaemonWriteAccess", "IsTraced"),
    ("DeployRole", "AWSCodeDeployRoleForLambdaLimited", ""),
}
"""AWS's own policies, and under which condition a role has them."""


@functools.cache
def translated(image: str = "1", *parameters: str) -> dict[str, Any]:
    """The template for CloudFormation."""
    python = ROOT / ".venv-sam" / "bin" / "python"
    if not python.exists():
        pytest.fail(f"{python} is not there: run the tests by `make test`", pytrace=False)
    command = [python, ROOT / "tests" / "translate.py", IMAGE.format(image), *parameters]
    environment = os.environ | {"AWS_DEFAULT_REGION": "eu-west-1"}
    source = (ROOT / "template.yaml").read_text()
    done = subprocess.run(command, env=environment, input=source, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    template: dict[str, Any] = json.loads(done.stdout)
    return template


def resources(kind: str, template: dict[str, Any] | None = None) -> dict[str, dict[str, Any]]:
    """The resources of a type, by name."""
    every = (template or translated())["Resources"]
    return {name: resource for name, resource in every.items() if resource["Type"] == kind}


# What is left of a resource's text when account and region are taken away.
SHORTER = (
    (r".*log-group:([^$]*).*", r"logs:\1"),
    (r"\$\{Thaw.Arn\}(.*)", r"Thaw\1"),
    (r".*deploymentgroup:\$\{(\w+)\}(.*)", r"\1\2"),
    (r".*:s3:::\$\{(\w+)\}(.*)", r"\1\2"),
    (r".*:(\w+):\$\{AWS::StackName\}-(.*)", r"\1:\2"),
    (r".*:(endpoint)/\$\{(\w+)\}", r"\1/\2"),
)


def short(resource: Any) -> str:
    """A resource of a policy, without account and region."""
    if "Fn::Sub" not in resource:
        return ".".join(resource.get("Fn::GetAtt", [resource.get("Ref")]))
    text = resource["Fn::Sub"]
    if isinstance(text, list):
        assert "arn:${AWS::Partition}:s3:::${Place}/*" == text[0]
        return "bucket and prefix/*"
    return next(re.sub(pattern, form, text) for pattern, form in SHORTER if re.fullmatch(pattern, text))


def test_roles_may_do_this_and_nothing_more() -> None:
    """The function writes its own log; what checks it asks it, and tells CodeDeploy."""
    found = set()
    for name, role in resources("AWS::IAM::Role").items():
        for given in role["Properties"].get("Policies", []):
            condition, policy = (f"{given['Fn::If'][0]}: ", given["Fn::If"][1]) if "Fn::If" in given else ("", given)
            for statement in policy["PolicyDocument"]["Statement"]:
                actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
                found |= {(name, action, condition + short(statement["Resource"])) for action in actions}
    assert GRANTED == found


def test_roles_have_these_policies_of_aws() -> None:
    """Network interfaces in a VPC, traces where they are asked for, traffic for CodeDeploy."""
    found = set()
    for name, role in resources("AWS::IAM::Role").items():
        for given in role["Properties"].get("ManagedPolicyArns", []):
            condition, policy = (given["Fn::If"][0], given["Fn::If"][1]) if "Fn::If" in given else ("", given)
            found.add((name, policy["Fn::Sub"].rpartition("/")[2], condition))
    assert MANAGED == found


def test_what_costs_while_idle_is_off() -> None:
    """Alarms and dashboard are made on demand only, and no sandbox is kept ready."""
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
def test_a_version_is_published(one: tuple[str, ...], other: tuple[str, ...], published: bool) -> None:
    """By another image, or by another release where one is named."""
    first, second = (set(resources("AWS::Lambda::Version", translated(*given))) for given in (one, other))
    assert published == (first != second)


@pytest.mark.parametrize("rollout", ["AllAtOnce", "Canary10Percent5Minutes", "Linear10PercentEvery1Minute"])
def test_a_version_takes_over_as_asked(rollout: str) -> None:
    """It is checked before, and alarms take it back."""
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
    """What CloudFormation makes of a rule's expression."""
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
        ({"SnapStart": "true"}, []),
        ({"SnapStart": "true", "EphemeralStorage": 1024}, ["SnapStart works neither with"]),
        ({"SnapStart": "true", "ProvisionedConcurrency": 1}, ["SnapStart works neither with"]),
    ],
)
def test_what_contradicts_itself_is_refused(given: dict[str, Any], refused: list[str]) -> None:
    """Before anything is made, by a rule that says what is missing."""
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


def of_codedeploy(asked: Asked) -> bool:
    """Whether CodeDeploy is meant, and not Lambda."""
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
def test_a_new_version_is_asked_before_it_answers_others(answer: bytes, headers: dict[str, str], status: str) -> None:
    """Under the real runtime client; CodeDeploy hears of it either way."""
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

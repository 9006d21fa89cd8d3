"""Run the state machine of template.yaml in moto, and `make bulk`, which starts it.

moto supports CSV input and item selection, but not batching, Express children, other formats or result files, so these
parts are removed first. cfn-lint validates the whole definition (`make check`).
"""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from test_template import translated

from cloud import bulk
from cloud.account import CloudError
from cloud.bulk import BulkJob, Progress, Summary
from handler.adapters import items as adapter
from handler.core import Core
from handler.settings import Settings

FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:bulk"
UNSUPPORTED = ("ItemBatcher", "ResultWriter", "OutputPath")
JOB = BulkJob("s3://ours/in.csv", "s3://ours/out", keep=("id",))


def definition() -> dict[str, Any]:
    """Return the state machine's definition in the template."""
    found: dict[str, Any] = translated()["Resources"]["StateMachine"]["Properties"]["Definition"]
    return found


def supported(part: Any) -> Any:
    """Return the parts of a definition that moto supports."""
    if isinstance(part, dict):
        return {name: supported(inner) for name, inner in part.items() if name not in UNSUPPORTED}
    return [supported(inner) for inner in part] if isinstance(part, list) else part


@pytest.fixture(name="aws")
def _aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Mock an account with a file in a bucket and a stack whose output names the state machine."""
    for name, value in {"ACCESS_KEY_ID": "a", "SECRET_ACCESS_KEY": "b", "DEFAULT_REGION": "eu-west-1"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setattr(bulk, "POLL", 0.1)
    cut = supported(definition())
    cut["States"] = {name: state for name, state in cut["States"].items() if name not in {"Jsonl", "Parquet"}}
    cut["States"]["Form"]["Choices"] = cut["States"]["Form"]["Choices"][:1]
    text = json.dumps(cut).replace("EXPRESS", "STANDARD").replace("${Function}", FUNCTION)
    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}, "lambda": {"use_docker": False}}):
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="ours", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        s3.put_object(Bucket="ours", Key="in.csv", Body=b"id,text\n1,the moon\n2,\n3,cheese\n")
        trust = {"AssumeRolePolicyDocument": "{}"}
        role = boto3.client("iam").create_role(RoleName="r", **trust)["Role"]["Arn"]
        boto3.client("lambda").create_function(
            FunctionName="bulk", Runtime="python3.13", Role=role, Handler="a.b", Code={"ZipFile": b""}
        )
        created = boto3.client("stepfunctions").create_state_machine(name="m", definition=text, roleArn=role)
        outputs = {"StateMachineArn": {"Value": created["stateMachineArn"]}}
        template = {"Resources": {"Log": {"Type": "AWS::Logs::LogGroup"}}, "Outputs": outputs}
        boto3.client("cloudformation").create_stack(StackName="thaw", TemplateBody=json.dumps(template))
        yield created["stateMachineArn"]


def run(machine: str, given: dict[str, Any]) -> dict[str, Any]:
    """Run an execution to its end and return its description."""
    import time

    client = boto3.client("stepfunctions")
    arn = client.start_execution(stateMachineArn=machine, name="one", input=json.dumps(given))["executionArn"]
    while (found := client.describe_execution(executionArn=arn))["status"] == "RUNNING":
        time.sleep(0.05)
    return dict(found)


@pytest.mark.filterwarnings("ignore")
def test_the_handler_scores_the_state_machines_items(aws: str, bundle: Path) -> None:
    """The handler scores the items that the state machine makes from a CSV file, each with its index and key."""
    execution = run(aws, bulk.execution_input(JOB, Path()))
    assert "SUCCEEDED" == execution["status"]
    items = [one["Payload"] for one in json.loads(execution["output"])]  # moto's functions return their input
    batcher = definition()["States"]["Csv"]["ItemBatcher"]["BatchInput"]
    batch_input = {"indexed": batcher["indexed"], "format": "csv", "keep": ["id"], "params": {}}
    event = {"Items": items, "BatchInput": batch_input}
    answer = adapter.write_response(Core(Settings(bundle)).score_batch(adapter.read_event(event, "id", None)), event)

    assert [(0, "1", True), (1, "2", False), (2, "3", True)] == [
        (one["index"], one["key"]["id"], "output" in one) for one in answer["Items"]
    ]


@pytest.mark.filterwarnings("ignore")
def test_an_unsupported_format_fails_at_once(aws: str) -> None:
    """The execution fails with an error of its own."""
    execution = run(aws, bulk.execution_input(JOB, Path()) | {"format": "xlsx"})
    assert ("FAILED", "NoForm") == (execution["status"], execution["error"])


def test_all_formats_have_the_same_settings() -> None:
    """Concurrency is limited, batches are under 256 KB, transient errors are retried, results are one row a line."""
    states = definition()["States"]
    forms = {"Csv": "CSV", "Jsonl": "JSONL", "Parquet": "PARQUET"}
    for name, form in forms.items():
        assert form == states[name]["ItemReader"]["ReaderConfig"]["InputType"]
        assert {key: value for key, value in states[name].items() if key != "ItemReader"} == {
            key: value for key, value in states["Csv"].items() if key != "ItemReader"
        }
    csv = states["Csv"]
    assert "$.concurrency" == csv["MaxConcurrencyPath"]
    assert csv["ItemBatcher"]["MaxInputBytesPerBatch"] < 256 * 1024
    assert "BatchFailed" in csv["ItemProcessor"]["States"]["Score"]["Retry"][0]["ErrorEquals"]
    assert {"OutputType": "JSONL", "Transformation": "FLATTEN"} == csv["ResultWriter"]["WriterConfig"]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.usefixtures("aws")
def test_a_run_reports_progress_until_it_ends(bundle: Path) -> None:
    """It runs the state machine that the stack's output names."""
    reports: list[Progress] = []
    summary = bulk.run("thaw", JOB, bundle, reports.append)
    assert "SUCCEEDED" == summary.status
    assert summary.seconds > 0


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize(
    ("job", "stack", "message"),
    [
        (JOB._replace(source="s3://ours/in.xlsx"), "thaw", "unsupported format; expected one of .csv"),
        (JOB._replace(source="in.csv"), "thaw", "is not an S3 URI"),
        (JOB._replace(source="s3://ours/none.csv"), "thaw", "cannot read s3://ours/none.csv: 404"),
        (JOB._replace(keep=("name",)), "thaw", "has no column 'name'; its columns are id, text"),
        (JOB, "other", "there is no stack other in this region"),
    ],
)
def test_invalid_jobs_are_rejected(job: BulkJob, stack: str, message: str, bundle: Path) -> None:
    """The error comes before an execution starts."""
    with pytest.raises(CloudError, match=message):
        bulk.run(stack, job, bundle, lambda _: None)


@pytest.mark.usefixtures("aws")
def test_results_are_counted() -> None:
    """A manifest names the result files; errors are counted by reason."""
    s3 = boto3.client("s3")
    lines = [{"index": 0, "output": {"p": 1}}, {"index": 1, "error": {"type": "InvalidValue", "detail": "too bad"}}]
    s3.put_object(Bucket="ours", Key="out/1/SUCCEEDED_0.jsonl", Body="\n".join(map(json.dumps, lines)))
    raised = json.dumps({"errorType": "BatchFailed", "errorMessage": "no time is left"})
    s3.put_object(
        Bucket="ours", Key="out/1/FAILED_0.json", Body=json.dumps([{"Error": "BatchFailed", "Cause": raised}])
    )
    files = {"SUCCEEDED": [{"Key": "out/1/SUCCEEDED_0.jsonl"}], "FAILED": [{"Key": "out/1/FAILED_0.json"}]}
    s3.put_object(Bucket="ours", Key="out/1/manifest.json", Body=json.dumps({"ResultFiles": files}))
    execution = {"output": json.dumps({"ResultWriterDetails": {"Bucket": "ours", "Key": "out/1/manifest.json"}})}
    assert (2, {"too bad": 1}) == bulk.results(s3, ("ours", "out"), execution)
    assert {"BatchFailed: no time is left": 1} == bulk.failures(s3, ("ours", "out"), execution)


def test_cost_follows_the_list_prices() -> None:
    """A thousand batches, ten at a time for 100 seconds with 1 GB: $0.0012 for requests, $0.0177 for time."""
    summary = Summary("SUCCEEDED", "", 500_000, Counter(), Counter(), 100.0, 1000)
    assert pytest.approx(0.0012 + 1000 * (0.0000166667 + 0.00001667 / 16)) == bulk.cost(summary, 10, 1024)

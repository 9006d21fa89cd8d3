"""The state machine of template.yaml, run by moto as far as that goes, and `make bulk`, which starts it.

moto reads CSV and selects items; it knows no batches, no Express children, no other forms and writes no results, so
those parts are left out of what it runs. cfn-lint holds the whole definition against its schema (`make check`).
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from test_template import translated

from cloud import bulk
from cloud.account import CloudError
from cloud.bulk import Asked, Counts, Done
from handler.adapters import items as adapter
from handler.core import Core
from handler.settings import Settings

FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:bulk"
UNKNOWN = ("ItemBatcher", "ResultWriter", "OutputPath")
ASKED = Asked("s3://ours/in.csv", "s3://ours/out", keep=("id",))


def definition() -> dict[str, Any]:
    """The template's own."""
    found: dict[str, Any] = translated()["Resources"]["StateMachine"]["Properties"]["Definition"]
    return found


def known(part: Any) -> Any:
    """What moto runs of it."""
    if isinstance(part, dict):
        return {name: known(inner) for name, inner in part.items() if name not in UNKNOWN}
    return [known(inner) for inner in part] if isinstance(part, list) else part


@pytest.fixture(name="aws")
def _aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An account in this process: a bucket with a file, and a stack whose output names the state machine."""
    for name, value in {"ACCESS_KEY_ID": "a", "SECRET_ACCESS_KEY": "b", "DEFAULT_REGION": "eu-west-1"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setattr(bulk, "POLL", 0.1)
    cut = known(definition())
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
    """An execution, ended."""
    import time

    client = boto3.client("stepfunctions")
    arn = client.start_execution(stateMachineArn=machine, name="one", input=json.dumps(given))["executionArn"]
    while (found := client.describe_execution(executionArn=arn))["status"] == "RUNNING":
        time.sleep(0.05)
    return dict(found)


@pytest.mark.filterwarnings("ignore")
def test_the_function_is_given_what_it_reads(aws: str, bundle: Path) -> None:
    """What the state machine makes of a CSV file's lines, the handler answers, each with place and key."""
    execution = run(aws, bulk.request(ASKED))
    assert "SUCCEEDED" == execution["status"]
    items = [one["Payload"] for one in json.loads(execution["output"])]  # moto's functions give back what they get
    batcher = definition()["States"]["Csv"]["ItemBatcher"]["BatchInput"]
    batch_input = {"indexed": batcher["indexed"], "format": "csv", "keep": ["id"]}
    event = {"Items": items, "BatchInput": batch_input}
    answer = adapter.write(Core(Settings(bundle)).answer(adapter.read(event, "id", None)), event)

    assert [(0, "1", True), (1, "2", False), (2, "3", True)] == [
        (one["index"], one["key"]["id"], "output" in one) for one in answer["Items"]
    ]


@pytest.mark.filterwarnings("ignore")
def test_another_form_fails_at_once(aws: str) -> None:
    """With a word on which there are."""
    execution = run(aws, bulk.request(ASKED) | {"format": "xlsx"})
    assert ("FAILED", "NoForm") == (execution["status"], execution["error"])


def test_all_forms_are_scored_alike() -> None:
    """Bounded, batched under 256 KB, tried again where that helps, and written by the row."""
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
def test_a_run_is_told_of_until_it_ends(bundle: Path) -> None:
    """By the stack's own state machine."""
    told: list[Counts] = []
    done = bulk.run("thaw", ASKED, bundle, told.append)
    assert "SUCCEEDED" == done.status
    assert done.seconds > 0


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize(
    ("asked", "stack", "said"),
    [
        (ASKED._replace(source="s3://ours/in.xlsx"), "thaw", "is none of .csv"),
        (ASKED._replace(source="in.csv"), "thaw", "is no place in S3"),
        (ASKED._replace(source="s3://ours/none.csv"), "thaw", "cannot be read: 404"),
        (ASKED._replace(keep=("name",)), "thaw", "lacks the column 'name'; it has id, text"),
        (ASKED, "other", "there is no stack other"),
    ],
)
def test_wrong_files_are_refused(asked: Asked, stack: str, said: str, bundle: Path) -> None:
    """Before anything is started."""
    with pytest.raises(CloudError, match=said):
        bulk.run(stack, asked, bundle, lambda _: None)


@pytest.mark.usefixtures("aws")
def test_results_are_counted() -> None:
    """As Step Functions writes them: a manifest that names files, with a result a line; errors by their reasons."""
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


def test_cost_is_what_the_prices_make_it() -> None:
    """A thousand batches, ten at once for a hundred seconds with one GB: 0.0012 for them, 0.0177 for their time."""
    done = Done("SUCCEEDED", "", 500_000, bulk.Counter(), bulk.Counter(), 100.0, 1000)
    assert pytest.approx(0.0012 + 1000 * (0.0000166667 + 0.00001667 / 16)) == bulk.cost(done, 10, 1024)

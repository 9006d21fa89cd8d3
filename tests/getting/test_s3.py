"""Models in S3: moto's, over HTTP."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest

from model.errors import ModelError
from model.get import Got
from model.sources import Wanted, s3


@pytest.fixture(name="bucket")
def _bucket(account: str, iris: Path) -> Any:
    """A bucket with a model below `models/iris`, with a file of 40 MB, and one that lies beside it."""
    assert account
    bucket = boto3.resource("s3").Bucket("ours")
    bucket.create(CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    for path in iris.rglob("*"):
        if path.is_file():
            bucket.upload_file(str(path), f"models/iris/{path.relative_to(iris)}")
    bucket.put_object(Key="models/iris/data/weights", Body=b"".join(i.to_bytes(4, "big") for i in range(10_000_000)))
    bucket.put_object(Key="models/iris/empty", Body=b"")
    bucket.put_object(Key="models/iris2/MLmodel", Body=b"another")
    return bucket


def test_a_model_is_got(bucket: Any, tmp_path: Path, got: Callable[..., Got]) -> None:
    """Every file below the prefix, each byte for byte."""
    source = got("s3://ours/models/iris/").source
    assert "s3://ours/models/iris/" == source["uri"]
    files = list(bucket.objects.filter(Prefix="models/iris/"))
    for one in files:
        path = tmp_path / "artifact" / one.key.removeprefix("models/iris/")
        assert one.get()["Body"].read() == path.read_bytes()
    assert len(files) + 1 == sum(path.is_file() for path in (tmp_path / "artifact").rglob("*"))


@pytest.mark.usefixtures("bucket")
def test_what_an_interrupted_fetch_has_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, got: Any) -> None:
    """The next fetches the parts that are not there yet, and the model is whole."""
    fetched: list[str] = []
    fetch = s3.fetch_part

    def breaking(client: Any, bucket: str, part: Any, folder: Path) -> None:
        if part.start >= 2 * s3.PART and len(fetched) < 100:
            fetched.extend([""] * 100)
            raise ConnectionResetError(104, "Connection reset by peer", "weights")
        fetched.append(str(part))
        fetch(client, bucket, part, folder)

    monkeypatch.setattr(s3, "fetch_part", breaking)
    with pytest.raises(ModelError, match="Connection reset"):
        got("s3://ours/models/iris")
    [partial] = [path for path in tmp_path.iterdir() if path.name.endswith(".partial")]
    before = set((partial / ".parts").read_text().splitlines())
    assert before

    fetched[:] = [""] * 100
    got("s3://ours/models/iris")
    assert before.isdisjoint(fetched)
    weights = (tmp_path / "artifact" / "data" / "weights").read_bytes()
    assert b"".join(i.to_bytes(4, "big") for i in range(10_000_000)) == weights
    assert not list(tmp_path.glob(".artifact*"))


@pytest.mark.usefixtures("bucket")
def test_what_has_changed_since_is_fetched_again(bucket: Any, tmp_path: Path) -> None:
    """A part is known by the version of its object."""
    wanted = Wanted("s3://ours/models/iris")
    (folder := tmp_path / "staged").mkdir()
    (folder / ".parts").write_text('"another" 0 MLmodel\n')
    (folder / "MLmodel").write_text("old")
    s3.fetch(wanted, folder, lambda *_: None)
    assert bucket.Object("models/iris/MLmodel").get()["Body"].read() == (folder / "MLmodel").read_bytes()


@pytest.mark.usefixtures("bucket")
@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("s3://theirs/models/iris", "there is no such bucket"),
        ("s3://ours/models", "is no MLflow model: there is no MLmodel in it"),
        ("s3://ours/models/none", "is no MLflow model: there is no MLmodel in it"),
    ],
)
def test_what_is_not_there(uri: str, said: str, got: Callable[..., Got]) -> None:
    """It is said in one line what is missing."""
    with pytest.raises(ModelError, match=said):
        got(uri)


def test_keys_that_lead_out_are_refused(bucket: Any, got: Callable[..., Got]) -> None:
    """A key may be anything, a path in a model's folder not."""
    bucket.put_object(Key="models/iris/../../etc", Body=b"")
    with pytest.raises(ModelError, match="leads out of the model's folder"):
        got("s3://ours/models/iris")


def test_what_may_not_be_read(monkeypatch: pytest.MonkeyPatch, got: Callable[..., Got]) -> None:
    """A server that forbids it, and no credentials at all."""
    from answering import Answer, answering

    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", "/nowhere")
    with pytest.raises(ModelError, match="credentials"):
        got("s3://ours/models/iris")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    body = b"<Error><Code>AccessDenied</Code><Message>no</Message></Error>"
    with answering(lambda _: Answer(body, 403)) as (address, _):
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        with pytest.raises(ModelError, match=r"may not read it .s3:ListBucket and s3:GetObject are needed"):
            got("s3://ours/models/iris")

"""Models in S3: downloads from moto over HTTP."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest

from model.errors import ModelError
from model.get import FetchedModel
from model.get.sources import PARTS, ModelSource, s3


@pytest.fixture(name="bucket")
def _bucket(account: str, iris: Path) -> Any:
    """Make a bucket with a model below `models/iris`, which has a file of 40 MB, and another model beside it."""
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


def test_models_are_downloaded(bucket: Any, tmp_path: Path, get_model: Callable[..., FetchedModel]) -> None:
    """Every file below the prefix arrives unchanged."""
    source = get_model("s3://ours/models/iris/").source
    assert "s3://ours/models/iris/" == source["uri"]
    files = list(bucket.objects.filter(Prefix="models/iris/"))
    for one in files:
        path = tmp_path / "artifact" / one.key.removeprefix("models/iris/")
        assert one.get()["Body"].read() == path.read_bytes()
    assert len(files) + 1 == sum(path.is_file() for path in (tmp_path / "artifact").rglob("*"))


@pytest.mark.usefixtures("bucket")
def test_an_interrupted_download_resumes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, get_model: Any) -> None:
    """The next run downloads the missing parts only, and the model is whole."""
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
        get_model("s3://ours/models/iris")
    [partial] = [path for path in tmp_path.iterdir() if path.name.endswith(".partial")]
    before = set((partial / PARTS).read_text().splitlines())
    assert before

    fetched[:] = [""] * 100
    get_model("s3://ours/models/iris")
    assert before.isdisjoint(fetched)
    weights = (tmp_path / "artifact" / "data" / "weights").read_bytes()
    assert b"".join(i.to_bytes(4, "big") for i in range(10_000_000)) == weights
    assert not list(tmp_path.glob(".artifact*"))


@pytest.mark.usefixtures("bucket")
def test_changed_objects_are_downloaded_again(bucket: Any, tmp_path: Path) -> None:
    """Parts of another version of an object are not kept, and files that are gone from the bucket are removed."""
    source = ModelSource("s3://ours/models/iris")
    (folder := tmp_path / "staged").mkdir()
    (folder / PARTS).write_text('"another" 0 MLmodel\n')
    (folder / "MLmodel").write_text("old")
    (folder / "gone").touch()
    s3.fetch(source, folder, lambda *_: None)
    assert not (folder / "gone").exists()
    assert bucket.Object("models/iris/MLmodel").get()["Body"].read() == (folder / "MLmodel").read_bytes()


@pytest.mark.usefixtures("bucket")
@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("s3://theirs/models/iris", "the bucket does not exist"),
        ("s3://ours/models", "is not an MLflow model: it has no MLmodel file"),
        ("s3://ours/models/none", "is not an MLflow model: it has no MLmodel file"),
    ],
)
def test_missing_models_are_reported(uri: str, message: str, get_model: Callable[..., FetchedModel]) -> None:
    """The error says in one line what is missing."""
    with pytest.raises(ModelError, match=message):
        get_model(uri)


def test_keys_outside_the_model_are_refused(bucket: Any, get_model: Callable[..., FetchedModel]) -> None:
    """A key with `..` in it would be a path outside the model's directory."""
    bucket.put_object(Key="models/iris/../../etc", Body=b"")
    with pytest.raises(ModelError, match="is a path outside the model's directory"):
        get_model("s3://ours/models/iris")


def test_denied_access_is_reported(monkeypatch: pytest.MonkeyPatch, get_model: Callable[..., FetchedModel]) -> None:
    """The error names the missing credentials or the rights that they need."""
    from answering import Answer, answering

    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", "/nowhere")
    with pytest.raises(ModelError, match="credentials"):
        get_model("s3://ours/models/iris")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    body = b"<Error><Code>AccessDenied</Code><Message>no</Message></Error>"
    with answering(lambda _: Answer(body, 403)) as (address, _):
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        with pytest.raises(ModelError, match="access denied: the credentials need s3:ListBucket and s3:GetObject"):
            get_model("s3://ours/models/iris")


def test_an_address_without_a_bucket_is_reported(get_model: Callable[..., FetchedModel]) -> None:
    """The error says what to write."""
    with pytest.raises(ModelError, match="s3:// names no bucket: write s3://bucket/prefix"):
        get_model("s3://")

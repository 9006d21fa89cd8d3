"""Bundles in S3, which moto stands for."""

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import boto3
import pytest
from answering import Answer, answering

from handler import core, settings
from handler.aws import bundles
from handler.errors import BundleError
from local.stage import environment

ROOT = Path(__file__).resolve().parents[2]
PLACE = "s3://ours/bundles/it"


@pytest.fixture(name="bucket")
def _bucket(account: str, bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A bucket with the repository's bundle below `bundles/it`, and an empty temporary folder."""
    assert account
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    bucket = boto3.resource("s3").Bucket("ours")
    bucket.create(CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    for path in bundle.rglob("*"):
        if path.is_file():
            bucket.upload_file(str(path), f"bundles/it/{path.relative_to(bundle)}")
    return bucket


@pytest.mark.usefixtures("bucket")
def test_it_is_served(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it would be from a folder; nothing else stays in the temporary one."""
    monkeypatch.setattr(bundles, "PART", 100_000)  # several parts of the larger files
    loaded = core.load(settings.from_environment({"THAW_BUNDLE": f"{PLACE}/"}))
    folder = loaded.predictor.folder
    assert [folder] == list(Path(tempfile.gettempdir()).iterdir())
    for path in bundle.rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (folder / path.relative_to(bundle)).read_bytes()


def test_it_is_fetched_once(bucket: Any) -> None:
    """Another process takes what is there, but fetches again what was altered."""
    folder = bundles.fetch(PLACE)
    manifest = folder / "manifest.json"
    names = [name for name in json.loads(manifest.read_text())["files"] if name != "requirements.txt"]
    for name in names:
        bucket.Object(f"bundles/it/{name}").delete()
    assert folder == bundles.fetch(PLACE)
    (folder / names[0]).write_bytes(b"altered")
    with pytest.raises(BundleError, match="it is not there"):
        bundles.fetch(PLACE)


def test_its_manifest_can_be_named(bundle: Path, bucket: Any) -> None:
    """By its hash, so that who may write to the bucket cannot put another in its place."""
    assert bucket
    digest = hashlib.sha256((bundle / "manifest.json").read_bytes()).hexdigest()
    bundles.fetch(f"{PLACE}#{digest}")
    with pytest.raises(BundleError, match=f"has the SHA-256 {digest}, and THAW_BUNDLE wants 00"):
        bundles.fetch(f"{PLACE}#{'0' * 64}")


def test_altered_files_are_refused(bucket: Any) -> None:
    """Every file is compared with its hash, whatever its size."""
    key = "bundles/it/parity.json"
    raw = bucket.Object(key).get()["Body"].read()
    bucket.put_object(Key=key, Body=raw[:-2] + b" }")
    with pytest.raises(BundleError, match="is not the one that was proved"):
        bundles.fetch(PLACE)
    bucket.put_object(Key=key, Body=raw[:-2])
    with pytest.raises(BundleError, match="has other bytes than its manifest says"):
        bundles.fetch(PLACE)
    assert not list(Path(tempfile.gettempdir()).iterdir())


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"{", "is damaged"),
        (b'{"format": 99}', "has format 99"),
        (b'{"files": {"../../etc/passwd": {}}}', "has format None"),
    ],
)
def test_other_manifests_are_refused(raw: bytes, said: str, bucket: Any) -> None:
    """Before a file of theirs is fetched."""
    bucket.put_object(Key="bundles/it/manifest.json", Body=raw)
    with pytest.raises(BundleError, match=said):
        bundles.fetch(PLACE)


def test_names_that_lead_out_are_refused(bundle: Path, bucket: Any) -> None:
    """A file of a bundle lies in it."""
    manifest = json.loads((bundle / "manifest.json").read_text())
    manifest["files"]["../../escaped"] = manifest["files"]["requirements.txt"]
    bucket.put_object(Key="bundles/it/manifest.json", Body=json.dumps(manifest).encode())
    with pytest.raises(BundleError, match="which is outside the bundle"):
        bundles.fetch(PLACE)


def test_there_has_to_be_room(bucket: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said what to raise."""
    assert bucket
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(100, 100, 0))  # type: ignore[attr-defined]  # noqa: SLF001
    with pytest.raises(BundleError, match="raise EphemeralStorage"):
        bundles.fetch(PLACE)


@pytest.mark.parametrize(
    ("status", "said"), [(301, "in another region than eu-west-1"), (403, "s3:GetObject"), (503, "S3 answers 503")]
)
@pytest.mark.usefixtures("account")
def test_what_s3_does_not_give(status: int, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said in one line why; what may pass is asked for again."""
    with answering(lambda _: Answer(b"", status)) as (url, asked):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        with pytest.raises(BundleError, match=said):
            bundles.fetch(PLACE)
    assert (3 if status == 503 else 1) == len(asked)


def test_boto3_is_not_needed(bucket: Any) -> None:
    """A process that serves from S3 imports nothing of botocore's."""
    assert bucket
    code = (
        "import sys, handler.app; print(sorted({name.split('.')[0] for name in sys.modules} & {'boto3', 'botocore'}))"
    )
    variables = environment(THAW_BUNDLE=PLACE, TMPDIR=str(tempfile.gettempdir()))
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=variables, capture_output=True, text=True, check=False
    )
    assert ("[]\n", 0) == (done.stdout, done.returncode), done.stderr

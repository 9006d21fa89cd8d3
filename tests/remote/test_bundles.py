"""Bundles in S3, with moto in its place."""

import hashlib
import json
import os
import shutil
import stat
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
    """Create a bucket with the repository's bundle under `bundles/it`, and an empty temporary folder."""
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
def test_a_bundle_in_s3_is_served(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its files are downloaded, and nothing else stays in the temporary folder."""
    monkeypatch.setattr(bundles, "PART", 100_000)  # several parts of the larger files
    loaded = core.load(settings.from_environment({"THAW_BUNDLE": f"{PLACE}/"}))
    folder = loaded.predictor.folder
    assert [folder] == list(Path(tempfile.gettempdir()).iterdir())
    for path in bundle.rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (folder / path.relative_to(bundle)).read_bytes()


def test_a_bundle_is_downloaded_once(bucket: Any) -> None:
    """Another process uses the folder if it is intact, and downloads it again otherwise."""
    folder = bundles.fetch(PLACE)
    manifest = folder / "manifest.json"
    names = [name for name in json.loads(manifest.read_text())["files"] if name != "requirements.txt"]
    for name in names:
        bucket.Object(f"bundles/it/{name}").delete()
    assert folder == bundles.fetch(PLACE)
    (folder / names[0]).write_bytes(b"altered")
    with pytest.raises(BundleError, match="does not exist"):
        bundles.fetch(PLACE)


def test_a_manifest_can_be_pinned(bundle: Path, bucket: Any) -> None:
    """A manifest with another hash is rejected, so write access to the bucket does not replace the model."""
    assert bucket
    digest = hashlib.sha256((bundle / "manifest.json").read_bytes()).hexdigest()
    bundles.fetch(f"{PLACE}#{digest}")
    with pytest.raises(BundleError, match=f"has the SHA-256 {digest}, but THAW_BUNDLE pins 00"):
        bundles.fetch(f"{PLACE}#{'0' * 64}")


def test_a_folder_with_another_manifest_is_not_served(bundle: Path, bucket: Any, tmp_path: Path) -> None:
    """A folder that somebody has put into the temporary folder before has to have the pinned manifest."""
    assert bucket
    folder = bundles.fetch(PLACE)
    shutil.copytree(folder, tmp_path / "theirs")
    shutil.rmtree(folder)
    manifest = json.loads((tmp_path / "theirs" / "manifest.json").read_text())
    manifest["model"]["version"] = "another"
    (tmp_path / "theirs" / "manifest.json").write_text(json.dumps(manifest))
    (tmp_path / "theirs").chmod(0o700)
    shutil.copytree(tmp_path / "theirs", folder)

    digest = hashlib.sha256((bundle / "manifest.json").read_bytes()).hexdigest()
    found = bundles.fetch(f"{PLACE}#{digest}")
    assert digest == hashlib.sha256((found / "manifest.json").read_bytes()).hexdigest()


@pytest.mark.usefixtures("bucket")
def test_the_folder_is_private() -> None:
    """Only its owner can read it; one that others can write to, or a link, is replaced."""
    folder = bundles.fetch(PLACE)
    assert 0o700 == stat.S_IMODE(folder.stat().st_mode)
    folder.chmod(0o777)
    assert 0o700 == stat.S_IMODE(bundles.fetch(PLACE).stat().st_mode)

    elsewhere = folder.rename(folder.with_name("elsewhere"))
    folder.symlink_to(elsewhere)
    found = bundles.fetch(PLACE)
    assert not found.is_symlink()
    assert 0o700 == stat.S_IMODE(found.stat().st_mode)


def test_a_folder_of_another_user_is_left_alone(bucket: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bundle is then served from a folder of its own."""
    assert bucket
    theirs = bundles.fetch(PLACE)
    monkeypatch.setattr(os, "getuid", lambda: theirs.stat().st_uid + 1)
    monkeypatch.setattr(shutil, "rmtree", refuse)
    ours = bundles.fetch(PLACE)
    assert theirs != ours
    assert (theirs / "manifest.json").read_bytes() == (ours / "manifest.json").read_bytes()


def refuse(path: Path, **_: Any) -> None:
    """Fail as removing another user's folder does."""
    raise PermissionError(path)


def test_altered_files_are_rejected(bucket: Any) -> None:
    """Every file is compared with its hash, regardless of size."""
    key = "bundles/it/parity.json"
    raw = bucket.Object(key).get()["Body"].read()
    bucket.put_object(Key=key, Body=raw[:-2] + b" }")
    with pytest.raises(BundleError, match="is not the one that was proved"):
        bundles.fetch(PLACE)
    bucket.put_object(Key=key, Body=raw[:-2])
    with pytest.raises(BundleError, match="does not have the size in its manifest"):
        bundles.fetch(PLACE)
    assert not list(Path(tempfile.gettempdir()).iterdir())


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"{", "is damaged"),
        (b'{"format": 99}', "has format 99"),
        (b'{"files": {"../../etc/passwd": {}}}', "has format None"),
    ],
)
def test_invalid_manifests_are_rejected(raw: bytes, message: str, bucket: Any) -> None:
    """The error comes before a file is downloaded."""
    bucket.put_object(Key="bundles/it/manifest.json", Body=raw)
    with pytest.raises(BundleError, match=message):
        bundles.fetch(PLACE)


def test_names_outside_the_bundle_are_rejected(bundle: Path, bucket: Any) -> None:
    """A manifest cannot write to other folders."""
    manifest = json.loads((bundle / "manifest.json").read_text())
    manifest["files"]["../../escaped"] = manifest["files"]["requirements.txt"]
    bucket.put_object(Key="bundles/it/manifest.json", Body=json.dumps(manifest).encode())
    with pytest.raises(BundleError, match="which is outside the bundle"):
        bundles.fetch(PLACE)


def test_not_enough_disk_space(bucket: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the setting to raise."""
    assert bucket
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(100, 100, 0))  # noqa: SLF001
    with pytest.raises(BundleError, match="raise EphemeralStorage"):
        bundles.fetch(PLACE)


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (301, "the bucket is not in eu-west-1"),
        (403, "access denied: the role lacks s3:GetObject on s3://ours/"),
        (503, "S3 responds with 503"),
    ],
)
@pytest.mark.usefixtures("account")
def test_s3_errors(status: int, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line says why; server errors are retried."""
    with answering(lambda _: Answer(b"", status)) as (url, asked):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        with pytest.raises(BundleError, match=message):
            bundles.fetch(PLACE)
    assert (3 if status == 503 else 1) == len(asked)


def test_boto3_is_not_needed(bucket: Any) -> None:
    """A process that serves from S3 does not import botocore."""
    assert bucket
    code = (
        "import sys, handler.app; print(sorted({name.split('.')[0] for name in sys.modules} & {'boto3', 'botocore'}))"
    )
    variables = environment(THAW_BUNDLE=PLACE, TMPDIR=str(tempfile.gettempdir()))
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=variables, capture_output=True, text=True, check=False
    )
    assert ("[]\n", 0) == (done.stdout, done.returncode), done.stderr

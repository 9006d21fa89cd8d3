"""An image of a remote model, and one whose bundle is in S3."""

import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from containers.commands import ROOT, invoking, run, same
from containers.test_targets import built
from moto.server import ThreadedMotoServer

from handler.bundle import read_manifest

DIRECT = json.dumps({"text": "Scientists say the moon is made of cheese."}).encode()


def test_an_image_of_a_remote_model() -> None:
    """It is built and starts without the endpoint, and reports that the endpoint is unreachable."""
    options = ["--build-arg", "BACKEND=remote", "--build-arg", "URL=http://127.0.0.1:9/invocations"]
    with built("lambda", *options) as image:
        folders = run("docker", "run", "--rm", "--entrypoint", "ls", image, "bundle").stdout.split()
        with invoking(image) as invoke:
            answer = invoke(DIRECT)
    assert ["manifest.json", "openapi.json", "requirements.txt"] == sorted(folders)
    assert 502 == answer["status"]
    assert "cannot be reached" in answer["detail"]


def test_a_bundle_from_s3_predicts(
    image: str, bundle: Path, expected: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is downloaded to /tmp of a read-only container with the credentials of a role, and replaces the image's."""
    here = run(
        "docker", "network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Gateway}}"
    ).stdout.strip()
    given = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "eu-west-1"}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    server = ThreadedMotoServer("0.0.0.0", port=0, verbose=False)  # noqa: S104 - the container comes by the bridge
    server.start()
    try:
        _, port = server.get_host_and_port()
        s3 = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{port}", region_name="eu-west-1")
        s3.create_bucket(Bucket="ours", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        for path in bundle.rglob("*"):
            if path.is_file():
                s3.upload_file(str(path), "ours", f"it/{path.relative_to(bundle)}")
        variables = {**given, "AWS_ENDPOINT_URL": f"http://{here}:{port}", "THAW_BUNDLE": "s3://ours/it"}
        options = [word for name, value in variables.items() for word in ("--env", f"{name}={value}")]
        with invoking(image, *options) as invoke:
            answer = invoke((ROOT / "events" / "http_v2.json").read_bytes())
    finally:
        server.stop()
    headers = expected["http_v2.json"]["headers"] | {"x-model-version": read_manifest(bundle).model.version}
    assert same(expected["http_v2.json"] | {"headers": headers}) == same(answer)

"""The other images: distroless for Lambda, and the web service."""

import json
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from containers.commands import BUILD_SECONDS, CALL_SECONDS, EVENTS, ask, run, same

from images.size import base_image, measure_image
from images.tree import entries

INVOKE = "/2015-03-31/functions/function/invocations"
RESTRICTED = ("--read-only", "--tmpfs", "/tmp")  # noqa: S108 - the only writable directory
MOST = 15.0
"""Most MB that a compiled model's image may add to its base image."""


@contextmanager
def built(target: str, *options: str) -> Iterator[str]:
    """Build an image; remove it at the end of the block."""
    tag = f"thaw-test-{target}:{uuid.uuid4().hex}"
    flags = ["--provenance=false", "--sbom=false", "--target", target, "--tag", tag]
    run("docker", "build", *flags, *options, ".", seconds=BUILD_SECONDS)
    try:
        yield tag
    finally:
        run("docker", "image", "rm", tag)


@contextmanager
def running(*words: str, port: int = 8080) -> Iterator[tuple[str, str]]:
    """Run a container; yield its id and the address of its port."""
    container = run("docker", "run", "--detach", *RESTRICTED, "--publish", f"127.0.0.1::{port}", *words).stdout.strip()
    try:
        yield container, f"http://{run('docker', 'port', container, str(port)).stdout.split()[0]}"
    finally:
        run("docker", "rm", "--force", "--volumes", container)


def send(address: str, path: str, body: bytes | None = None) -> tuple[int, Any]:
    """Send a request; return status and decoded body."""
    status, answer = ask(urllib.request.Request(address + path, body))  # noqa: S310 - our own address
    return status, json.loads(answer) if answer.strip() else None


@pytest.fixture(scope="module")
def distroless() -> Iterator[str]:
    """The image for Lambda on distroless."""
    labels = [
        "--build-arg",
        "REVISION=abc",
        "--build-arg",
        "SOURCE=https://example.com/thaw",
        "--build-arg",
        "MODEL_ID=m-1",
    ]
    with built("distroless", *labels) as tag:
        yield tag


@pytest.fixture(scope="module")
def web() -> Iterator[str]:
    """The image of the web service."""
    with built("web") as tag:
        yield tag


@pytest.fixture(scope="module")
def emulator(image: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """AWS's Runtime Interface Emulator, copied from the Lambda image."""
    path = tmp_path_factory.mktemp("rie") / "aws-lambda-rie"
    container = run("docker", "create", image).stdout.strip()
    try:
        run("docker", "cp", f"{container}:/usr/local/bin/aws-lambda-rie", str(path))
    finally:
        run("docker", "rm", container)
    return str(path)


def test_distroless_responds_to_events(distroless: str, emulator: str, expected: dict[str, Any]) -> None:
    """It works with an external emulator, as an unprivileged user on a read-only file system."""
    mounted = ["--volume", f"{emulator}:/aws-lambda-rie:ro", "--entrypoint", "/aws-lambda-rie"]
    command = ["/usr/bin/python3", "-m", "handler.preload", "handler.app.handler"]
    with running(*mounted, distroless, *command) as (_, address):
        for path in EVENTS:
            assert same(expected[path.name]) == same(send(address, INVOKE, path.read_bytes())[1]), path.name


def test_distroless_starts_as_lambda_starts_it(distroless: str) -> None:
    """It starts without a shell as an unprivileged user, and has the labels, SnapStart's included."""
    config = json.loads(run("docker", "image", "inspect", "--format", "{{json .Config}}", distroless).stdout)

    assert ["/usr/bin/python3", "-m", "handler.preload"] == config["Entrypoint"]
    assert ["handler.app.handler"] == config["Cmd"]
    assert "65532" == config["User"]
    assert "Allow" == config["Labels"]["com.amazonaws.lambda.feature.snapstart"]
    assert "abc" == config["Labels"]["org.opencontainers.image.revision"]
    assert "https://example.com/thaw" == config["Labels"]["org.opencontainers.image.source"]
    assert "m-1" == config["Labels"]["org.mlflow.model.id"]


@pytest.mark.parametrize("target", ["distroless", "web"])
def test_there_is_no_shell_or_package_manager(target: str, request: pytest.FixtureRequest) -> None:
    """The images contain no shell, package manager or build tool."""
    found = entries(request.getfixturevalue(target))
    programs = {path.rpartition("/")[2] for path in found if path.rpartition("/")[0].endswith(("/bin", "/sbin"))}

    assert "python3.13" in programs
    assert not {"sh", "bash", "dash", "busybox", "apt", "dpkg", "pip", "uv"} & programs
    assert not [path for path in found if path.endswith("/MLmodel")]


def test_the_emulator_starts_the_image_through_the_wrapper(image: str, expected: dict[str, Any]) -> None:
    """The wrapper that loads the model before workers fork also works with a single worker."""
    wrapper = ["--env", "AWS_LAMBDA_EXEC_WRAPPER=/var/task/handler/preload.py", "--user", "993"]
    with running(*wrapper, image) as (_, address):
        event = next(path for path in EVENTS if path.name == "http_v2.json")
        assert same(expected[event.name]) == same(send(address, INVOKE, event.read_bytes())[1])


def test_web_predicts_and_stops(web: str, expected: dict[str, Any]) -> None:
    """It listens on port 8080, writes only to /tmp, and exits with 0 on SIGTERM."""
    with running(web) as (container, address):
        assert 200 == send(address, "/health")[0]
        event = next(path for path in EVENTS if path.name == "http_v2.json")
        response = send(address, "/predict", json.loads(event.read_bytes())["body"].encode())
        assert (expected[event.name]["statusCode"], json.loads(expected[event.name]["body"])) == response
        run("docker", "stop", "--time", "30", container, seconds=CALL_SECONDS)
        assert "0" == run("docker", "wait", container).stdout.strip()


def test_web_has_one_worker_per_cpu(web: str) -> None:
    """The number of workers follows the container's CPU limit."""
    with running("--cpus", "1", web) as (container, address):
        assert 200 == send(address, "/health")[0]
        processes = run("docker", "top", container, "-o", "pid,args").stdout
    assert 1 == processes.count("import spawn_main")


@pytest.mark.parametrize("target", ["lambda", "distroless"])
def test_an_image_of_a_compiled_model_is_small(target: str, request: pytest.FixtureRequest) -> None:
    """It adds at most 15 MB to its base image."""
    image = request.getfixturevalue({"lambda": "image"}.get(target, target))
    assert measure_image(target, image, base_image(target)).added < MOST


def test_builds_are_reproducible(distroless: str) -> None:
    """A build without cache produces the same bytes."""
    with built("distroless", "--no-cache-filter", "kernel,builder,packages,viewer,client,served,distroless") as other:
        one, two = entries(distroless, hashed=True), entries(other, hashed=True)
    assert [] == [path for path in sorted(one.keys() | two.keys()) if one.get(path) != two.get(path)]

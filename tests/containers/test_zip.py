"""A zip for Lambda, without an image of its own: `thaw package`, `thaw template` and `sam local invoke`."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from containers.commands import BUILD_SECONDS, ROOT, run, same

BASE = "public.ecr.aws/lambda/python:3.13"


@pytest.fixture(scope="module", name="template")
def _template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template of the shipped model's zip, beside the zip."""
    folder = tmp_path_factory.mktemp("zip")
    options = ["--runtime-python", "3.13", "--out"]
    run(
        sys.executable,
        "-m",
        "thaw",
        "package",
        "build/bundle",
        *options,
        folder / "function.zip",
        seconds=BUILD_SECONDS,
    )
    run(sys.executable, "-m", "thaw", "template", *options, folder / "template.json")
    return folder / "template.json"


@pytest.mark.parametrize("name", ["http_v2", "http_v2_wrong_type", "direct"])
def test_local_invoke_responds_as_in_process(name: str, sam: Path, template: Path, expected: dict[str, Any]) -> None:
    """SAM's emulation runs the unzipped function on Lambda's base image, whose tag for a processor it asks for."""
    run("docker", "tag", BASE, f"{BASE}-x86_64")
    event = ROOT / "events" / f"{name}.json"
    options: list[str | Path] = ["--template", template, "--event", event, "--skip-pull-image"]
    printed = run(sam, "local", "invoke", "Thaw", *options, seconds=BUILD_SECONDS).stdout
    assert same(expected[event.name]) == same(json.loads(printed))

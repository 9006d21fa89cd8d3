"""Projects of `thaw init`: the image of their Dockerfile, and what `sam build` makes of their Makefile."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from containers.commands import BUILD_SECONDS, ROOT, invoking, run, same

BASE = "public.ecr.aws/lambda/python:3.13"
ARTIFACT = ROOT / "model" / "artifact"


def init(folder: Path, package: str) -> Path:
    """Write a project around the sample model; return its directory."""
    options: list[str | Path] = ["--model", ARTIFACT, "--package", package, "--runtime-python", "3.13", "--thaw", ROOT]
    run(sys.executable, "-m", "thaw", "init", folder, *options, seconds=BUILD_SECONDS)
    return folder


@pytest.fixture(scope="module", name="project")
def _project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a Dockerfile."""
    return init(tmp_path_factory.mktemp("image") / "fake-news", "image")


def test_the_image_of_its_dockerfile_predicts(project: Path, expected: dict[str, Any]) -> None:
    """As the image of this repository's Dockerfile does."""
    run("docker", "build", "--provenance=false", "--tag", "thaw-project", project, seconds=BUILD_SECONDS)
    with invoking("thaw-project") as invoke:
        answer = invoke((ROOT / "events" / "http_v2.json").read_bytes())
    assert same(expected["http_v2.json"]) == same(answer)


def test_its_template_is_valid(project: Path, sam: Path) -> None:
    """SAM and cfn-lint have nothing to say about it."""
    assert "is a valid SAM Template" in run(sam, "validate", "--lint", "--template", project / "template.yaml").stdout


def test_sam_builds_and_invokes_a_zip(sam: Path, tmp_path: Path, expected: dict[str, Any]) -> None:
    """The Makefile calls `thaw assemble`, and the function answers in SAM's emulation."""
    folder = init(tmp_path / "zipped", "zip")
    thaw = tmp_path / "bin" / "thaw"
    thaw.parent.mkdir()
    thaw.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m thaw "$@"\n')
    thaw.chmod(0o755)
    run("docker", "tag", BASE, f"{BASE}-x86_64")
    shell = f'cd "{folder}" && PATH="{thaw.parent}:$PATH" "{sam}"'
    run("sh", "-c", f"{shell} build", seconds=BUILD_SECONDS)
    event = ROOT / "events" / "http_v2.json"
    printed = run("sh", "-c", f'{shell} local invoke --skip-pull-image -e "{event}"', seconds=BUILD_SECONDS).stdout
    assert same(expected[event.name]) == same(json.loads(printed))

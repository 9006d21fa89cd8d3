"""`--quantize` reaches the build from every command, from `thaw.toml` and from MLflow's deployments."""

import argparse
from pathlib import Path
from typing import Any

import pytest
from mlflow.exceptions import MlflowException

from model.commands.options import add_choices, choices_of
from model.project import Project, read_project
from project.render import settings_text
from thaw.mlflow_plugin import arguments


@pytest.mark.parametrize(
    ("given", "words", "quantizes"),
    [
        ("", [], False),
        ("", ["--quantize"], True),
        ("quantize = true\n", [], True),
        ("quantize = true\n", ["--no-quantize"], False),
    ],
    ids=["never-by-default", "option", "project", "not-this-time"],
)
def test_a_command_quantises_where_it_is_told_to(
    given: str, words: list[str], quantizes: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An option comes before the project's setting."""
    (tmp_path / "thaw.toml").write_text(f'model = "model"\n{given}')
    monkeypatch.chdir(tmp_path)
    parser = argparse.ArgumentParser()
    add_choices(parser)

    assert quantizes is choices_of(parser.parse_args(words)).quantize


def test_a_new_project_keeps_the_choice(tmp_path: Path) -> None:
    """It is in its `thaw.toml`, and only where it was made."""
    (tmp_path / "thaw.toml").write_text(settings_text(Project(quantize=True)))

    assert read_project(tmp_path).quantize
    assert "quantize" not in settings_text(Project())


@pytest.mark.parametrize(
    ("given", "option"), [(True, "--quantize"), ("true", "--quantize"), ("False", "--no-quantize")]
)
def test_a_deployment_of_mlflow_quantises(given: Any, option: str) -> None:
    """`-C quantize=true` is text, a configuration in Python may be a boolean."""
    assert ["--backend=native", option, "MemorySize=512"] == arguments(
        {"memory": 512, "quantize": given, "backend": "native"}
    )


def test_a_deployment_of_mlflow_is_told_yes_or_no() -> None:
    """There are no other widths to choose."""
    with pytest.raises(MlflowException, match="quantize is true or false, not 4"):
        arguments({"quantize": 4})

"""Models on disk, each saved once."""

import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from case import Case


@pytest.fixture(scope="session", name="saved")
def _saved(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Case, Path]]:
    """Makes the test model of a name; gives it and the folder it is saved in."""
    from models import MODELS

    made: dict[str, tuple[Case, Path]] = {}

    def save(name: str) -> tuple[Case, Path]:
        if name not in made:
            folder = tmp_path_factory.mktemp("saved") / "model"
            with warnings.catch_warnings():
                # What MLflow advises those who log models.
                warnings.filterwarnings("ignore", message=".*(integer column|type hint)")
                case = MODELS[name]()
                case.save(folder)
            made[name] = case, folder
        return made[name]

    return save

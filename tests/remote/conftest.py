"""Bundles of models behind an endpoint."""

from collections.abc import Callable
from pathlib import Path

import pytest

from handler import core
from handler.core import Core
from handler.settings import Settings
from model.build import remote


@pytest.fixture(name="asking")
def _asking(iris: Path, tmp_path: Path) -> Callable[..., Core]:
    """Return a function that makes a core for the endpoint at a URL, with the token in THAW_TOKEN."""

    def asking(url: str, token: str = "") -> Core:
        remote.build(url, iris, tmp_path / "bundle")
        return core.load(Settings(tmp_path / "bundle", token=token))

    return asking

"""Bundles that ask an endpoint."""

from collections.abc import Callable
from pathlib import Path

import pytest

from handler import core
from handler.core import Core
from handler.settings import Settings
from model import remote


@pytest.fixture(name="asking")
def _asking(iris: Path, tmp_path: Path) -> Callable[[str], Core]:
    """A handler's core whose model is behind an address."""

    def asking(url: str) -> Core:
        remote.build(url, iris, tmp_path / "bundle")
        return core.load(Settings(tmp_path / "bundle"))

    return asking

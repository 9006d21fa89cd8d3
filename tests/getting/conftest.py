"""The fixture that fetches a model."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from model.get import FetchedModel, get
from model.get.sources import ModelSource


@pytest.fixture(name="get_model")
def _get_model(tmp_path: Path) -> Callable[..., FetchedModel]:
    """Return a function that fetches a model into the directory `artifact`."""

    def get_model(source: Any, **more: Any) -> FetchedModel:
        return get(
            ModelSource(str(source), **more), tmp_path / "artifact", tell=lambda _: None, advance=lambda *_: None
        )

    return get_model

"""How models are got."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from model.get import Got, get
from model.sources import Wanted


@pytest.fixture(name="got")
def _got(tmp_path: Path) -> Callable[..., Got]:
    """Get a model into the folder `artifact`."""

    def got(source: Any, **more: Any) -> Got:
        return get(Wanted(str(source), **more), tmp_path / "artifact", tell=lambda _: None, advance=lambda *_: None)

    return got

"""MLflow's scoring server and the handler, side by side for each test model."""

import logging
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from asking import Asks, Ours, Theirs
from zoo.case import Case

from handler.core import Core
from handler.settings import Settings
from model import candidates, mlmodel


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Nothing is logged: thousands of requests would be, and be kept to be shown where a test fails."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture(scope="session", name="asks")
def _asks(saved: Callable[[str], tuple[Case, Path]], tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Asks]:
    """Serves the test model of a name by both; the handler by MLflow itself, unless another backend is named."""
    made: dict[tuple[str, str], Asks] = {}
    served: dict[str, Theirs] = {}

    def serve(name: str, backend: str = "pyfunc") -> Asks:
        if (name, backend) not in made:
            folder = saved(name)[1]
            model = mlmodel.read(folder)
            bundle = tmp_path_factory.mktemp("bundle")
            fit = (one for one in candidates.listed(model, backend) if one.options.get("input") != "array")
            candidates.stage(model, next(fit), Path(sys.executable), bundle)
            theirs = served[name] = served.get(name) or Theirs(folder)
            made[name, backend] = Asks(theirs, Ours(Core(Settings(bundle))))
        return made[name, backend]

    return serve


@pytest.fixture(scope="session")
def case_of(saved: Callable[[str], tuple[Case, Path]]) -> Callable[[str], Case]:
    """The question that belongs to a test model."""
    return lambda name: saved(name)[0]

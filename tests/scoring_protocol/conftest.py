"""MLflow's scoring server and the handler, for each test model."""

import logging
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from scoring_protocol.asking import Handler, MlflowServer, Servers
from zoo.case import Case

from handler.core import Core
from handler.settings import Settings
from model import mlmodel
from model.build import candidates


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Log nothing: pytest would keep the lines of thousands of requests."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture(scope="session", name="asks")
def _asks(
    saved: Callable[[str], tuple[Case, Path]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Servers]]:
    """Yield a function that serves a test model with both servers; the handler's backend is pyfunc by default."""
    made: dict[tuple[str, str], Servers] = {}
    served: dict[str, MlflowServer] = {}

    def serve(name: str, backend: str = "pyfunc") -> Servers:
        if (name, backend) not in made:
            folder = saved(name)[1]
            model = mlmodel.read(folder)
            bundle = tmp_path_factory.mktemp("bundle")
            fit = (one for one in candidates.listed(model, backend) if one.options.get("input") != "array")
            candidate = next(fit)
            python = Path(sys.executable)
            exported = None if backend == "pyfunc" else candidates.export(model, candidate, python, bundle)
            candidates.stage(model, candidate, exported, bundle)
            theirs = served[name] = served.get(name) or MlflowServer(folder)
            made[name, backend] = Servers(theirs, Handler(Core(Settings(bundle))))
        return made[name, backend]

    yield serve
    for server in served.values():
        server.close()


@pytest.fixture(scope="session")
def case_of(saved: Callable[[str], tuple[Case, Path]]) -> Callable[[str], Case]:
    """Return a function that returns a test model's case by name."""
    return lambda name: saved(name)[0]

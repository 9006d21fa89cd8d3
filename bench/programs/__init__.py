"""The programs that are compared. One more is one more row of `PROGRAMS`."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from handler.bundle import Manifest, read
from handler.errors import BundleError
from local.stage import SERVE, interpreter
from model.build import build
from model.child import ROOT
from model.environment import choose_python, model_environment
from model.errors import ModelError
from model.mlmodel import MLModel

BENCH = ROOT / "requirements-bench.txt"
"""What the programs of others need besides the model's own requirements."""


class Bundled(NamedTuple):
    """A bundle of the model; `why` says what kept it from being built, where there is none."""

    folder: Path
    manifest: Manifest | None
    why: str = ""


class Subject:
    """The model that every program serves, and its bundles: built when they are first asked for, under `folder`."""

    def __init__(self, model: MLModel, folder: Path) -> None:
        self.model = model
        self._folder = folder
        self._bundles: dict[str, Bundled] = {}

    def bundle(self, backend: str) -> Bundled:
        """The model's bundle for a backend."""
        if backend not in self._bundles:
            self._bundles[backend] = self._built(backend)
        return self._bundles[backend]

    def _built(self, backend: str) -> Bundled:
        folder = self._folder / backend
        try:
            manifest = read(folder, every_hash=True)
            if manifest.model.id == self.model.info.id:
                return Bundled(folder, manifest)
        except BundleError:
            pass
        try:
            return Bundled(folder, build(self.model.folder, folder, backend=backend, tell=lambda _: None).manifest)
        except ModelError as error:
            return Bundled(folder, None, str(error))


class Program(NamedTuple):
    """One way to serve a model.

    Attributes:
        name: as tables show it.
        handler: `module.function`, of this folder or of ours.
        python: the interpreter of the environment it runs in, which is made if need be.
        variables: the environment variables by which it finds the model.
        backend: the bundle that it serves or takes its model from; None where it takes MLflow's own folder.
        flavor: the only flavor that it serves; None for any.
    """

    name: str
    handler: str
    python: Callable[[Subject], Path]
    variables: Callable[[Subject], dict[str, str]]
    backend: str | None = None
    flavor: str | None = None

    def missing(self, subject: Subject) -> str | None:
        """Why it cannot serve this model, if it cannot."""
        if self.flavor not in (None, subject.model.flavor):
            return f"it serves {self.flavor} models, and this is {subject.model.flavor}"
        return (self.backend and subject.bundle(self.backend).why) or None


def _thaw(backend: str) -> Program:
    return Program(
        THAW.format(backend),
        "handler.app.handler",
        lambda subject: interpreter(subject.bundle(backend).folder),
        lambda subject: {"THAW_BUNDLE": str(subject.bundle(backend).folder.resolve())},
        backend=backend,
    )


def _pickled(subject: Subject) -> dict[str, str]:
    folder, manifest, _ = subject.bundle("native")
    options = manifest.options if manifest else {}
    return {
        "MODEL_FILE": str(folder.resolve() / "model.pkl"),
        "INPUT": options["input"],
        "PREDICT_FN": options["predict_fn"],
    }


def _saved(subject: Subject) -> dict[str, str]:
    return {"MODEL": str(subject.model.folder.resolve()), "MLFLOW_DISABLE_TELEMETRY": "true"}


def _model_python(subject: Subject) -> Path:
    python, _ = choose_python(None, subject.model.python)
    return model_environment(subject.model.folder, python, extra=[SERVE, BENCH])


NOTHING = "nothing"
THAW = "thaw, {}"
BY_HAND = "pickle + scikit-learn"
MLFLOW = "mlflow.pyfunc"
FASTAPI = "FastAPI + Mangum + mlflow.pyfunc"

PROGRAMS = (
    Program(NOTHING, "nothing.handler", _model_python, _saved),
    _thaw("compiled"),
    _thaw("native"),
    _thaw("pyfunc"),
    Program(BY_HAND, "sklearn_by_hand.handler", lambda subject: interpreter(subject.bundle("native").folder), _pickled,
            backend="native", flavor="sklearn"),
    Program(MLFLOW, "mlflow_pyfunc.handler", _model_python, _saved),
    Program(FASTAPI, "fastapi_mangum.handler", _model_python, _saved),
)  # fmt: skip

"""The programs that are compared. One more is one more row of `PROGRAMS`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console

from handler.bundle import Manifest
from local.stage import SERVE, interpreter
from model.environment import choose_python, environment, minor


class Subject(NamedTuple):
    """What is served: a bundle, and the MLflow model it was made from."""

    bundle: Path
    manifest: Manifest
    model: Path

    def variables(self) -> dict[str, str]:
        """The environment variables by which programs find the model."""
        options: dict[str, Any] = self.manifest.options
        return {
            "MODEL": str(self.model.resolve()),
            "MODEL_FILE": str(self.bundle.resolve() / "model.pkl"),
            "INPUT": options.get("input", ""),
            "PREDICT_FN": options.get("predict_fn", ""),
            "MLFLOW_DISABLE_TELEMETRY": "true",
        }


class Program(NamedTuple):
    """One way to serve a model.

    Attributes:
        name: as tables show it.
        handler: `module.function`, of this folder or of ours.
        python: the interpreter of the environment it runs in, which is made if need be.
        serves: whether it can serve what a bundle serves.
    """

    name: str
    handler: str
    python: Callable[[Subject], Path]
    serves: Callable[[Manifest], bool]


def _bundle_python(subject: Subject) -> Path:
    return interpreter(subject.bundle)


def _model_python(subject: Subject) -> Path:
    python, _ = choose_python(".".join(map(str, minor(subject.manifest.built_with["python"]))), "")
    with Console(stderr=True).status("installing what the model needs"):
        return environment([subject.model / "requirements.txt", SERVE], python=python)


def _any(_manifest: Manifest) -> bool:
    return True


def _native_sklearn(manifest: Manifest) -> bool:
    return (manifest.backend, manifest.flavor) == ("native", "sklearn")


NOTHING = "nothing"
THAW = "thaw"
BY_HAND = "sklearn by hand"
MLFLOW = "mlflow.pyfunc"

PROGRAMS = (
    Program(NOTHING, "nothing.handler", _bundle_python, _any),
    Program(THAW, "handler.app.handler", _bundle_python, _any),
    Program(BY_HAND, "sklearn_by_hand.handler", _bundle_python, _native_sklearn),
    Program(MLFLOW, "mlflow_pyfunc.handler", _model_python, _any),
)

"""The programs to compare. Add one as a row of `PROGRAMS` or `SERVICES`."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from bench.subject import CLIENT, Subject
from local.stage import SERVE
from model.environment import runtime_environment
from model.process import ROOT

Variables = dict[str, str]


class Program(NamedTuple):
    """One way to serve a model.

    Attributes:
        name: its name in tables.
        entry: `module.function` for Lambda's runtime client or `module:app` for uvicorn, in `programs/` or the project.
        python: returns the interpreter of its environment, which is created on first use.
        variables: environment variables that locate the model.
        files: files to install besides the packages.
        bundle: the backend whose bundle it uses; empty if none.
        format: the format that it needs the model in; empty for MLflow's.
        flavors: flavors that it supports; empty for all.
    """

    name: str
    entry: str
    python: Callable[[Subject], Path]
    variables: Callable[[Subject], Variables] = lambda _: {}
    files: Callable[[Subject], list[Path]] = lambda _: []
    bundle: str = ""
    format: str = ""
    flavors: tuple[str, ...] = ()

    @property
    def is_thaw(self) -> bool:
        """Whether the handler serves it, and not a program of the benchmark."""
        return self.entry.startswith("handler.")

    def reason_unsuitable(self, subject: Subject) -> str:
        """Return why it cannot serve this model; empty if it can."""
        if self.flavors and subject.model.flavor not in self.flavors:
            return f"it supports {' and '.join(self.flavors)} models, not {subject.model.flavor}"
        return (self.bundle and subject.bundle(self.bundle).reason) or (
            self.format and subject.converted(self.format).reason
        )


def _thaw(backend: str) -> Program:
    return Program(
        THAW.format(backend),
        "handler.app.handler",
        lambda subject: subject.bundle_python(backend),
        lambda subject: _bundle(subject, backend),
        lambda subject: [subject.bundle(backend).folder, ROOT / "handler"],
        bundle=backend,
    )


def _thaw_web(backend: str) -> Program:
    return Program(
        THAW_WEB.format(backend),
        "handler.web:app",
        lambda subject: runtime_environment(subject.bundle(backend).folder, extra=SERVE),
        lambda subject: _bundle(subject, backend),
        bundle=backend,
    )


def _bundle(subject: Subject, backend: str) -> Variables:
    return {"THAW_BUNDLE": str(subject.bundle(backend).folder.resolve())}


def _pickle(subject: Subject) -> Path:
    return subject.bundle("native").folder.resolve() / "model.pkl"


def _unpickled(subject: Subject) -> Variables:
    manifest = subject.bundle("native").manifest
    options = manifest.options if manifest else {}
    return {"MODEL_FILE": str(_pickle(subject)), "INPUT": options["input"], "PREDICT_FN": options["predict_fn"]}


_FILES = {"catboost": "model.cb", "lightgbm": "model.lgb", "xgboost": "model.ubj"}


def _booster(subject: Subject) -> Path:
    return subject.model.folder.resolve() / _FILES[subject.model.flavor]


def _artifact(subject: Subject) -> Path:
    manifest = subject.bundle("custom").manifest
    artifacts: dict[str, str] = manifest.options["artifacts"] if manifest else {}
    return subject.model.folder / artifacts.get("model", "")


def _saved(subject: Subject) -> Variables:
    return {"MODEL": str(subject.model.folder.resolve()), "MLFLOW_DISABLE_TELEMETRY": "true"}


def _folder(subject: Subject) -> list[Path]:
    return [subject.model.folder]


def _converted(name: str) -> Callable[[Subject], Variables]:
    return lambda subject: _saved(subject) | {"MODEL": str(subject.converted(name).folder.resolve())}


def _served(subject: Subject) -> Variables:
    return _saved(subject) | {"__pyfunc_model_path__": str(subject.model.folder.resolve())}


def _with(*names: str) -> Callable[[Subject], Path]:
    """Return a function that installs the model's requirements, the runtime client and more packages."""
    return lambda subject: subject.python(*CLIENT, *names, own=True)


NOTHING = "nothing"
THAW = "thaw, {}"
THAW_WEB = "thaw web, {}"
BY_HAND = {
    "sklearn": "pickle + scikit-learn",
    "lightgbm": "lightgbm.Booster",
    "xgboost": "xgboost.Booster",
    "catboost": "CatBoostClassifier",
}
CUSTOM_BY_HAND = "its libraries, by hand"
MLFLOW = "mlflow.pyfunc"
SKOPS = "mlflow.pyfunc, skops format"
ONNX = "onnxruntime, converted"
FASTAPI = "FastAPI + Mangum + mlflow.pyfunc"
SERVER = "mlflow models serve"

PROGRAMS = (
    Program(NOTHING, "nothing.handler", lambda subject: subject.python(*CLIENT)),
    _thaw("compiled"),
    _thaw("native"),
    _thaw("custom"),
    _thaw("pyfunc"),
    Program(BY_HAND["sklearn"], "sklearn_by_hand.handler", lambda subject: subject.bundle_python("native"), _unpickled,
            lambda subject: [_pickle(subject)], bundle="native", flavors=("sklearn",)),
    Program(BY_HAND["lightgbm"], "lightgbm_by_hand.handler", lambda subject: subject.model_python("lightgbm", "numpy"),
            lambda subject: {"MODEL_FILE": str(_booster(subject))}, lambda subject: [_booster(subject)],
            flavors=("lightgbm",)),
    Program(BY_HAND["xgboost"], "xgboost_by_hand.handler", lambda subject: subject.model_python("xgboost-cpu", "numpy"),
            lambda subject: {"MODEL_FILE": str(_booster(subject))}, lambda subject: [_booster(subject)],
            flavors=("xgboost",)),
    Program(BY_HAND["catboost"], "catboost_by_hand.handler", _with(),
            lambda subject: {"MODEL_FILE": str(_booster(subject))}, lambda subject: [_booster(subject)],
            flavors=("catboost",)),
    Program(CUSTOM_BY_HAND, "custom_by_hand.handler", lambda subject: subject.bundle_python("custom"),
            lambda subject: {"ARTIFACT": str(_artifact(subject).resolve())}, lambda subject: [_artifact(subject)],
            bundle="custom", flavors=("pyfunc",)),
    Program(ONNX, "onnx_by_hand.handler", lambda subject: subject.python(*CLIENT, "onnxruntime"), _converted("onnx"),
            lambda subject: [subject.converted("onnx").folder], format="onnx", flavors=("sklearn", "lightgbm")),
    Program(MLFLOW, "mlflow_pyfunc.handler", _with(), _saved, _folder),
    Program(SKOPS, "mlflow_pyfunc.handler", _with("skops"), _converted("skops"),
            lambda subject: [subject.converted("skops").folder], format="skops", flavors=("sklearn",)),
    Program(FASTAPI, "fastapi_mangum.handler", _with("fastapi", "mangum"), _saved, _folder),
)  # fmt: skip
"""Lambda handlers."""

SERVICES = (
    _thaw_web("compiled"),
    _thaw_web("native"),
    Program(SERVER, "mlflow.pyfunc.scoring_server.app:app", _with("uvicorn"), _served, _folder),
)
"""ASGI applications, under uvicorn with one worker."""

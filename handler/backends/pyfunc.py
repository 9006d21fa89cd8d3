"""Any MLflow model, through MLflow itself."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from handler import arrays
from handler.bundle import Manifest
from handler.errors import BundleError, InvalidValue

_CALLERS_FAULT = 400


class PyfuncModel:
    """What `mlflow.pyfunc.load_model` gives."""

    chunk: int | None = None

    def __init__(self, manifest: Manifest, folder: Path) -> None:
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
        own = _own_modules(folder / "model")
        with _room(own):
            import mlflow.pyfunc

            self._model = mlflow.pyfunc.load_model(str(folder / "model"))
        _refuse_shadowed(own, folder / "model")
        self._inputs = manifest.signature.inputs

    def predict(self, columns: dict[str, list[Any]], params: dict[str, Any]) -> Any:
        """Call MLflow's `predict` on the container its signature asks for.

        Raises:
            InvalidValue: MLflow refuses what the signature lets pass.
            Exception: whatever the model raises.
        """
        from mlflow.exceptions import MlflowException

        data = arrays.to_model_input(columns, self._inputs)
        try:
            return self._model.predict(data, params=params) if params else self._model.predict(data)
        except MlflowException as error:
            if error.get_http_status_code() != _CALLERS_FAULT:
                raise
            raise InvalidValue("MLflow refuses the input, by a type hint or in the model itself") from None


load = PyfuncModel


def _own_modules(model: Path) -> dict[str, Path]:
    """The top-level modules that the model brings in its `code` folder (MLflow's `code_paths`)."""
    files = [path for path in sorted((model / "code").glob("*")) if path.suffix == ".py" or path.is_dir()]
    return {path.stem: path for path in files if path.stem.isidentifier() and not path.stem.startswith("__")}


@contextmanager
def _room(own: dict[str, Path]) -> Iterator[None]:
    """Let a model that brings a module called `handler` import its own: ours is loaded and needs the name no more."""
    ours = __name__.split(".")[0]
    if ours not in own:
        yield
        return
    package = sys.modules[ours]
    for name in [name for name in sys.modules if name == ours or name.startswith(f"{ours}.")]:
        inner = own[ours].joinpath(*name.split(".")[1:])
        if name == ours or inner.is_dir() or inner.with_suffix(".py").exists():
            del sys.modules[name]
    yield
    # Python wants a module of this name while ours are imported, and the model may import its own when it predicts.
    with suppress(Exception):
        import_module(ours)
    sys.modules.setdefault(ours, package)


def _refuse_shadowed(own: dict[str, Path], model: Path) -> None:
    for name in own:
        loaded = getattr(sys.modules.get(name), "__file__", None)
        if loaded and not Path(loaded).resolve().is_relative_to(model.resolve()):
            raise BundleError(
                f"the model brings a module {name!r}, but the handler had loaded another of that name "
                f"({loaded}); rename the module and log the model again"
            )

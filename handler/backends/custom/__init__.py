"""Serve a custom model (`mlflow.pyfunc.PythonModel`) without MLflow, whose import is most of such a model's start."""

import os
import sys
from typing import Any

from handler.backends.custom import mlflow_names
from handler.backends.custom.model_input import FORMS, as_hinted, input_hint
from handler.bundle import Manifest
from handler.errors import BundleError
from handler.files import AnyPath
from handler.startup.model_code import own_modules


class CustomModel:
    """A `PythonModel` and the arguments that its `predict` takes.

    The manifest's options are `pickle` or `code` (the file of the model, in MLflow's folder), `code_paths` (the folder
    of its modules, or null), `artifacts` (their paths by name), `model_config`, `input` (a name in
    `model_input.FORMS`), and whether `predict` takes a `context` and `params`, and gets `hinted` objects.
    """

    chunk: int | None = None

    def __init__(self, manifest: Manifest, folder: AnyPath) -> None:
        options, model = manifest.options, os.path.join(os.path.realpath(folder), "model")
        self._inputs = manifest.signature.inputs
        self._to_input = FORMS[options["input"]]
        self._defaults = {spec["name"]: spec.get("default") for spec in manifest.signature.params or []}
        with own_modules(model):
            if options["code_paths"]:
                sys.path.insert(0, os.path.join(model, options["code_paths"]))
            mlflow_names.register()
            artifacts = {name: os.path.join(model, path) for name, path in options["artifacts"].items()}
            context = mlflow_names.PythonModelContext(artifacts, options["model_config"])
            python_model = _load(options, model)
            python_model.load_context(context)
        self._predict = python_model.predict
        hinted = python_model.func if isinstance(python_model, mlflow_names.FunctionModel) else python_model.predict
        self._hint = input_hint(hinted) if options["hinted"] else None
        self._arguments = [context] if options["context"] else []
        self._takes_params = options["params"]

    def predict(self, columns: dict[str, list[Any]], params: dict[str, Any], _deadline: float | None = None) -> Any:
        """Call the model's `predict` with the arguments that MLflow gives it (`mlflow.pyfunc.model`).

        Raises:
            Exception: whatever the model raises.
        """
        data = self._to_input(columns, self._inputs)
        if self._hint is not None:
            data = as_hinted(data, self._hint)
        if not self._takes_params:
            return self._predict(*self._arguments, data)
        return self._predict(*self._arguments, data, params={**self._defaults, **params} if self._defaults else None)


def _load(options: dict[str, Any], model: str) -> Any:
    if options["code"]:
        return mlflow_names.run_model_code(os.path.join(model, options["code"]), options["model_config"])
    import pickle

    with open(os.path.join(model, options["pickle"]), "rb") as stream:
        loaded = pickle.load(stream)  # noqa: S301 - the bundle's hashes are checked
    if not callable(getattr(loaded, "predict", None)):
        raise BundleError(f"{options['pickle']} holds a {type(loaded).__name__}, which has no method predict")
    return loaded


load = CustomModel

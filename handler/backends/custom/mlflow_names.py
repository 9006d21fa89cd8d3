"""Stand in for the few names of MLflow that a model's own code uses, so that loading it does not import MLflow.

Other names and modules of MLflow are missing: the model raises `AttributeError` or `ModuleNotFoundError` where it needs
one, and the build falls back to MLflow.
"""

import os
import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, NamedTuple


class PythonModel:
    """The base class of custom models."""

    def load_context(self, context: "PythonModelContext") -> None:
        """Load artifacts: a model overrides this method if it has any."""

    def predict_stream(self, *_arguments: Any, **_options: Any) -> Any:
        """Raise: a model overrides this method if it can stream."""
        raise NotImplementedError


class PythonModelContext:
    """The artifacts' absolute paths by name, and the model's configuration."""

    def __init__(self, artifacts: dict[str, str], model_config: dict[str, Any] | None) -> None:
        self.artifacts = artifacts
        self.model_config = model_config


class FunctionModel(PythonModel):
    """A function that was logged as a model."""

    def __init__(self, func: Callable[[Any], Any]) -> None:
        self.func = func

    def predict(self, *arguments: Any, params: dict[str, Any] | None = None) -> Any:  # noqa: ARG002
        """Call the function; the input is the last argument, after the context that MLflow before 2.20 passes."""
        return self.func(arguments[-1])


class MlflowException(Exception):
    """The exception that models raise for bad input."""

    def __init__(self, message: str, error_code: Any = None, **_details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.error_code = error_code

    @classmethod
    def invalid_parameter_value(cls, message: str, **details: Any) -> "MlflowException":
        """Return an exception for a bad value."""
        return cls(message, **details)


class ModelConfig:
    """The configuration of a model from code: the one that was logged with it."""

    logged: dict[str, Any] | None = None

    def __init__(self, *, development_config: Any = None) -> None:
        if self.logged is None:
            raise FileNotFoundError(f"the model was logged without model_config; {development_config} is not served")

    def get(self, key: str) -> Any:
        """Return a value.

        Raises:
            KeyError: there is none.
        """
        return (self.logged or {})[key]

    def to_dict(self) -> dict[str, Any]:
        """Return all values."""
        return dict(self.logged or {})


class _Unused:
    """A part of a signature: models are saved with it, and do not use it when they predict."""

    def __init__(self, *_arguments: Any, **_options: Any) -> None:
        pass


class _CodeModel:
    """The object that a model from code passes to `mlflow.models.set_model`."""

    value: Any = None

    @classmethod
    def set_model(cls, model: Any) -> None:
        """Keep the model."""
        cls.value = model


class _FuncInfo(NamedTuple):
    """The type hint of a model's input, which pickled models hold."""

    input_type_hint: Any
    input_param_name: str


def _unchanged(function: Any) -> Any:
    return function


def _arguments_unchanged(args: Any, kwargs: Any, *_hint: Any) -> tuple[Any, Any]:
    """Take the place of MLflow's check against a type hint: the input is already what the hint says."""
    return args, kwargs


def _infer_signature(*_data: Any, **_options: Any) -> Any:
    """Raise: only training infers a signature, and modules that train as well import the name."""
    raise NotImplementedError("infer_signature needs MLflow")


_SCHEMA = ("AnyType", "Array", "ColSpec", "DataType", "Map", "Object", "ParamSchema", "ParamSpec", "Property", "Schema",
           "TensorInfo", "TensorSpec")  # fmt: skip
_SCHEMA_PARTS = dict.fromkeys(_SCHEMA, _Unused)
_SIGNATURE_PARTS = {"ModelSignature": _Unused, "_TypeHints": _Unused, "infer_signature": _infer_signature}
_MODELS = {"set_model": _CodeModel.set_model, "ModelConfig": ModelConfig, **_SIGNATURE_PARTS}
_CLASSES = {"PythonModel": PythonModel, "PythonModelContext": PythonModelContext}

_MODULES: dict[str, dict[str, Any]] = {
    "mlflow": {},
    "mlflow.exceptions": {"MlflowException": MlflowException},
    "mlflow.models": _MODELS,
    "mlflow.models.model": {"set_model": _CodeModel.set_model},
    "mlflow.models.signature": _SIGNATURE_PARTS,
    "mlflow.pyfunc": _CLASSES,
    "mlflow.pyfunc.model": {**_CLASSES, "_FunctionPythonModel": FunctionModel},
    "mlflow.pyfunc.utils": {"pyfunc": _unchanged},
    "mlflow.pyfunc.utils.data_validation": {
        "FuncInfo": _FuncInfo,
        "_validate_model_input": _arguments_unchanged,
        "pyfunc": _unchanged,
    },
    "mlflow.types": _SCHEMA_PARTS,
    "mlflow.types.schema": _SCHEMA_PARTS,
}


def register() -> None:
    """Make `import mlflow` give these names, unless MLflow itself is imported already."""
    if "mlflow" in sys.modules:
        return
    for name, members in _MODULES.items():
        module = ModuleType(name)
        module.__path__ = []
        module.__spec__ = ModuleSpec(name, None, is_package=True)
        vars(module).update(members)
        sys.modules[name] = module
        parent, _, last = name.rpartition(".")
        if parent:
            setattr(sys.modules[parent], last, module)


def run_model_code(path: str, model_config: dict[str, Any] | None) -> Any:
    """Run the file of a model from code, and return the model that it sets.

    Raises:
        LookupError: it does not call `mlflow.models.set_model`.
        Exception: whatever the file raises.
    """
    from importlib.util import module_from_spec, spec_from_file_location

    ModelConfig.logged = model_config
    spec = spec_from_file_location("code_model", path)
    if spec is None or spec.loader is None:
        raise LookupError(f"{os.path.basename(path)} is not a Python file")
    module = module_from_spec(spec)
    sys.modules["code_model"] = module
    spec.loader.exec_module(module)
    model = _CodeModel.value
    if model is None:
        raise LookupError(f"{os.path.basename(path)} does not call mlflow.models.set_model")
    return FunctionModel(model) if callable(model) else model

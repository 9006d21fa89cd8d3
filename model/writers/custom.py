"""Describe a custom model (`mlflow.pyfunc.PythonModel`) so that it loads without MLflow.

Nothing is written: the model's folder is copied as it is. The options say what MLflow reads from MLmodel and finds out
about `predict`.
"""

from __future__ import annotations

import inspect
import re
import sys
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any, Iterator

from writers import Unsupported, Written

_SERVED = {"mlflow.exceptions.MlflowException", "mlflow.models.model_config.ModelConfig"}
_LONGEST = 200_000_000  # bytes of an artifact that is searched for the names of modules
_NOT_DISTRIBUTIONS = {"mlflow", "handler", "thaw_child", "exporters", "writers"}


def write(loaded: Any, _bundle: Path, request: dict[str, Any]) -> Written:
    """Return the options of a loaded pyfunc model, and the modules that its files name."""
    folder = Path(request["model"])
    described = _described(folder)
    wrapper = getattr(loaded, "_PyFuncModel__model_impl", None) or loaded._model_impl  # noqa: SLF001 - it has no other name
    if type(wrapper).__name__ != "_PythonModelPyfuncWrapper":
        raise Unsupported(f"{type(wrapper).__name__} needs MLflow")
    model, conf = wrapper.python_model, described["flavors"]["python_function"]
    if conf.get("python_model_compression") or conf.get("data"):
        raise Unsupported("the model's pickle is compressed or elsewhere, which only MLflow reads")
    if conf.get("streamable"):
        raise Unsupported("it can stream its output, which only MLflow passes on")
    code_paths = conf.get("code")
    own = {path.stem for path in (folder / code_paths).iterdir()} if code_paths else set()
    used = next(_used_of_mlflow(model, own), None)
    if used:
        raise Unsupported(f"its code uses {used}")
    code = conf.get("model_code_path")
    hint = _input_hint(model)
    form, hinted = _input_form(hint, request["inputs"], described)
    options = {
        "code": Path(code).name if code else None,
        "pickle": None if code else conf["python_model"],
        "code_paths": code_paths,
        "artifacts": {name: entry["path"] for name, entry in (conf.get("artifacts") or {}).items()},
        "model_config": conf.get("config"),
        "input": form,
        "hinted": hinted,
        "context": _takes_context(model),
        "params": "params" in inspect.signature(model.predict).parameters,
    }
    needed = {"dataframe": ["pandas"], "tensor": ["numpy"]}.get(form, [])
    files = [options["code"], options["pickle"], options["code_paths"], *options["artifacts"].values()]
    named = _modules_named_in([folder / name for name in files if name])
    return Written(sorted({"msgspec", *needed, *named}), options)


WRITERS = {"custom": write}


def _described(folder: Path) -> Any:
    import yaml

    return yaml.safe_load((folder / "MLmodel").read_text(encoding="utf-8"))


def _takes_context(model: Any) -> bool:
    """Return whether MLflow passes the context to `predict`: before 2.20 it always does."""
    import mlflow.models.signature

    has_context = getattr(mlflow.models.signature, "_is_context_in_predict_function_signature", None)
    return has_context is None or has_context(parameters=inspect.signature(model.predict).parameters)


def _input_hint(model: Any) -> Any:
    """Return the type hint by which MLflow converts the input, None without one."""
    if not hasattr(model, "predict_type_hints") and not hasattr(model, "_get_type_hints"):
        return None
    hints = model.predict_type_hints if hasattr(model, "predict_type_hints") else model._get_type_hints()  # noqa: SLF001
    return getattr(hints, "input", None)


def _input_form(hint: Any, inputs: list[dict[str, Any]] | None, described: dict[str, Any]) -> tuple[str, bool]:
    """Return the form of the input, and whether values become the objects that the hint names.

    Raises:
        Unsupported: only MLflow converts this input.
    """
    if described.get("type_hint_from_example"):
        raise Unsupported("its input has the form of the example, which only MLflow keeps")
    specs = inputs or []
    if specs and specs[0]["type"] == "tensor":
        return "tensor", False
    origin = getattr(hint, "__origin__", None)
    if origin is not list:
        named = getattr(hint, "__module__", "") or ""
        if named.startswith("mlflow."):
            raise Unsupported(f"its input is a {hint.__name__}")
        return "dataframe", False
    if described.get("is_signature_from_type_hint"):
        return "list", True
    element = hint.__args__[0]
    unnamed = len(specs) == 1 and "name" not in specs[0]
    if element is str and (unnamed or _only_text(specs)):
        return "list", False
    if getattr(element, "__origin__", element) is dict and specs and not unnamed:
        return "records", False
    raise Unsupported(f"MLflow converts a DataFrame to {hint}")


def _only_text(specs: list[dict[str, Any]]) -> bool:
    return len(specs) == 1 and specs[0]["type"] == "string"


def _used_of_mlflow(model: Any, own: set[str]) -> Iterator[str]:
    """Yield the names of MLflow that a model's own code uses when it loads artifacts and predicts.

    Args:
        model: the PythonModel.
        own: the names of the modules that were logged with it.
    """
    own = (own | {"__main__", _top_module(getattr(model, "func", None) or type(model))}) - {"mlflow"}
    parts = [*type(model).__mro__, *vars(model).values(), *(type(value) for value in vars(model).values())]
    waiting = [part for part in parts if _is_own(part, own)]
    seen: set[int] = set()
    while waiting:
        part = waiting.pop()
        part = inspect.unwrap(part) if isinstance(part, FunctionType) else part
        if id(part) in seen:
            continue
        seen.add(id(part))
        if isinstance(part, type):
            members = (
                getattr(member, "fget", None) or getattr(member, "__func__", member) for member in vars(part).values()
            )
            waiting += [member for member in members if isinstance(member, FunctionType)]
            continue
        names = sorted(set(_names(part.__code__)))
        yield from (name for name in names if name.split(".")[0] == "mlflow")
        found = [part.__globals__[name] for name in names if name in part.__globals__]
        found += [cell.cell_contents for cell in part.__closure__ or () if _filled(cell)]
        yield from filter(None, map(_name_in_mlflow, found))
        waiting += [value for value in found if _is_own(value, own)]


def _top_module(value: Any) -> str:
    return str(value.__module__).split(".")[0]


def _is_own(value: Any, own: set[str]) -> bool:
    """Return whether a value is a function or a class of the model's own code."""
    if not isinstance(value, (FunctionType, type)):
        return False
    return _top_module(value) in own or _top_module(value).startswith("code_model")


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False


def _name_in_mlflow(value: Any) -> str | None:
    """Return the full name of an object of MLflow, or of its class, that is not served without MLflow."""
    if isinstance(value, ModuleType):
        name = value.__name__
    else:
        kind = value if isinstance(value, (type, FunctionType)) else type(value)
        name = f"{kind.__module__}.{kind.__qualname__}"
    return name if name.split(".")[0] == "mlflow" and name not in _SERVED else None


def _modules_named_in(paths: list[Path]) -> set[str]:
    """Return the loaded top-level modules whose names stand in some files: pickles, sources, artifacts."""
    loaded = {name.split(".")[0] for name in list(sys.modules)} - _NOT_DISTRIBUTIONS
    words = re.compile(
        rb"(?<![\w.])(" + b"|".join(sorted(map(re.escape, (name.encode() for name in loaded)))) + rb")\b"
    )
    found: set[str] = set()
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and file.stat().st_size < _LONGEST:
                found |= {name.decode() for name in words.findall(file.read_bytes())}
    return found

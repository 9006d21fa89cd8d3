"""Import a model's own modules: the folder `code` that MLflow's `code_paths` make."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module

from handler.errors import BundleError
from handler.files import AnyPath


@contextmanager
def own_modules(model: AnyPath) -> Iterator[None]:
    """Let a model that is loaded in this block import its own modules, also one named `handler`.

    Args:
        model: MLflow's folder.

    Raises:
        BundleError: another module of the same name was loaded before.
    """
    own = _own_modules(model)
    with _namespace_for(own):
        yield
    _refuse_shadowed(own, model)


def _own_modules(model: AnyPath) -> dict[str, str]:
    """Return the paths of top-level modules in the model's `code` folder (MLflow's `code_paths`), by name."""
    code = os.path.join(model, "code")
    if not os.path.isdir(code):
        return {}
    files = sorted(entry.path for entry in os.scandir(code) if entry.name.endswith(".py") or entry.is_dir())
    own = {os.path.splitext(os.path.basename(path))[0]: path for path in files}
    return {name: path for name, path in own.items() if name.isidentifier() and not name.startswith("__")}


@contextmanager
def _namespace_for(own: dict[str, str]) -> Iterator[None]:
    """Let a model with a module named `handler` import its own, by removing ours from `sys.modules` meanwhile."""
    ours = __name__.split(".")[0]
    if ours not in own:
        yield
        return
    package = sys.modules[ours]
    for name in [name for name in sys.modules if name == ours or name.startswith(f"{ours}.")]:
        inner = os.path.join(own[ours], *name.split(".")[1:])
        if name == ours or os.path.isdir(inner) or os.path.exists(f"{inner}.py"):
            del sys.modules[name]
    yield
    # Later imports of ours need a module of this name, and the model may import its own while it predicts.
    with suppress(Exception):
        import_module(ours)
    sys.modules.setdefault(ours, package)


def _refuse_shadowed(own: dict[str, str], model: AnyPath) -> None:
    for name in own:
        loaded = getattr(sys.modules.get(name), "__file__", None)
        if loaded and not os.path.realpath(loaded).startswith(os.path.join(os.path.realpath(model), "")):
            raise BundleError(
                f"the model contains a module {name!r}, but another module of that name is already loaded "
                f"({loaded}); rename the module and log the model again"
            )

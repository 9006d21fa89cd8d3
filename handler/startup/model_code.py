"""Import a model's own modules: the folder `code` that MLflow's `code_paths` make."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path

from handler.errors import BundleError


@contextmanager
def own_modules(model: Path) -> Iterator[None]:
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


def _own_modules(model: Path) -> dict[str, Path]:
    """Return the top-level modules in the model's `code` folder (MLflow's `code_paths`), by name."""
    files = [path for path in sorted((model / "code").glob("*")) if path.suffix == ".py" or path.is_dir()]
    return {path.stem: path for path in files if path.stem.isidentifier() and not path.stem.startswith("__")}


@contextmanager
def _namespace_for(own: dict[str, Path]) -> Iterator[None]:
    """Let a model with a module named `handler` import its own, by removing ours from `sys.modules` meanwhile."""
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
    # Later imports of ours need a module of this name, and the model may import its own while it predicts.
    with suppress(Exception):
        import_module(ours)
    sys.modules.setdefault(ours, package)


def _refuse_shadowed(own: dict[str, Path], model: Path) -> None:
    for name in own:
        loaded = getattr(sys.modules.get(name), "__file__", None)
        if loaded and not Path(loaded).resolve().is_relative_to(model.resolve()):
            raise BundleError(
                f"the model contains a module {name!r}, but another module of that name is already loaded "
                f"({loaded}); rename the module and log the model again"
            )

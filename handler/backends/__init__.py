"""Ways to predict. A backend is loaded from the bundle's folder and turns columns into what its library gives."""

from collections.abc import Callable
from contextvars import ContextVar
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from handler.bundle import Manifest
from handler.errors import BundleError

DEADLINE: ContextVar[float | None] = ContextVar("DEADLINE", default=None)
"""`time.monotonic()` after which nobody waits for this request, for a backend that can heed it."""


class Backend(Protocol):
    """One way to predict.

    Attributes:
        chunk: how many rows a call should get at most, so that the time left is looked at in between;
            None where a batch means more than its rows, or is one call of a library in any case.
    """

    chunk: int | None

    def predict(self, columns: dict[str, list[Any]], params: dict[str, Any]) -> Any:
        """Predict every row.

        Args:
            columns: input columns of equal length, as `handler.schema` types them.
            params: the model's params that the caller gave.

        Returns:
            What the model gives, as its library has it: an array, a table, a list. `handler.outputs` reads it.

        Raises:
            InvalidValue: the model refuses a row, with its index and, where it is known, its column.
            Exception: whatever the model raises.
        """


# Modules are named, not imported: each imports its library when it loads a model.
BACKENDS = {
    "compiled": "handler.backends.compiled",
    "native": "handler.backends.native",
    "pyfunc": "handler.backends.pyfunc",
    "remote": "handler.backends.remote",
}


def load(manifest: Manifest, folder: Path) -> Backend:
    """Load the manifest's backend from a bundle's folder.

    Raises:
        BundleError: no such backend.
        Exception: whatever loading the model raises.
    """
    if manifest.backend not in BACKENDS:
        raise BundleError(f"the bundle wants the backend {manifest.backend!r}; there are {', '.join(BACKENDS)}")
    loader: Callable[[Manifest, Path], Backend] = import_module(BACKENDS[manifest.backend]).load
    return loader(manifest, folder)

"""Backends: each loads a model from a bundle's folder and predicts columns with one library, or with none."""

from collections.abc import Callable
from importlib import import_module
from typing import Any, Protocol

from handler.bundle import Manifest
from handler.errors import BundleError
from handler.files import AnyPath


class Backend(Protocol):
    """A loaded model.

    Attributes:
        chunk: the most rows to pass to one call, so that the deadline is checked between calls;
            None if a batch means more than its rows, or is one library call in any case.
    """

    chunk: int | None

    def predict(self, columns: dict[str, list[Any]], params: dict[str, Any], deadline: float | None = None, /) -> Any:
        """Predict every row.

        Args:
            columns: input columns of equal length, as `handler.schema` types them.
            params: the model's params from the request.
            deadline: `time.monotonic()` in seconds at which the caller gives up; a backend that waits for an endpoint
                stops then. None for no limit.

        Returns:
            The output as the library returns it: an array, a table, a list; see `handler.response.output_columns`.

        Raises:
            InvalidValue: the model rejects a row; with its index and, if known, its column.
            Exception: whatever the model raises.
        """


# Backends are named, not imported: each imports its library when it loads a model.
BACKENDS = {
    "compiled": "handler.backends.compiled",
    "native": "handler.backends.native",
    "custom": "handler.backends.custom",
    "pyfunc": "handler.backends.pyfunc",
    "remote": "handler.backends.remote",
}


def load(manifest: Manifest, folder: AnyPath, *, token: str = "") -> Backend:
    """Load the manifest's backend from a bundle's folder.

    Args:
        manifest: the bundle's manifest.
        folder: the bundle.
        token: bearer token for a remote model's endpoint, or the ARN of the secret that holds it.

    Raises:
        BundleError: the backend is unknown.
        Exception: whatever loading the model raises.
    """
    if manifest.backend not in BACKENDS:
        raise BundleError(f"the bundle's backend {manifest.backend!r} is unknown; there are {', '.join(BACKENDS)}")
    loader: Callable[..., Backend] = import_module(BACKENDS[manifest.backend]).load
    options = {"token": token} if manifest.backend == "remote" else {}
    return loader(manifest, folder, **options)

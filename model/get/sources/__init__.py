"""Where models come from: one module for each kind of source, and the table that picks one by the URI.

Each module fetches into a directory that is empty or that an interrupted download of the same source has begun to fill.
"""

import re
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from model.errors import ModelError

Advance = Callable[[int, int], None]
"""Called with the bytes fetched and the bytes in total; the total is 0 where it is unknown."""

PARTS = ".thaw-s3-parts"
"""File in a staging directory that lists the finished parts of a download that can be resumed."""


class ModelSource(NamedTuple):
    """Where a model comes from, and what its type of source needs to know besides.

    Attributes:
        uri: the path or URI, as the user wrote it.
        sha256: expected hash of the archive, in hexadecimal; empty if unknown.
        example: file of inputs, from which the signature of a bare model file is inferred.
        requirements: file of requirements of a bare model file; None to choose them by its type.
        trusted: types that a skops file, or pickles of weights, may contain besides those that are known.
        task: the task of a transformers folder; empty to take it from the architecture.
    """

    uri: str
    sha256: str = ""
    example: Path | None = None
    requirements: Path | None = None
    trusted: tuple[str, ...] = ()
    task: str = ""


class Provenance(NamedTuple):
    """Facts that a source knows about its model.

    Attributes:
        name: the registered or logged model's name; empty if the source knows none.
        version: its version in the registry.
        run: id of the run that logged it.
        sha256: hash of the archive or file it came in.
    """

    name: str = ""
    version: str = ""
    run: str = ""
    sha256: str = ""


Fetch = Callable[[ModelSource, Path, Advance], Provenance]

# The first match wins. Modules are named, not imported: each imports its client when it fetches.
SOURCES = (
    (r"s3://", "s3"),
    (r"https://", "https"),
    (r"(models|runs|mlflow-artifacts|dbfs|gs|wasbs|abfss):/", "registry"),
    (r".*\.(zip|tar|tar\.gz|tgz)$", "archive"),
    (r".*\.(pkl|pickle|joblib|skops|json|ubj|txt|onnx|pt2|pt|pth|keras|h5|hdf5)$", "bare"),
    (r"(?!\w+://)", "folder"),
)


def fetch(source: ModelSource, folder: Path, advance: Advance) -> Provenance:
    """Fetch a model's files into a directory.

    Raises:
        ModelError: the source cannot be read; says why and what to do.
        OSError: the files cannot be written.
    """
    for pattern, name in SOURCES:
        if re.match(pattern, source.uri, re.IGNORECASE):
            provenance: Provenance = import_module(f"model.get.sources.{name}").fetch(source, folder, advance)
            return provenance
    raise ModelError(
        f"{source.uri} is not a model source: use a directory, a .zip or .tar.gz archive, a file of scikit-learn, "
        "XGBoost, LightGBM, ONNX, PyTorch or Keras, or a URI that starts with https://, s3://, models:/ or runs:/"
    )

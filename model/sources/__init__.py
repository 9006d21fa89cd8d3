"""Where models come from: one file each, and the table that picks by how the source is written.

Each fetches into a folder that is empty, or that a fetch of the same source has begun to fill, and says what it knows
of the model besides its files. A folder that lacks an MLmodel when it is done is no source of a model.
"""

import re
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from model.errors import ModelError

Advance = Callable[[int, int], None]
"""Called with the bytes there are, and with how many there will be; 0 where that is not known."""


class Wanted(NamedTuple):
    """What is asked for.

    Attributes:
        uri: the source, as it was written.
        sha256: of the archive, in hexadecimal; empty where it is not known.
        example: a CSV file of inputs, from which a bare file's signature is inferred.
        requirements: a file with what a bare file's model needs; None to go by the file itself.
        trusted: types besides its own that a skops file may hold.
    """

    uri: str
    sha256: str = ""
    example: Path | None = None
    requirements: Path | None = None
    trusted: tuple[str, ...] = ()


class Found(NamedTuple):
    """What a source says of its model.

    Attributes:
        name: under which it is registered; empty where it is not.
        version: that it has there.
        run: the id of the run that logged it.
        sha256: of the archive or the file it came in.
    """

    name: str = ""
    version: str = ""
    run: str = ""
    sha256: str = ""


Fetch = Callable[[Wanted, Path, Advance], Found]

# The first that matches. Modules are named, not imported: each imports its client when it fetches.
SOURCES = (
    (r"s3://", "s3"),
    (r"https://", "https"),
    (r"(models|runs|mlflow-artifacts|dbfs|gs|wasbs|abfss):/", "registry"),
    (r".*\.(zip|tar|tar\.gz|tgz)$", "archive"),
    (r".*\.(pkl|pickle|joblib|skops|json|ubj|txt|onnx)$", "bare"),
    (r"(?!\w+://)", "folder"),
)


def fetch(wanted: Wanted, folder: Path, advance: Advance) -> Found:
    """Bring a source's files into a folder.

    Raises:
        ModelError: it cannot be had; says why and what to do.
        OSError: the files cannot be written.
    """
    for pattern, name in SOURCES:
        if re.match(pattern, wanted.uri, re.IGNORECASE):
            found: Found = import_module(f"model.sources.{name}").fetch(wanted, folder, advance)
            return found
    raise ModelError(
        f"{wanted.uri} is no source of models; there are folders, .zip and .tar.gz archives, files of scikit-learn, "
        "XGBoost, LightGBM and ONNX, https://, s3://, models:/ and runs:/"
    )

"""The settings of a project: `thaw.toml` in the working directory."""

from pathlib import Path
from typing import Literal

import msgspec

from model.errors import ModelError

FILE = "thaw.toml"


class Project(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """What commands use where no option says otherwise.

    Attributes:
        model: an MLflow model's directory, or a source that `thaw get` takes; None outside a project.
        name: name of the deployment.
        package: how `thaw deploy` packages the function; `auto` takes a zip where it fits.
        backend: how to predict; `auto` takes the fastest that is proved.
        predict_fn: another method to serve than `predict`.
        quantize: whether to round a network's weights to 8 bits.
        model_name: name of the model in URLs and descriptions.
        runtime_python: Lambda's Python; None for the bundle's.
        architecture: of the function; None for x86_64.
        parameters: parameters of the template, by name.
    """

    model: str | None = None
    name: str = "thaw"
    package: Literal["auto", "zip", "image"] = "auto"
    backend: str = "auto"
    predict_fn: str | None = None
    quantize: bool = False
    model_name: str | None = None
    runtime_python: str | None = None
    architecture: Literal["x86_64", "arm64"] | None = None
    parameters: dict[str, str | int | bool] = {}


def read_project(folder: Path = Path()) -> Project:
    """Return a directory's project; the defaults if it has none.

    Raises:
        ModelError: the file is not TOML, or has a name or a value that does not exist.
    """
    try:
        text = (folder / FILE).read_bytes()
    except FileNotFoundError:
        return Project()
    try:
        return msgspec.toml.decode(text, type=Project)
    except (msgspec.DecodeError, ValueError) as error:
        raise ModelError(f"{folder / FILE}: {error}") from None

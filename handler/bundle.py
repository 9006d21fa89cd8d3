"""A bundle on disk: its manifest, and the check that its files are the ones that were proved."""

import os
from typing import TYPE_CHECKING, Any

import msgspec

from handler.errors import BundleError
from handler.files import AnyPath, read_bytes, read_or_map, sha256, sha256_of

if TYPE_CHECKING:
    from handler.parity import Parity
else:  # a start reads one field of it, and does not pay for the types of the others
    Parity = dict[str, Any]

FORMAT = 1
"""Version of the bundle's layout. A change that an older handler would misread raises it; a handler reads one only."""

_ALWAYS_HASHED = 16 * 1024 * 1024
_HASHED_WHEN_READ = {"covers.bin", "openapi.json", "parity.json", "requirements.txt"}  # no prediction depends on them
_HASHED_BY_BACKEND = {"compiled": {"arrays.bin", "graph.json"}}


class ModelInfo(msgspec.Struct, frozen=True):
    """Which model this is: MLflow's id, a version to show to people, and a name."""

    id: str
    version: str
    name: str


class Signature(msgspec.Struct, frozen=True):
    """An MLflow signature: the three lists in MLmodel, parsed; None for a list that the model does not have."""

    inputs: list[dict[str, Any]] | None = None
    outputs: list[dict[str, Any]] | None = None
    params: list[dict[str, Any]] | None = None


class Example(msgspec.Struct, frozen=True):
    """The input example: rows as `POST /predict` takes them, params, and the output.

    The output is one object per row; any JSON value if it is whole; None if it was not computed.
    """

    rows: list[dict[str, Any]]
    params: dict[str, Any]
    answer: Any


class Answers(msgspec.Struct, frozen=True, omit_defaults=True):
    """How the model's answers relate to a request's rows, as the build has found.

    Attributes:
        whole: whether the output is not one value per row: a forecast, an aggregate, the top of a list.
        batch: whether the answer for a row depends on the other rows of its request.
        varies: paths of the parts that differ from call to call, in a row's answer or in a whole output; a path is a
            list of names and indexes, `*` is any index, and the empty path is everything.
    """

    whole: bool = False
    batch: bool = False
    varies: list[list[str | int]] = []


class File(msgspec.Struct, frozen=True):
    """Size in bytes and SHA-256 in hexadecimal."""

    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """`manifest.json`.

    Attributes:
        format: version of the bundle's layout.
        backend: a name in `handler.backends.BACKENDS`.
        options: the backend's own options.
        flavor: MLflow flavor that the model was saved with.
        model: which model this is.
        signature: the model's signature.
        classes: a classifier's labels in the model's order; None if it names none.
        example: the input example and its output; None without a signature or an input example.
        files: every file of the bundle except the manifest, by relative path.
        built_with: versions of Python and of the distributions that the bundle was proved with.
        parity: the proof.
        answers: how answers relate to rows.
        unexplained: why predictions are not explained; empty if they are.
        check: what the start asks and compares, where that is not the example; None where it is.
    """

    format: int
    backend: str
    options: dict[str, Any]
    flavor: str
    model: ModelInfo
    signature: Signature
    classes: list[Any] | None
    example: Example | None
    files: dict[str, File]
    built_with: dict[str, str]
    parity: Parity
    answers: Answers = Answers()
    unexplained: str = "the bundle was built without explanations; build it again"
    check: Example | None = None


def read_manifest(folder: AnyPath, *, every_hash: bool = False) -> Manifest:
    """Return a bundle's manifest after checking the bundle's files.

    All sizes are checked, and the hashes of files up to 16 MB that the model needs: Lambda fetches an image's blocks
    as they are read, so hashing more would fetch more. The compiled backend checks what it reads itself.

    Args:
        folder: the bundle.
        every_hash: whether to check the hashes of all files.

    Raises:
        BundleError: there is no bundle, its manifest is invalid, or a file is missing or altered.
    """
    manifest = read_unchecked_manifest(folder)
    later = _HASHED_WHEN_READ | _HASHED_BY_BACKEND.get(manifest.backend, set())
    for name, file in manifest.files.items():
        needed = file.bytes <= _ALWAYS_HASHED and name not in later
        _check(folder, name, file, hashed=every_hash or needed)
    return manifest


def read_unchecked_manifest(folder: AnyPath) -> Manifest:
    """Return a bundle's manifest; no other file is read.

    Raises:
        BundleError: there is no bundle, or its manifest is invalid.
    """
    path = os.path.join(folder, "manifest.json")
    try:
        raw = read_bytes(path)
    except OSError as error:
        raise BundleError(f"no bundle in {folder} ({error.strerror}); make one with: python -m model build") from None
    return parse_manifest(raw, path)


def parse_manifest(raw: bytes, where: str) -> Manifest:
    """Parse a manifest's JSON.

    Args:
        raw: the JSON.
        where: the file's name for error messages.

    Raises:
        BundleError: the manifest has another format, is damaged, or names a file outside the bundle.
    """
    try:
        version = msgspec.json.decode(raw, type=dict[str, Any]).get("format")
        if version != FORMAT:
            raise BundleError(f"{where} has format {version}, this handler reads format {FORMAT}; build it again")
        manifest = msgspec.json.decode(raw, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BundleError(f"{where} is damaged: {error}") from None
    for name in manifest.files:
        if name.startswith("/") or ".." in name.split("/"):
            raise BundleError(f"{where} names {name!r}, which is outside the bundle")
    return manifest


def read_file(folder: AnyPath, manifest: Manifest, name: str) -> bytes | None:
    """Return the bytes of a bundle's file after checking its hash; None if the manifest has no such file.

    Raises:
        BundleError: the file is missing or altered.
    """
    if name not in manifest.files:
        return None
    file, path = manifest.files[name], os.path.join(folder, name)
    _check(folder, name, file, hashed=False)
    data = read_bytes(path)
    if sha256_of(data) != file.sha256:
        raise _altered(path)
    return data


def open_file(folder: AnyPath, manifest: Manifest, name: str) -> Any:
    """Return the bytes of a file, mapped into memory if it is large, after checking the hash of up to 16 MB.

    Raises:
        BundleError: the file is altered.
        OSError: the file cannot be read.
    """
    path, file = os.path.join(folder, name), manifest.files.get(name)
    data = read_or_map(path)
    if file and file.bytes <= _ALWAYS_HASHED and sha256_of(data) != file.sha256:
        raise _altered(path)
    return data


def _check(folder: AnyPath, name: str, file: File, *, hashed: bool) -> None:
    path = os.path.join(folder, name)
    try:
        size = os.path.getsize(path)
    except OSError as error:
        raise BundleError(f"the bundle's file {path} cannot be read: {error.strerror}") from None
    if size != file.bytes:
        raise BundleError(f"the bundle's file {path} has {size} bytes, its manifest says {file.bytes}")
    if hashed and sha256(path) != file.sha256:
        raise _altered(path)


def _altered(path: AnyPath) -> BundleError:
    return BundleError(f"the bundle's file {path} is not the one that was proved (SHA-256 differs)")

"""A bundle on disk: its manifest, and whether its files are the ones that were proved."""

import hashlib
from pathlib import Path
from typing import Any

import msgspec

from handler.errors import BundleError

FORMAT = 1
"""Version of this layout. A change that an older handler would misread raises it; the handler reads only its own."""

_ALWAYS_HASHED = 16 * 1024 * 1024
_WHEN_READ = {"openapi.json", "parity.json"}  # no answer of the model comes from them
_CHUNK = 1024 * 1024


class ModelInfo(msgspec.Struct, frozen=True):
    """Which model this is: MLflow's id, a version to show to people, and a name."""

    id: str
    version: str
    name: str


class Signature(msgspec.Struct, frozen=True):
    """An MLflow signature: its three lists as MLmodel writes them, parsed; None where the model has none."""

    inputs: list[dict[str, Any]] | None = None
    outputs: list[dict[str, Any]] | None = None
    params: list[dict[str, Any]] | None = None


class Example(msgspec.Struct, frozen=True):
    """Rows as `POST /predict` takes them, the model's params, and the rows it must answer; None where nobody asked."""

    rows: list[dict[str, Any]]
    params: dict[str, Any]
    answer: list[dict[str, Any]] | None


class File(msgspec.Struct, frozen=True):
    """Size in bytes and SHA-256 in hexadecimal."""

    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """`manifest.json`.

    Attributes:
        backend: a name in `handler.backends.BACKENDS`, and `options` for it.
        flavor: MLflow's flavor the model was saved with.
        classes: labels in the model's order, for a classifier that names them.
        example: what the warm-up asks, and the answer it must get; None without a signature or an example.
        files: every file of the bundle but the manifest, by relative path.
        built_with: versions of Python and of the distributions the answers were proved with.
        parity: the proof: rows, cases, greatest_difference, unstable_rows, refused.
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
    parity: dict[str, Any]


def read(folder: Path, *, every_hash: bool = False) -> Manifest:
    """Read a bundle's manifest and check its files.

    Sizes are always checked, hashes of files up to 16 MB that the model needs: Lambda fetches an image's blocks
    as they are read, so hashing more would fetch more. `every_hash` checks them all.

    Raises:
        BundleError: no bundle, a manifest of another format, or a file that is missing or altered.
    """
    try:
        raw = (folder / "manifest.json").read_bytes()
    except OSError as error:
        raise BundleError(f"no bundle in {folder} ({error.strerror}); make one with: python -m model build") from None
    manifest = parsed(raw, str(folder / "manifest.json"))
    for name, file in manifest.files.items():
        needed = file.bytes <= _ALWAYS_HASHED and name not in _WHEN_READ
        _check(folder, name, file, hashed=every_hash or needed)
    return manifest


def parsed(raw: bytes, where: str) -> Manifest:
    """A manifest out of its JSON; no file is looked at.

    Raises:
        BundleError: it is of another format, damaged, or names a file outside the bundle.
    """
    try:
        version = msgspec.json.decode(raw, type=dict[str, Any]).get("format")
        if version != FORMAT:
            raise BundleError(f"{where} has format {version}, this handler reads format {FORMAT}; build it again")
        manifest = msgspec.json.decode(raw, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BundleError(f"{where} is damaged: {error}") from None
    for name in manifest.files:
        path = Path(name)
        if path.is_absolute() or ".." in path.parts:
            raise BundleError(f"{where} names {name!r}, which is outside the bundle")
    return manifest


def located(place: Path | str) -> Path:
    """The folder of a bundle: itself, or where it is brought to from `s3://...`.

    Raises:
        BundleError: as `handler.aws.bundles.fetch` does.
    """
    if isinstance(place, Path):
        return place
    from handler.aws import bundles

    return bundles.fetch(place)


def content(folder: Path, manifest: Manifest, name: str) -> bytes | None:
    """What a file of a bundle holds, its hash checked; None where the manifest has no such file.

    Raises:
        BundleError: it is missing or altered.
    """
    if name not in manifest.files:
        return None
    _check(folder, name, manifest.files[name], hashed=True)
    return (folder / name).read_bytes()


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal, read a megabyte at a time."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _check(folder: Path, name: str, file: File, *, hashed: bool) -> None:
    path = Path(name)
    try:
        size = (folder / path).stat().st_size
    except OSError as error:
        raise BundleError(f"the bundle's file {folder / path} cannot be read: {error.strerror}") from None
    if size != file.bytes:
        raise BundleError(f"the bundle's file {folder / path} has {size} bytes, its manifest says {file.bytes}")
    if hashed and sha256(folder / path) != file.sha256:
        raise BundleError(f"the bundle's file {folder / path} is not the one that was proved (SHA-256 differs)")

"""Look into pickles without running them."""

import mmap
import pickletools
import re
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

_SUFFIXES = {".pkl", ".pickle", ".cloudpickle", ".joblib"}
_CODE = b"CodeType"
"""The name by which cloudpickle makes code objects again, of classes and functions that it pickles by value."""

_NUMPY_2 = b"numpy._core.numeric"
"""The module of numpy 2 by which arrays are un-pickled; numpy 1.26 has others of `numpy._core`, and not this."""


def pickles_with_code(folder: Path) -> list[Path]:
    """Return the pickles below a folder that hold code objects, which run under one minor version of Python alone.

    A pickle of another version can make the interpreter spin or crash: code objects have another layout in each.
    """
    return [path for path in _pickles(folder) if _holds(path, _CODE)]


def need_numpy_2(folder: Path) -> bool:
    """Return whether a pickle below a folder names a module that numpy 1 does not have."""
    return any(_holds(path, _NUMPY_2) for path in _pickles(folder))


def _pickles(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.suffix in _SUFFIXES and path.is_file()]


def _holds(path: Path, name: bytes) -> bool:
    if not path.stat().st_size:
        return False
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(name) >= 0


_OF_TENSORS = re.compile(
    r"collections OrderedDict|torch (\w*Storage|Size|device|bfloat16|bool|double|half|long|u?int\d+|(float|complex)\w*)"
    r"|torch\._utils _rebuild_(tensor|tensor_v2|parameter)|torch\.nn\.parameter Parameter|torch\.storage \w+Storage"
)
"""What a pickle of PyTorch names to make tensors."""

_HIDING = {"STACK_GLOBAL", "EXT1", "EXT2", "EXT4"}
"""Operations that name a type by values before them; PyTorch's pickles do not have them."""

_ZIP = b"PK\x03\x04"
_HIDDEN = "a type without a name"


def types_besides_tensors(path: Path) -> list[str]:
    """Return the types that PyTorch's pickles in a file would make, other than tensors, without making any.

    Every part of an archive is looked at, since the archive itself says which PyTorch would un-pickle.

    Args:
        path: a pickle, or an archive with pickles, at any depth.

    Raises:
        zipfile.BadZipFile: it is a damaged archive.
    """
    with path.open("rb") as stream:
        return sorted(set(_types(stream)))


def _types(stream: IO[bytes]) -> Iterator[str]:
    if zipfile.is_zipfile(stream):
        with zipfile.ZipFile(stream) as archive:
            for member in archive.infolist():
                with archive.open(member) as inner:
                    yield from _types(inner)
    stream.seek(0)
    if stream.read(len(_ZIP)) != _ZIP:
        stream.seek(0)
        yield from _named(stream)


def _named(stream: IO[bytes]) -> Iterator[str]:
    """Yield the types in a stream of pickles, one after the other; what is not a pickle ends it."""
    with suppress(ValueError):
        while True:
            for operation, argument, _ in pickletools.genops(stream):
                if operation.name in ("GLOBAL", "INST") and not _OF_TENSORS.fullmatch(str(argument)):
                    yield str(argument).replace(" ", ".")
                elif operation.name in _HIDING:
                    yield _HIDDEN

"""Paths, reading and hashing of files, without what is slow to load: pathlib takes 3 ms of a start."""

import os
from contextlib import suppress
from importlib import import_module
from typing import Any

AnyPath = str | os.PathLike[str]
"""A path of a file or a directory."""

_CHUNK = 1024 * 1024
_OPENSSL_PAYS = 2 * 1024 * 1024  # bytes from which on OpenSSL, five times as fast, is worth 4 ms and 4 MB to load

# Python's own function (since 3.12, and before), and OpenSSL's: `hashlib` loads both.
_SMALL_FILES = ("_sha2", "sha256"), ("_sha256", "sha256")
_LARGE_FILES = (("_hashlib", "openssl_sha256"),)


def read_bytes(*path: AnyPath) -> bytes:
    """Return the bytes of a file, given by its path or by the parts of one.

    Raises:
        OSError: the file cannot be read.
    """
    with open(os.path.join(*path), "rb") as stream:
        return stream.read()


def read_or_map(path: AnyPath) -> Any:
    """Return the bytes of a small file, or a large one mapped into memory: its pages are read when they are used.

    Raises:
        OSError: the file cannot be read.
    """
    if os.path.getsize(path) <= _CHUNK:  # is read faster than it is mapped
        return read_bytes(path)
    import mmap

    with open(path, "rb") as stream:
        return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)


def sha256_of(data: Any) -> str:
    """Return the SHA-256 of bytes in hexadecimal."""
    digest = _new_sha256(len(data))
    digest.update(data)
    hexadecimal: str = digest.hexdigest()
    return hexadecimal


def sha256(path: AnyPath) -> str:
    """Return a file's SHA-256 in hexadecimal; the file is read a megabyte at a time.

    Raises:
        OSError: the file cannot be read.
    """
    digest = _new_sha256(os.path.getsize(path))
    with open(path, "rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    hexadecimal: str = digest.hexdigest()
    return hexadecimal


def _new_sha256(size: int) -> Any:
    """Return the hash object that is the quickest to load and run for so many bytes."""
    for module, function in _SMALL_FILES if size < _OPENSSL_PAYS else _LARGE_FILES:
        with suppress(ImportError, AttributeError):
            return getattr(import_module(module), function)()
    import hashlib

    return hashlib.sha256()

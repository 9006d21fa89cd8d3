"""Paths, reading and hashing of files, without what is slow to load: pathlib takes 3 ms of a start, OpenSSL 4 ms."""

import os
from contextlib import suppress
from importlib import import_module
from typing import Any

AnyPath = str | os.PathLike[str]
"""A path of a file or a directory."""

_CHUNK = 1024 * 1024
_OPENSSL_PAYS = 1024 * 1024  # bytes from which on hashing with OpenSSL, five times as fast, is worth loading it


def read_bytes(*path: AnyPath) -> bytes:
    """Return the bytes of a file, given by its path or by the parts of one.

    Raises:
        OSError: the file cannot be read.
    """
    with open(os.path.join(*path), "rb") as stream:
        return stream.read()


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
    if size < _OPENSSL_PAYS:
        for module in ("_sha2", "_sha256"):  # the interpreter's own, since Python 3.12 and before
            with suppress(ImportError):
                return import_module(module).sha256()
    import hashlib

    return hashlib.sha256()

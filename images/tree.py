"""The files of an image, read from outside: an image without a shell can be read too."""

import hashlib
import json
import subprocess
import tarfile
from typing import Any, NamedTuple

_DOCKERS = {"/.dockerenv", "/dev/console", "/etc/hostname", "/etc/hosts", "/etc/mtab", "/etc/resolv.conf"}


class DockerError(Exception):
    """Docker is not there, or does not do what it is asked."""


class Entry(NamedTuple):
    """A file, folder or link of an image.

    Attributes:
        bytes: its size; 0 for a folder or link.
        mode: its permissions.
        owner: user and group, as numbers.
        content: the SHA-256 of a file, the target of a link, nothing for a folder.
    """

    bytes: int
    mode: int
    owner: tuple[int, int]
    content: str


def entries(image: str, *, hashed: bool = False) -> dict[str, Entry]:
    """Every file of an image by its path, without what Docker adds to a container.

    Args:
        image: its name.
        hashed: whether to read the files for their hashes.

    Raises:
        DockerError: there is no such image.
    """
    container = docker("create", image, "-").strip()
    try:
        with (
            subprocess.Popen(["docker", "export", container], stdout=subprocess.PIPE) as export,  # noqa: S607
            tarfile.open(fileobj=export.stdout, mode="r|") as archive,
        ):
            found = {f"/{one.name}": _entry(archive, one, hashed=hashed) for one in archive}
    finally:
        docker("rm", container)
    return {path: entry for path, entry in found.items() if path not in _DOCKERS}


def _entry(archive: tarfile.TarFile, one: tarfile.TarInfo, *, hashed: bool) -> Entry:
    stream = archive.extractfile(one) if hashed and one.isreg() else None
    content = hashlib.sha256(stream.read()).hexdigest() if stream else one.linkname
    return Entry(one.size if one.isreg() else 0, one.mode, (one.uid, one.gid), content)


def layers(image: str) -> list[str]:
    """The hashes of an image's layers, its base's first.

    Raises:
        DockerError: there is no such image.
    """
    inspected: list[dict[str, Any]] = json.loads(docker("image", "inspect", image))
    found: list[str] = inspected[0]["RootFS"]["Layers"]
    return found


def docker(*words: str) -> str:
    """What a Docker command prints.

    Raises:
        DockerError: it fails; says how Docker puts it.
    """
    try:
        return subprocess.run(["docker", *words], capture_output=True, text=True, check=True).stdout  # noqa: S607
    except FileNotFoundError:
        raise DockerError("there is no docker here") from None
    except subprocess.CalledProcessError as error:
        raise DockerError(f"docker {words[0]}: {error.stderr.strip()[-2000:]}") from None

"""List the files of an image from outside, which also works for images without a shell."""

import hashlib
import json
import subprocess
import tarfile
from typing import Any, NamedTuple

_ADDED_BY_DOCKER = {"/.dockerenv", "/dev/console", "/etc/hostname", "/etc/hosts", "/etc/mtab", "/etc/resolv.conf"}


class DockerError(Exception):
    """Docker is not installed, or a command failed."""


class Entry(NamedTuple):
    """A file, directory or link in an image.

    Attributes:
        bytes: its size; 0 for a directory or link.
        mode: its permissions.
        owner: user id and group id.
        content: SHA-256 of a file, target of a link, empty for a directory.
    """

    bytes: int
    mode: int
    owner: tuple[int, int]
    content: str


def entries(image: str, *, hashed: bool = False) -> dict[str, Entry]:
    """Return every file of an image by its path, without the files that Docker adds to a container.

    Args:
        image: name of the image.
        hashed: whether to compute the hashes of files.

    Raises:
        DockerError: the image does not exist.
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
    return {path: entry for path, entry in found.items() if path not in _ADDED_BY_DOCKER}


def _entry(archive: tarfile.TarFile, one: tarfile.TarInfo, *, hashed: bool) -> Entry:
    stream = archive.extractfile(one) if hashed and one.isreg() else None
    content = hashlib.sha256(stream.read()).hexdigest() if stream else one.linkname
    return Entry(one.size if one.isreg() else 0, one.mode, (one.uid, one.gid), content)


def layers(image: str) -> list[str]:
    """Return the hashes of an image's layers, those of its base image first.

    Raises:
        DockerError: the image does not exist.
    """
    inspected: list[dict[str, Any]] = json.loads(docker("image", "inspect", image))
    found: list[str] = inspected[0]["RootFS"]["Layers"]
    return found


def docker(*words: str) -> str:
    """Run a Docker command; return its output.

    Raises:
        DockerError: the command failed; includes Docker's message.
    """
    try:
        return subprocess.run(["docker", *words], capture_output=True, text=True, check=True).stdout  # noqa: S607
    except FileNotFoundError:
        raise DockerError("docker is not installed") from None
    except subprocess.CalledProcessError as error:
        raise DockerError(f"docker {words[0]}: {error.stderr.strip()[-2000:]}") from None

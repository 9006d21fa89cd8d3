"""How much an image adds to the image that it begins with, and what."""

import re
from collections import Counter
from typing import NamedTuple

from images.tree import entries, layers
from model.child import ROOT

_FOLDERS = {
    "/var/task/bundle/": "bundle",
    "/var/task/handler/": "handler",
    "/var/task/viewer/": "handler",
    "/var/task/": "packages",
    "/opt/client/": "runtime",
    "/opt/server/": "runtime",
    "/": "rest",
}
PARTS = tuple(dict.fromkeys(_FOLDERS.values()))
"""What an image is made of: `packages` are the model's, `runtime` starts the handler where the base does not."""


class Size(NamedTuple):
    """What an image adds to its base.

    Attributes:
        name: what it is called in tables.
        megabytes: of files, by part.
        files: how many.
        layers: how many.
    """

    name: str
    megabytes: dict[str, float]
    files: int
    layers: int

    @property
    def added(self) -> float:
        """MB."""
        return sum(self.megabytes.values())


def measured(name: str, image: str, base: str) -> Size:
    """What an image adds to its base: files that are not there, or are others.

    Raises:
        DockerError: there is no such image.
    """
    below = entries(base)
    added = {path: entry for path, entry in entries(image).items() if entry.bytes and below.get(path) != entry}
    sums: Counter[str] = Counter()
    for path, entry in added.items():
        sums[part(path)] += entry.bytes
    return Size(
        name,
        {each: sums[each] / 1e6 for each in PARTS if each in sums},
        len(added),
        len(layers(image)) - len(layers(base)),
    )


def part(path: str) -> str:
    """Which part of an image a file belongs to."""
    return next(name for folder, name in _FOLDERS.items() if path.startswith(folder))


def base_of(target: str) -> str:
    """The image that a target of the Dockerfile begins with."""
    text = (ROOT / "Dockerfile").read_text()
    version = re.findall(r"^ARG PYTHON_VERSION=(\S+)", text, re.MULTILINE)[0]
    sources = {stage: source for source, stage in re.findall(r"^FROM (\S+) AS (\S+)", text, re.MULTILINE)}
    while target in sources:
        target = sources[target]
    return target.replace("${PYTHON_VERSION}", version)

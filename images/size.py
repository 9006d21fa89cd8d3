"""Measure what an image adds to its base image."""

import re
from collections import Counter
from typing import NamedTuple

from images.tree import entries, layers
from model.process import ROOT

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
"""The parts of an image: `packages` are the model's, `runtime` starts the handler if the base image does not."""


class Size(NamedTuple):
    """The size that an image adds to its base image.

    Attributes:
        name: its name in tables.
        megabytes: MB of files by part.
        files: number of files.
        layers: number of layers.
    """

    name: str
    megabytes: dict[str, float]
    files: int
    layers: int

    @property
    def added(self) -> float:
        """Return the total in MB."""
        return sum(self.megabytes.values())


def measure_image(name: str, image: str, base: str) -> Size:
    """Measure an image's files that its base image lacks or has with other content.

    Raises:
        DockerError: an image does not exist.
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
    """Return the part of an image that a file belongs to."""
    return next(name for folder, name in _FOLDERS.items() if path.startswith(folder))


def base_image(target: str) -> str:
    """Return the base image of a target in the Dockerfile."""
    text = (ROOT / "Dockerfile").read_text()
    version = re.findall(r"^ARG PYTHON_VERSION=(\S+)", text, re.MULTILINE)[0]
    sources = {stage: source for source, stage in re.findall(r"^FROM (\S+) AS (\S+)", text, re.MULTILINE)}
    while target in sources:
        target = sources[target]
    return target.replace("${PYTHON_VERSION}", version)

"""`python -m images.sbom IMAGE`: list the Python packages in an image, as requirements.

`make sbom` turns the list into a CycloneDX document. System packages of the base image are not included.
"""

import re
import sys

from images.tree import DockerError, entries

_INSTALLED = re.compile(r"/([^/]+)-([^-/]+)\.dist-info/METADATA$")


def main(image: str) -> str | None:
    """Print the packages; return an error message, or None."""
    try:
        found = {match.groups() for path in entries(image) if (match := _INSTALLED.search(path))}
    except DockerError as error:
        return f"error: {error}"
    print(*sorted(f"{name}=={version}" for name, version in found), sep="\n")
    return None


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

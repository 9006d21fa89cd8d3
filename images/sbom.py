"""`python -m images.sbom IMAGE`: the Python packages that an image holds, as requirements.

`make sbom` makes a CycloneDX document of them. What the base image brings of its system is its maker's to list.
"""

import re
import sys

from images.tree import DockerError, entries

_INSTALLED = re.compile(r"/([^/]+)-([^-/]+)\.dist-info/METADATA$")


def main(image: str) -> str | None:
    """Print them; what is returned is why that cannot be done."""
    try:
        found = {match.groups() for path in entries(image) if (match := _INSTALLED.search(path))}
    except DockerError as error:
        return f"error: {error}"
    print(*sorted(f"{name}=={version}" for name, version in found), sep="\n")
    return None


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

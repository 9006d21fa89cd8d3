"""`python -m images.labels MODEL`: the build arguments from which an image is labelled, for `docker build`."""

import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from model import mlmodel
from model.errors import ModelError


def main(model: str) -> str | None:
    """Print the arguments; what is returned is why that cannot be done."""
    try:
        info = mlmodel.read(Path(model)).info
    except ModelError as error:
        return f"error: {error}"
    values = {
        "MODEL_ID": info.id,
        "MODEL_VERSION": info.version,
        "REVISION": _git("rev-parse", "HEAD"),
        "SOURCE": public(_git("config", "--get", "remote.origin.url")),
    }
    print(*(f"--build-arg {name}={value}" for name, value in values.items() if value))
    return None


def public(url: str) -> str:
    """A repository's address, without the name and the password that it may hold; nothing for a folder here."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl() if parts.scheme in {"http", "https"} else ""


def _git(*words: str) -> str:
    try:
        return subprocess.run(["git", *words], capture_output=True, text=True, check=False).stdout.strip()  # noqa: S607
    except FileNotFoundError:
        return ""


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

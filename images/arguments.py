"""Print the build arguments of a model's image: `python -m images.arguments MODEL`.

They are the Python that the model was saved on, the Python that serves it, and the values of the image's labels.
"""

import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from model import mlmodel
from model.environment.pythons import OLDEST_HANDLER, minor
from model.errors import ModelError
from model.pickles import pickles_with_code


def main(model: str) -> str | None:
    """Print the arguments; return an error message, or None."""
    try:
        read = mlmodel.read(Path(model))
    except ModelError as error:
        return f"error: {error}"
    own = ".".join(map(str, minor(read.python)))
    # Only that Python runs the code in its pickles; everything else is served under the newest.
    serving = own if minor(own) >= OLDEST_HANDLER and pickles_with_code(read.folder) else None
    values = {
        "MODEL_PYTHON": own,
        "PYTHON_VERSION": serving,
        "MODEL_ID": read.info.id,
        "MODEL_VERSION": read.info.version,
        "NAME": "-".join(read.info.name.split()),  # the image's copy of the model is in a directory of another name
        "REVISION": _git("rev-parse", "HEAD"),
        "SOURCE": remove_credentials(_git("config", "--get", "remote.origin.url")),
    }
    print(*(f"--build-arg {name}={value}" for name, value in values.items() if value))
    return None


def remove_credentials(url: str) -> str:
    """Return a repository's URL without user name and password; empty for a local path."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl() if parts.scheme in {"http", "https"} else ""


def _git(*words: str) -> str:
    try:
        return subprocess.run(["git", *words], capture_output=True, text=True, check=False).stdout.strip()  # noqa: S607
    except FileNotFoundError:
        return ""


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

"""`python -m model.install MODEL`: a model's own requirements, where `build` will look for them.

An image installs them in a layer of its own, which a change to the model or to the handler keeps.
"""

import sys
from pathlib import Path

from model.environment import model_environment
from model.errors import ModelError


def main(folder: str) -> str | None:
    """Install under this Python; what is returned is why that cannot be done."""
    try:
        model_environment(Path(folder))
    except ModelError as error:
        return f"error: {error}"
    return None


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

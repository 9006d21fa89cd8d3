"""The directory for what commands keep between runs, shared by all projects of a person."""

import os
import sys
from pathlib import Path


def cache_folder() -> Path:
    """Return `thaw` in the system's directory for caches: XDG_CACHE_HOME, ~/.cache or ~/Library/Caches."""
    if named := os.environ.get("XDG_CACHE_HOME"):
        return Path(named) / "thaw"
    return Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "thaw"

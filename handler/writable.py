"""Libraries that write to the home folder, and a file system where only `/tmp` can be written."""

import os
from collections.abc import MutableMapping

# joblib asks /dev/shm for semaphores, which Lambda does not have; threads need none.
_ALWAYS = {"JOBLIB_MULTIPROCESSING": "0"}
_FOLDERS = (
    "HOME",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "MPLCONFIGDIR",
    "NUMBA_CACHE_DIR",
    "JOBLIB_TEMP_FOLDER",
)


def use_tmp(environment: MutableMapping[str, str]) -> None:
    """Point what libraries write to at `/tmp`, unless the home folder can be written or the variable is set."""
    for name, value in _ALWAYS.items():
        environment.setdefault(name, value)
    home = environment.get("HOME", "")
    if home and os.access(home, os.W_OK):
        return
    environment.pop("HOME", None)
    for name in _FOLDERS:
        environment.setdefault(name, "/tmp")  # noqa: S108 - the only folder Lambda lets a function write to

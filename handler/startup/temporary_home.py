"""Point libraries that write to the home directory at `/tmp`, the only writable directory on Lambda."""

import os
from collections.abc import MutableMapping

# joblib wants semaphores in /dev/shm, which Lambda does not have; threads need none.
_ALWAYS = {"JOBLIB_MULTIPROCESSING": "0"}
_DIRECTORIES = (
    "HOME",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "MPLCONFIGDIR",
    "NUMBA_CACHE_DIR",
    "JOBLIB_TEMP_FOLDER",
)


def use_tmp(environment: MutableMapping[str, str]) -> None:
    """Set the home and cache directories to `/tmp`, unless home is writable; variables that are set keep their value.

    An unwritable HOME is replaced.
    """
    for name, value in _ALWAYS.items():
        environment.setdefault(name, value)
    home = environment.get("HOME", "")
    if home and os.access(home, os.W_OK):
        return
    environment.pop("HOME", None)
    for name in _DIRECTORIES:
        environment.setdefault(name, "/tmp")  # noqa: S108 - the only directory that a function can write to

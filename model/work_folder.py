"""Make folders for work under way, and remove those that killed processes have left."""

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def work_folder(prefix: str, parent: Path | None = None) -> Iterator[Path]:
    """Make a folder named after this process and remove it afterwards; first remove those of processes that are gone.

    Args:
        prefix: how its name begins.
        parent: where to make it; by default the system's temporary folder.
    """
    place = parent or Path(tempfile.gettempdir())
    remove_leftovers(prefix, place)
    with tempfile.TemporaryDirectory(prefix=f"{prefix}{os.getpid()}-", dir=place) as folder:
        yield Path(folder)


def remove_leftovers(prefix: str, place: Path) -> None:
    """Remove folders that `work_folder` made in processes that are gone."""
    for path in place.glob(f"{prefix}*"):
        match = re.match(rf"{re.escape(prefix)}(\d+)-", path.name)
        if match and not _is_running(int(match[1])):
            shutil.rmtree(path, ignore_errors=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        pass
    return True

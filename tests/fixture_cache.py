"""A cache in build/ for fixtures that take long to make; entries are valid until the code that makes them changes."""

import hashlib
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "fixtures"
_MONTH = 30 * 24 * 3600  # seconds
_IRRELEVANT = tuple(
    str(ROOT / name)
    for name in (
        "handler/adapters",
        "handler/aws",
        "handler/bulk",
        "handler/pages",
        "model/automl",
        "model/cache_folder.py",
        "model/command_line.py",
        "model/commands",
        "model/function",
        "model/get",
        "model/image",
        "model/score",
    )
)
"""Code that neither trains, builds, proves nor predicts."""


def cache_directory(name: str, fill: Callable[[Path], object]) -> Path:
    """Return a cached directory. Several processes may call this at once.

    Args:
        name: name of the entry.
        fill: writes the files into the directory that it receives.
    """
    target = FOLDER / f"{name}-{_digest()}"
    if not target.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        for path in FOLDER.iterdir():
            if time.time() - path.stat().st_mtime > _MONTH:
                shutil.rmtree(path, ignore_errors=True)
        with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
            filled = Path(folder) / name
            filled.mkdir()
            fill(filled)
            if not target.exists():
                filled.rename(target)
    return target


def _digest() -> str:
    """Return a hash of the code that trains, builds, proves and predicts, and of its requirements."""
    digest = hashlib.sha256(sys.version.encode())
    code = [path for name in ("handler", "model") for path in (ROOT / name).rglob("*") if path.suffix in {".py", ".c"}]
    code = [path for path in code if not str(path).startswith(_IRRELEVANT)]
    for path in sorted([*code, ROOT / "requirements" / "dev.txt", Path(__file__).with_name("text_model.py")]):
        digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]

"""What a project's requirements.txt installs Thaw from: where it is installed from itself."""

import json
import shutil
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

from handler import __version__
from model.environment.uv import run_uv
from model.errors import ModelError
from model.process import ROOT

DISTRIBUTION = "mlflow-thaw"


def add_requirement(folder: Path) -> str:
    """Return the line of requirements.txt; a wheel that it names is put into the folder.

    A version on an index is pinned by its number, a commit of a git repository by its hash. An installation from a
    directory has neither, so the project gets a wheel.

    Raises:
        ModelError: the wheel is not there any more, or cannot be built.
    """
    origin = _origin()
    if origin is None:
        return f"{DISTRIBUTION}=={__version__}"
    if commit := origin.get("vcs_info", {}).get("commit_id"):
        return f"{DISTRIBUTION} @ git+{origin['url']}@{commit}"
    path = Path(unquote(urlparse(origin["url"]).path))
    if not path.exists():
        raise ModelError(f"{path}, which this command was installed from, is not there: name a wheel by --thaw")
    return add_wheel(path, folder)


def add_wheel(path: Path, folder: Path) -> str:
    """Copy a wheel, or build one from a directory, into the folder; return the line that installs it.

    Raises:
        ModelError: it cannot be built.
    """
    if path.is_file():
        return f"./{Path(shutil.copy(path, folder)).name}"
    done = run_uv(["build", "--wheel", "--quiet", "--out-dir", str(folder.resolve()), str(path)])
    (folder / ".gitignore").unlink(missing_ok=True)  # of uv
    if done.returncode:
        raise ModelError(f"no wheel can be built from {path}: {done.stderr.strip()[-500:]}")
    return f"./{next(folder.glob('mlflow_thaw-*.whl')).name}"


def _origin() -> dict[str, Any] | None:
    """Return where this command is installed from (PEP 610); None for an index."""
    try:
        found = distribution(DISTRIBUTION).read_text("direct_url.json")
    except PackageNotFoundError:
        return {"url": ROOT.as_uri()}
    if found is None:
        return None
    origin: dict[str, Any] = json.loads(found)
    return origin

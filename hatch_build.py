"""Add to the wheel what the command `thaw` works with: this repository's packages, and the kernel for each platform."""

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent
PLACE = "thaw/_root"
PACKAGES = ("handler", "model", "local", "cloud", "project", "events")
FILES = (
    "deploy/check/check.py",
    "template.yaml",
    *(f"requirements/{name}.txt" for name in ("automl", "libgomp", "network", "quantize")),
    *(f"requirements/{name}.txt" for name in ("run", "serve", "texts", "viewer")),
)
LEFT_OUT = {"__pycache__", "artifact"}
KERNELS = {
    ("linux", "x86_64"): "x86_64-linux-gnu",
    ("linux", "aarch64"): "aarch64-linux-gnu",
    ("darwin", "arm64"): "darwin",
}
PYTHONS = ("311", "312", "313", "314")


class Hook(BuildHookInterface[Any]):  # type: ignore[misc]
    """Called by hatchling."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name the files that the wheel contains beside the package `thaw`."""
        if self.target_name != "wheel" or version == "editable":
            return
        included = build_data["force_include"]
        for path in _files():
            included[str(path)] = f"{PLACE}/{path.relative_to(ROOT).as_posix()}"
        self._work = tempfile.TemporaryDirectory()
        included |= _kernels(Path(self._work.name))

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """Remove the compiled kernels, which are in the wheel now."""
        if hasattr(self, "_work"):
            self._work.cleanup()


def _files() -> list[Path]:
    """Return the files of the packages, without what builds and runs leave there."""
    found = [ROOT / name for name in FILES]
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*")):
            parts = set(path.relative_to(ROOT).parts)
            if path.is_file() and not parts & LEFT_OUT and path.suffix != ".so":
                found.append(path)
    return found


def _kernels(folder: Path) -> dict[str, str]:
    """Compile the evaluator of trees; return the place of each file in the wheel.

    A file's name has the tag of an interpreter and a platform, so that each imports its own. All interpreters of a
    platform share one file, since it uses Python's stable ABI.
    """
    sys.path.insert(0, str(ROOT))
    from model.image import kernel

    place = f"{PLACE}/{kernel.TARGET.parent.relative_to(ROOT).as_posix()}"
    found = {}
    for (system, machine), tag in KERNELS.items():
        for python in PYTHONS:
            file = folder / f"_trees.cpython-{python}-{tag}.so"
            if python == PYTHONS[0]:
                first = file
                kernel.build(file, kernel.compiler(system, machine), system=system)
            else:
                file.write_bytes(first.read_bytes())
            found[str(file)] = f"{place}/{file.name}"
    return found

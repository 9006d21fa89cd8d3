"""Find which installed distributions a process has imported from."""

from __future__ import annotations

import json
import os
import re
import sys
import sysconfig
from pathlib import Path
from typing import Any

try:
    from importlib.metadata import distributions
except ImportError:  # Python 3.7, where many environments have the backport
    try:
        from importlib_metadata import distributions  # type: ignore[no-redef]
    except ImportError:

        def distributions(**_: Any) -> list[Any]:  # type: ignore[no-redef]
            """Return nothing; the packages that the model's requirements name count as imported."""
            return []


class Distribution:
    """An installed distribution: reading its metadata takes a while, so it is done once."""

    def __init__(self, installed: Any) -> None:
        self.name = plain_name(installed.metadata["Name"])
        self.version = installed.version
        self.files = [installed.locate_file(file) for file in installed.files or []]
        tops = {str(file).replace("\\", "/").split("/")[0] for file in installed.files or []}
        self.modules = {top.split(".")[0] for top in tops}
        self.needs = {plain_name(text) for text in installed.requires or [] if "extra ==" not in text}
        self.origin = json.loads(installed.read_text("direct_url.json") or "{}")
        self.metadata_folder = next((str(file.parent) for file in self.files if file.name == "METADATA"), "")

    @property
    def pin(self) -> str:
        """The requirement that installs it again (PEP 610 for what is not from an index)."""
        url, vcs = self.origin.get("url"), self.origin.get("vcs_info")
        if vcs:
            return f"{self.name} @ {vcs['vcs']}+{url}@{vcs['commit_id']}"
        return f"{self.name} @ {url}" if url else f"{self.name}=={self.version}"


def plain_name(requirement: str) -> str:
    """Return a distribution's normalized name (PyPA, "Names and normalization") out of a requirement."""
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", requirement, maxsplit=1)[0]).lower()


def installed_distributions() -> list[Distribution]:
    """Return those of this environment, by name; not those that setuptools carries inside."""
    folders = sorted({sysconfig.get_path(name) for name in ("purelib", "platlib")})
    found: dict[str, Distribution] = {}
    for installed in distributions(path=folders):
        if installed.metadata["Name"]:
            distribution = Distribution(installed)
            found.setdefault(distribution.name, distribution)
    return [found[name] for name in sorted(found)]


def imported_distributions(roots: list[str], installed: list[Distribution]) -> list[Distribution]:
    """Return those that own an imported file, a loaded library, or a module of `roots` that is used without an import.

    Where several own one (mlflow and mlflow-skinny have the same files), one that is needed anyway is enough;
    else the one with the fewest files.
    """
    owners: dict[str, list[Distribution]] = {}
    for distribution in installed:
        for file in distribution.files:
            owners.setdefault(os.path.realpath(str(file)), []).append(distribution)
    files = [module_file(module) for module in list(sys.modules.values())]
    paths = {os.path.realpath(file) for file in files if file} | loaded_libraries()
    claims = [owners[path] for path in sorted(paths) if path in owners]
    modules = {name.split(".")[0] for name in list(sys.modules)}
    needed = {claim[0] for claim in claims if len(claim) == 1}
    needed |= {one for one in installed if not one.modules.isdisjoint(set(roots) - modules)}
    for claim in claims:
        if needed.isdisjoint(claim):
            needed.add(min(claim, key=lambda distribution: (len(distribution.files), distribution.name)))
    return sorted(needed, key=lambda distribution: distribution.name)


def required(found: list[Distribution], roots: list[str]) -> list[Distribution]:
    """Return those of `found` that own a top-level module of `roots`, or that such a distribution depends on.

    The others were imported because they happened to be there: scikit-learn takes pandas, if it can.
    """
    kept: set[Distribution] = set()
    waiting = [distribution for distribution in found if not distribution.modules.isdisjoint(roots)]
    while waiting:
        distribution = waiting.pop()
        kept.add(distribution)
        waiting += [other for other in found if other.name in distribution.needs and other not in kept]
    return [distribution for distribution in found if distribution in kept]


def loaded_libraries() -> set[str]:
    """Return the shared libraries of this process, on Linux: PyTorch loads those of other packages by path."""
    try:
        lines = Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return set()
    mapped = {line[line.index("/") :] for line in lines if "/" in line}
    return {os.path.realpath(path) for path in mapped if ".so" in Path(path).name}


def module_file(module: Any) -> str | None:
    """Return a module's file, if it says a true one: modules can answer anything when asked for an attribute."""
    file = vars(module).get("__file__") if hasattr(module, "__dict__") else None
    return file if isinstance(file, str) else None

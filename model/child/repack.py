"""Make wheels again of installed distributions that no package index has.

It takes a `RepackRequest` and gives a `RepackResult` (see `contract`).
Format: https://packaging.python.org/en/latest/specifications/binary-distribution-format/
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from .distributions import Distribution, installed_distributions
from .serving import Record, serve

if TYPE_CHECKING:
    from .contract import RepackRequest, RepackResult

_INSTALLERS = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json", "uv_build.json")
"""Files of the metadata folder that an installer writes."""


def repack(request: RepackRequest, _record: Record) -> RepackResult:
    """Write a wheel for each distribution."""
    folder = Path(request["folder"])
    folder.mkdir(parents=True, exist_ok=True)
    named = {distribution.name: distribution for distribution in installed_distributions()}
    return {name: write_wheel(named[name], folder) for name in request["names"]}


def write_wheel(distribution: Distribution, folder: Path) -> str:
    """Write one wheel and return its file name; its dates are the oldest that zip files have: the same each time."""
    metadata = Path(distribution.metadata_folder)
    lines = (metadata / "WHEEL").read_text(encoding="utf-8").splitlines()
    tags = [line.split(":", 1)[1].strip() for line in lines if line.startswith("Tag:")]
    name = "{}-{}.whl".format(metadata.name[: -len(".dist-info")], merged(tags))
    record = []
    with zipfile.ZipFile(str(folder / name), "w") as wheel:
        for path in sorted(Path(str(file)) for file in distribution.files):
            ours = path.parent != metadata or path.name not in _INSTALLERS
            if ours and path.is_file() and path.suffix != ".pyc" and metadata.parent in path.parents:
                inside = path.relative_to(metadata.parent).as_posix()
                wheel.writestr(zipfile.ZipInfo(inside), path.read_bytes(), zipfile.ZIP_DEFLATED)
                record.append(inside + ",,\n")
        inside = metadata.name + "/RECORD"
        wheel.writestr(zipfile.ZipInfo(inside), "".join([*record, inside + ",,\n"]))
    return name


def merged(tags: list[str]) -> str:
    """Return the compressed form of a wheel's tags: `py2.py3-none-any` for `py2-none-any` and `py3-none-any`."""
    parts = zip(*(tag.split("-") for tag in tags))
    return "-".join(".".join(sorted(set(part))) for part in parts)


if __name__ == "__main__":
    serve(repack)

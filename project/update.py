"""Bring a project's generated files to this version, and leave edited ones alone."""

from difflib import unified_diff
from pathlib import Path
from typing import NamedTuple

from handler import __version__
from model.project import read_project
from project.record import hash_text, read_record, write_record
from project.render import render
from project.start import described


class Updated(NamedTuple):
    """What an update did.

    Attributes:
        written: paths that were written.
        differences: from each edited file to its new text, by path, where that text has changed.
        removed: paths that the person has removed, and that stay so.
        unused: paths that were generated, and that this version does not generate.
    """

    written: list[str]
    differences: dict[str, str]
    removed: list[str]
    unused: list[str]


def update(folder: Path) -> Updated:
    """Rewrite the generated files that nobody has edited.

    Raises:
        ModelError: the directory is no project, or its settings or its model cannot be read.
    """
    record = read_record(folder)
    new = render(described(folder, read_project(folder)))
    found = {name: path.read_text(encoding="utf-8") for name in new if (path := folder / name).is_file()}
    removed = [name for name in new if name not in found and name in record.files]
    edited = {name for name, text in found.items() if hash_text(text) != record.files.get(name) and text != new[name]}
    differences = {
        name: _diff(name, found[name], new[name])
        for name in sorted(edited)
        if hash_text(new[name]) != record.files.get(name)
    }
    written = [name for name in new if name not in {*removed, *edited} and found.get(name) != new[name]]
    for name in written:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.part")
        part.write_text(new[name], encoding="utf-8")
        part.replace(path)
    write_record(folder, {name: hash_text(text) for name, text in new.items()})
    unused = [name for name in record.files if name not in new and (folder / name).is_file()]
    return Updated(written, differences, removed, unused)


def _diff(name: str, text: str, new: str) -> str:
    before, after = text.splitlines(keepends=True), new.splitlines(keepends=True)
    return "".join(unified_diff(before, after, f"{name} (yours)", f"{name} (Thaw {__version__})"))

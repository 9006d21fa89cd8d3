"""Read requirements files: their lines, the files that they include, and the distributions that lines name."""

import codecs
import re
import shlex
from pathlib import Path

from model.errors import ModelError

_CONDA_BUILDS = r"/(?:croot|tmp/build|tmp/abs_\w+|feedstock_root|conda-bld|bld|ci)/"
"""Folders in which conda's packages are built."""

_PROJECT_FILES = ("pyproject.toml", "setup.py", "setup.cfg")
_EDITABLE = re.compile(r"(?:-e|--editable)(?:\s+|=)(\S.*)")
_EXPORTED = re.compile(r"([A-Za-z0-9][\w.-]*)=([\w.]+)(?:=\S+)?")
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_lines(path: Path) -> list[str]:
    """Return the lines of a requirements file, and of those it includes, without comments, hashes and continuations.

    Raises:
        ModelError: it cannot be read.
    """
    lines: list[str] = []
    for line in re.sub(r"\\\r?\n", " ", read_text(path)).splitlines():
        bare = re.sub(r"(^|\s)#.*$", "", line).strip()
        bare = re.sub(r"\s--hash=\S+", "", bare).strip()
        if included := included_file(bare, path, ("-r", "--requirement")):
            lines += read_lines(included)
        elif bare:
            lines.append(bare)
    return lines


def read_text(path: Path) -> str:
    """Return a requirements file's text; PowerShell's `pip freeze > file` writes UTF-16.

    Raises:
        ModelError: it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-16" if _is_utf16(path) else "utf-8-sig")
    except (OSError, UnicodeError) as error:
        raise ModelError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _is_utf16(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(2) in _UTF16


def installable(path: Path, lines: list[str]) -> tuple[list[str] | None, list[str]]:
    """Return a file's lines as uv takes them, None where it takes the file itself; and notes on lines left out.

    uv takes no UTF-16, no editable repositories, and not the form of `conda list --export`. An editable folder without
    a project file is left out: it was the trainer's own, and the model brings what it needs of it in `code_paths`.
    """
    kept, notes = [], []
    for line in lines:
        if match := _EDITABLE.fullmatch(line):
            place = match[1].strip("'\"")
            if "://" in place or place.startswith("git+"):
                kept.append(place)
            elif any((path.parent / place / name).is_file() for name in _PROJECT_FILES):
                kept.append(line)
            else:
                notes.append(f"left out: {line}: there is no project in that folder")
        elif match := _EXPORTED.fullmatch(line):
            kept.append(f"{match[1]}=={match[2]}")
        else:
            kept.append(line)
    if kept == lines and not _is_utf16(path):
        return None, []
    return [_absolute(line, path) for line in kept], notes


def _absolute(line: str, path: Path) -> str:
    """Return a line with the whole path of the constraints that it includes: relative ones start at their file."""
    included = included_file(line, path, ("-c", "--constraint"))
    return f"-c {included.resolve()}" if included else line


def without_conda_files(lines: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """Return requirements without the files of conda's build machines, and the names of those distributions.

    Only these: a private package that is in no index could be a stranger's in a public one.
    """
    matches = [re.match(rf"(\S+) @ file:\S*{_CONDA_BUILDS}", line) for line in lines]
    kept = [match[1] if match else line for line, match in zip(lines, matches, strict=True)]
    return kept, tuple(distribution_name(match[1]) for match in matches if match)


def included_file(
    line: str, path: Path, options: tuple[str, ...] = ("-r", "--requirement", "-c", "--constraint")
) -> Path | None:
    """Return the file that a line of the requirements file `path` includes by one of these options, if it does."""
    match = re.fullmatch(rf"(?:{'|'.join(options)})(?:\s+|=)(\S.*)", line)
    return path.parent / shlex.split(match[1])[0] if match else None


def referred_files(path: Path) -> list[Path]:
    """Return every file that decides what a requirements file installs: itself, what it includes, local wheels."""
    found = [path]
    for line in re.sub(r"\\\r?\n", " ", read_text(path)).splitlines():
        if (included := included_file(line.strip(), path)) and included.is_file():
            found += referred_files(included)
        else:
            name = re.sub(r"\s--hash=\S+", "", line).split(";")[0].split(" @ ")[-1]
            local = path.parent / name.removeprefix("file:").strip()
            if line.strip() and not line.startswith(("#", "-")) and local.is_file():
                found.append(local)
    return found


def distribution_name(line: str) -> str:
    """Return the normalized name of a requirement's distribution (PyPA, "Names and normalization"); "" for a path."""
    match = re.match(r"([A-Za-z0-9][\w.-]*)\s*(?:\[|[=<>!~;@ ]|$)", line.strip())
    return re.sub(r"[-_.]+", "-", match[1]).lower() if match else ""

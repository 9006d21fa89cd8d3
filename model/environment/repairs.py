"""Change what uv refuses of a model's requirements, where the model may do without or another version is the same."""

import re
from collections.abc import Callable

from model.environment.pythons import OLDEST_MODEL, minor
from model.environment.requirement_lines import distribution_name
from model.environment.requirements import Requirements

MOST = 30
"""How many repairs are tried, one after the other."""

_BUILD = re.compile(r"(?P<release>[\w.]+?)(?:\+(?P<local>[\w.]+)|\.?dev\d+)")
_FULL = "No space left on device"
_NO_WHEEL = r"Because (\S+?==\S+?),? has no (?:usable )?wheels"
_OTHER_SYSTEM = r" with a matching platform"


def repaired(said: str, requirements: Requirements, python: str) -> Requirements | None:
    """Return requirements without the cause of uv's refusal, or None if nothing is known to do about it.

    Args:
        said: what uv says, in one line.
        requirements: what does not install.
        python: the version of Python that it does not install for.
    """
    if _FULL in said:
        return None
    for pattern, repair in _REPAIRS:
        if (match := re.search(pattern, said)) and (found := repair(match, requirements, python)):
            return found
    return None


def lacks_a_wheel(said: str) -> bool:
    """Return whether uv says that a package has no wheel for this version of Python."""
    return bool(re.search(rf"{_NO_WHEEL}(?!{_OTHER_SYSTEM})", said))


def older_pythons(version: str) -> list[str]:
    """Return the versions of Python that are older than one, nearest first."""
    major, number = minor(version) or OLDEST_MODEL
    return [f"{major}.{older}" for older in range(number - 1, OLDEST_MODEL[1] - 1, -1)]


def _unknown(match: re.Match[str], requirements: Requirements, _python: str) -> Requirements | None:
    """Leave out a package of conda that the index does not have: a system library."""
    name = distribution_name(match[1])
    if name not in requirements.unsure:
        return None
    return _without(requirements, name, f"left out: {name}: of conda, and not in the package index")


def _no_version(match: re.Match[str], requirements: Requirements, _python: str) -> Requirements | None:
    """Take the release of which a version is a build, such as 1.13.1 of 1.13.1+cu117; any version of conda's own."""
    name, version = distribution_name(match[1]), match[2].rstrip(",")
    if any(distribution_name(line) == name for line in requirements.overrides):
        return None
    if build := _BUILD.fullmatch(version):
        note = f"{name}=={version} is not in the package index: {build['release']} is installed"
        return _with(requirements, f"{name}=={build['release']}", note)
    if name in requirements.unsure:
        return _with(requirements, name, f"{name}=={version} is conda's: another version is installed")
    return None


def _unbuildable(match: re.Match[str], requirements: Requirements, python: str) -> Requirements | None:
    """Leave out a package that has no wheel and does not build, unless the model cannot do without."""
    name = distribution_name(match[1]) or distribution_name(match[1].partition("@")[0])
    if not name or name in requirements.essential | {*requirements.left_out}:
        return None
    short = ".".join(map(str, minor(python)))
    return _without(requirements, name, f"left out: {match[1]}: it has no wheel for Python {short} and does not build")


def _without_wheel(match: re.Match[str], requirements: Requirements, python: str) -> Requirements | None:
    """Leave out a package of a long freeze, which names what else was installed; a short list has what is needed."""
    name = distribution_name(match[1])
    if not requirements.frozen or name in requirements.essential | {*requirements.left_out}:
        return None
    short = ".".join(map(str, minor(python)))
    return _without(requirements, name, f"left out: {match[1]}: it has no wheel for Python {short}")


def _of_another_system(match: re.Match[str], requirements: Requirements, _python: str) -> Requirements | None:
    """Leave out a package that has files for other operating systems alone."""
    name = distribution_name(match[1])
    return _without(requirements, name, f"left out: {match[1]}: it has no files for Linux")


def _for_another_python(match: re.Match[str], requirements: Requirements, _python: str) -> Requirements | None:
    """Take any version of a package whose pinned one is for newer versions of Python alone."""
    name = distribution_name(match[1])
    note = f"{match[1]} is not for this Python: another version is installed"
    return None if name in requirements.overrides else _with(requirements, name, note)


def _with(requirements: Requirements, line: str, note: str) -> Requirements:
    return requirements._replace(overrides=(*requirements.overrides, line), repairs=(*requirements.repairs, note))


def _without(requirements: Requirements, name: str, note: str) -> Requirements:
    return requirements._replace(left_out=(*requirements.left_out, name), repairs=(*requirements.repairs, note))


_REPAIRS: tuple[tuple[str, Callable[[re.Match[str], Requirements, str], Requirements | None]], ...] = (
    (r"Because (\S+) was not found in the package registry", _unknown),
    (r"there is no version of ([A-Za-z0-9][\w.-]*?)==(\S+)", _no_version),
    (r"available and you require ([A-Za-z0-9][\w.-]*?)==(\S+?)\.\*", _no_version),
    (r"Failed to (?:download and )?build `([^`]+)`", _unbuildable),
    (_NO_WHEEL + _OTHER_SYSTEM, _of_another_system),
    (_NO_WHEEL, _without_wheel),
    (r"does not satisfy Python\S+ and (\S+?==\S+) depends on Python", _for_another_python),
)
"""Patterns of uv's messages, and what to change."""

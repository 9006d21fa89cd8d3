"""Say in one line why a model's environment cannot be made or its model not loaded, and what to do about it."""

import re

from model.environment.pythons import minor
from model.environment.requirements import Requirements

_OPTION = "a file for --requirements"
_OTHER_FILE = f"name packages that do in {_OPTION}"

_INSTALLATION = (
    (
        r"(No space left on device)",
        "the disk is full, so that the model's packages do not install ({0}): free some of it",
    ),
    (r"Because (\S+?==\S+?),? has no (?:usable )?wheels", "{0} has no wheel for Python {python}: {own}"),
    (r"there is no version of (\S+?==\S+)", "{where} names {0}, which the package index does not have: {file}"),
    (
        r"Because (\S+) was not found in the package registry",
        "{where} names {0}, which the package index does not have: name a private index or wheel in {option}",
    ),
    (
        r"Distribution not found at: (?:file://)?(\S+)",
        "{where} names the file {0}, which is not there: log it with the model, or {file}",
    ),
    (
        r"Git operation failed.*?unable to access '([^']+)'",
        "{where} names the repository {0}, which cannot be reached: {file}",
    ),
    (
        r"Failed to (?:download and )?build `([^`]+)`",
        "{0} of {where} has no wheel for Python {python} and does not build here: {own}",
    ),
    (r"Because (.+?), we can conclude", "the requirements in {where} contradict each other ({0}): {file}"),
)
"""Patterns of uv's messages, and the lines that people read instead."""


def installation(said: str, requirements: Requirements, version: str, saved: str) -> str:
    """Return one line of what uv says where requirements do not install.

    Args:
        said: uv's messages.
        requirements: what does not install.
        version: the Python it was to be installed for, such as 3.11.7.
        saved: the Python that the model was saved on.
    """
    python = ".".join(map(str, minor(version)))
    other = bool(saved) and minor(saved) != minor(version)
    known = {
        "where": requirements.file or requirements.folder,
        "python": f"{python} (the model was saved on {saved})" if other else python,
        "own": _own_python(saved) if other else _OTHER_FILE,
        "file": _OTHER_FILE,
        "option": _OPTION,
    }
    flat = " ".join(said.split())
    for pattern, message in _INSTALLATION:
        if match := re.search(pattern, flat):
            return message.format(match[1].rstrip(",")[:300], **known)
    return f"the requirements in {known['where']} do not install: {flat[-600:]}"


def loading(said: str, saved: str, version: str) -> str:
    """Return what to do about an error that a model raises when it is loaded or asked; "" where nothing is known."""
    for pattern, remedy in _REMEDIES:
        if match := re.search(pattern, said):
            return f": {remedy.format(match[1], option=_OPTION)}"
    if saved and minor(saved) != minor(version):
        return f": the model was saved on Python {saved} and this is {version}: {_own_python(saved)}"
    return ""


def _own_python(saved: str) -> str:
    return f"build it under its own, with --python {'.'.join(map(str, minor(saved)))}"


_REMEDIES = (
    (
        r"(categorical_feature do not match|parameter ?`enable_categorical` must be set)",
        (
            "the model was fitted on pandas categories, and requests hold texts, so that no caller can serve it as it "
            "is: log it in a wrapper that converts them, as docs/models.md shows under Pandas categories"
        ),
    ),
    (
        r"No module named '([^'.]+)",
        "{0} is not installed nor logged with it: add its package in {option}, log own code with code_paths",
    ),
    (
        r"(numpy\.(?:dtype|ufunc|ndarray) size changed|numpy\.core\.multiarray failed|compiled using NumPy 1)",
        "a library was built for another numpy: pin numpy<2 in {option}",
    ),
    (
        r"Can't get attribute '(\w+)' on <module '__main__'",
        "{0} was defined in the script that saved the model: move it into a module, and log that with code_paths",
    ),
    (
        r"Can't get attribute '\w+' on <module '([^']+)'",
        "{0} is installed in another version than the model was saved with: pin that in {option}",
    ),
    (r"(lib\w+\.so[.\d]*): cannot open shared object file", "the system lacks {0}: install it"),
)
"""Patterns of Python's errors when a model is loaded or asked, and their remedies."""

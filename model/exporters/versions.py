"""Differences between versions of the libraries."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any


def version(library: str = "sklearn") -> tuple[int, ...]:
    """Return a module's major and minor version, such as (1, 4)."""
    return tuple(map(int, re.findall(r"\d+", import_module(library).__version__)[:2]))


def first_of(estimator: Any, *names: str) -> Any:
    """Return an attribute that has other names in other versions: the first that exists.

    Raises:
        AttributeError: none of them exists.
    """
    for name in names[:-1]:
        if hasattr(estimator, name):
            return getattr(estimator, name)
    return getattr(estimator, names[-1])

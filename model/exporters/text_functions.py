"""A person's own functions of one text: which methods of `str` and functions of `re` they call, one after the other."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import Any, Callable, Iterator

TO_TEXT = {"capitalize", "casefold", "lower", "lstrip", "replace", "rstrip", "strip", "swapcase", "title", "upper"}
TO_WORDS = {"split", "splitlines"}


class Untold(Exception):
    """A function does something else with a text; the message says what.

    Attributes:
        raised: all that were raised, since a function may hide them.
    """

    raised: list[str] = []  # noqa: RUF012 - of the process

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.raised.append(what)


class Told:
    """Stands for a text, or for its words: keeps the steps that lead to it."""

    def __init__(self, steps: list[list[Any]], *, words: bool = False) -> None:
        self.steps, self.words = steps, words

    def then(self, name: str, *arguments: Any) -> Told:
        """Return the result of one more step."""
        if self.words or not all(isinstance(one, (int, str, type(None))) for one in arguments):
            raise Untold(f"{name} of something else than a text and constants")
        return Told([*self.steps, [name, *arguments]], words=name in TO_WORDS or name == "findall")

    def __getattr__(self, name: str) -> Callable[..., Told]:
        if name not in TO_TEXT | TO_WORDS:
            raise Untold(name)
        return lambda *arguments: self.then(name, *arguments)

    def _refuse(self, *_: Any) -> Any:
        raise Untold("a decision, a loop or something else that depends on the text")

    __bool__ = __eq__ = __ne__ = __hash__ = __str__ = __repr__ = __format__ = __iter__ = __len__ = _refuse


def told(function: Any) -> Told:
    """Return what a function makes of a text.

    Raises:
        Untold: it does not only call methods of `str`, `re.sub` and `re.findall` with constants, or it fails.
    """
    text, name = Told([]), getattr(function, "__name__", "")
    if getattr(str, name, None) is function:
        return text.then(name)
    pattern = getattr(function, "__self__", None)
    if isinstance(pattern, re.Pattern) and name == "findall":
        return text.then(name, *_of_pattern(pattern))
    before = len(Untold.raised)
    with _patterns_told():
        try:
            found = function(text)
        except Exception as error:
            raise Untold(f"{type(error).__name__}: {error}") from error
    for what in Untold.raised[before:]:
        raise Untold(what)
    if not isinstance(found, Told):
        raise Untold(f"an output that is a {type(found).__name__}")
    return found


@contextmanager
def _patterns_told() -> Iterator[None]:
    """Let `re.sub` and `re.findall` take what stands for a text."""
    module: Any = re
    sub, findall = module.sub, module.findall

    def told_sub(pattern: Any, to: Any, text: Any, *options: Any, **named: Any) -> Any:
        if not isinstance(text, Told):
            return sub(pattern, to, text, *options, **named)
        if options or named:
            raise Untold("re.sub with options")
        return text.then("sub", *_of_pattern(pattern), to)

    def told_findall(pattern: Any, text: Any, *options: Any) -> Any:
        if not isinstance(text, Told):
            return findall(pattern, text, *options)
        if options:
            raise Untold("re.findall with options")
        return text.then("findall", *_of_pattern(pattern))

    module.sub, module.findall = told_sub, told_findall
    try:
        yield
    finally:
        module.sub, module.findall = sub, findall


def _of_pattern(pattern: Any) -> tuple[Any, int]:
    compiled = re.compile(pattern)
    return compiled.pattern, int(compiled.flags)

"""Apply the methods of `str` and the regular expressions that a function of the model's author applies to a text."""

import re
from collections.abc import Callable, Sequence
from functools import partial
from operator import methodcaller
from typing import Any


def follow(steps: Sequence[list[Any]]) -> Callable[[str], Any]:
    """Return the function that takes some steps, one after the other."""
    functions = [_STEPS[name](*arguments) for name, *arguments in steps]

    def apply(text: str) -> Any:
        for function in functions:
            text = function(text)
        return text

    return apply


def _method(name: str) -> Callable[..., Any]:
    return lambda *arguments: methodcaller(name, *arguments)


_STEPS: dict[str, Callable[..., Any]] = {
    "findall": lambda pattern, flags: re.compile(pattern, flags).findall,
    "sub": lambda pattern, flags, to: partial(re.compile(pattern, flags).sub, to),
    **{
        name: _method(name)
        for name in (
            "capitalize", "casefold", "lower", "lstrip", "replace", "rstrip", "split", "splitlines", "strip",
            "swapcase", "title", "upper",
        )
    },
}  # fmt: skip

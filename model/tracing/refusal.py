"""The refusal to trace what is not known, and the place in the model's code that asked for it."""

from __future__ import annotations

import sys
from pathlib import Path

_HERE = str(Path(__file__).parent)
_LIBRARIES = ("site-packages", "dist-packages", f"python{sys.version_info[0]}.{sys.version_info[1]}")


class Untraceable(BaseException):
    """The code does something with a traced value that has no operation; the message says what, and where.

    It is no `Exception`, so that a model's `except Exception` does not hide it, and `raised` keeps all of them.
    """

    raised: list[Untraceable] = []  # noqa: RUF012 - one for the process

    def __init__(self, what: str) -> None:
        super().__init__(f"{what}{_place()}")
        self.raised.append(self)


def _place() -> str:
    """Return the line of the model's own code that runs now; nothing if there is none."""
    frame = sys._getframe(1)  # noqa: SLF001 - the documented way to look at the stack
    while frame.f_back is not None:
        code = frame.f_code
        own = not code.co_filename.startswith((_HERE, "<frozen")) and code.co_name != "<module>"
        if own and not any(name in code.co_filename for name in _LIBRARIES):
            return f" (line {frame.f_lineno} of {code.co_name})"
        frame = frame.f_back
    return ""

"""Types of numbers on the command line."""

import argparse

_PORTS = 65_535


def positive(text: str) -> int:
    """Return a whole number above zero.

    Raises:
        ArgumentTypeError: it is something else.
    """
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)


def port(text: str) -> int:
    """Return the number of a port; 0 stands for a free one.

    Raises:
        ArgumentTypeError: it is something else.
    """
    if not text.isdecimal() or int(text) > _PORTS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port, a whole number from 0 to {_PORTS}")
    return int(text)

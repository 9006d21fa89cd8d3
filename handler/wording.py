"""msgspec's messages in the words of JSON, taken apart: what was expected, and where."""

import re
from typing import NamedTuple

_WORDS = {
    "array": "a list",
    "bool": "a boolean",
    "bytes": "a base64 string",
    "float": "a number",
    "int": "an integer",
    "null": "null",
    "object": "an object",
    "str": "a string",
}
_EXPECTED = re.compile(r"Expected `(?P<expected>[^`]+)`(, got `(?P<got>[^`]+)`)?(?P<limit>.*)")
_PLACE = re.compile(r"(?P<message>.*?) - at `\$(\[(?P<row>\d+)\])?(?P<rest>.*)`", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(?P<name>.*)`", re.DOTALL)


class Said(NamedTuple):
    """A message: its words, the row it is about, the rest of the path, and the field that is missing."""

    words: str
    row: int | None
    rest: str
    missing: str | None = None


def take_apart(message: str) -> Said:
    """The parts of a message about a list of rows, one column's values, or a single value."""
    place = _PLACE.fullmatch(message)
    row, rest = (int(place["row"]) if place["row"] else None, place["rest"]) if place else (None, "")
    message = place["message"] if place else message
    if missing := _MISSING.fullmatch(message):
        return Said(absent(missing["name"]), row, rest, missing["name"])
    return Said(plain(message), row, rest)


def absent(name: str) -> str:
    """What is said of a required field that is not there."""
    return f"the required field `{name}` is missing"


def plain(message: str) -> str:
    """A message without place: "expected a number, got a string"."""
    match = _EXPECTED.fullmatch(message)
    if not match:
        return message[:1].lower() + message[1:]
    expected = match["expected"].split(" | ")
    # 1.0 is an integer too, and null is no value to ask for.
    implied = {"null", "float"} if "int" in expected else {"null"}
    words = " or ".join(_WORDS.get(name, name) for name in expected if name not in implied)
    got = f", got {_WORDS.get(match['got'], match['got'])}" if match["got"] else ""
    return f"expected {words}{got}{match['limit']}"

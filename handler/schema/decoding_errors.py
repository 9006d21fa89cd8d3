"""Parse msgspec's error messages and word them in JSON's terms."""

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
# Compiled when the first error needs them: a start has none.
_EXPECTED = r"Expected `(?P<expected>[^`]+)`(, got `(?P<got>[^`]+)`)?(?P<limit>.*)"
_PLACE = r"(?P<message>.*?) - at `\$(\[(?P<row>\d+)\])?(?P<rest>.*)`"
_MISSING = r"Object missing required field `(?P<name>.*)`"


class DecodingError(NamedTuple):
    """A parsed error message.

    Attributes:
        words: what was expected and what was found.
        row: index of the row, None if the message has no path or the path has no index.
        rest: the rest of the path.
        missing: name of the required field that is missing, if any.
    """

    words: str
    row: int | None
    rest: str
    missing: str | None = None


def parse_message(message: str) -> DecodingError:
    """Parse a message about a list of rows, one column's values, or a single value."""
    place = re.fullmatch(_PLACE, message, re.DOTALL)
    row, rest = (int(place["row"]) if place["row"] else None, place["rest"]) if place else (None, "")
    message = place["message"] if place else message
    if missing := re.fullmatch(_MISSING, message, re.DOTALL):
        return DecodingError(missing_field(missing["name"]), row, rest, missing["name"])
    return DecodingError(reword(message), row, rest)


def describe_not_json(body: bytes, error: Exception) -> str:
    """Return why a body is not JSON: it is not in UTF-8, or what the decoder says.

    PowerShell 5 writes files in UTF-16 and sends text in Latin-1.
    """
    try:
        body.decode()
    except UnicodeDecodeError as undecodable:
        return f"the body is not valid UTF-8, at byte {undecodable.start}; send UTF-8"
    if b"\0" in body[:4]:
        return "the body seems to be UTF-16 or UTF-32; send UTF-8"
    return f"the body is not valid JSON: {error}"


def missing_field(name: str) -> str:
    """Return the error message for a required field that is missing."""
    return f"the required field `{name}` is missing"


def reword(message: str) -> str:
    """Return a message without a path in JSON's terms: "expected a number, got a string"."""
    match = re.fullmatch(_EXPECTED, message)
    if not match:
        return message[:1].lower() + message[1:]
    expected = match["expected"].split(" | ")
    # 1.0 is an integer too, and nobody expects null.
    implied = {"null", "float"} if "int" in expected else {"null"}
    words = " or ".join(_WORDS.get(name, name) for name in expected if name not in implied)
    got = f", got {_WORDS.get(match['got'], match['got'])}" if match["got"] else ""
    return f"expected {words}{got}{match['limit']}"

"""What the proof says of an input column beyond its type: which values the model knows, and which it refuses."""

from typing import Any, NamedTuple

from model.openapi.types import Schema
from model.rows import Hints

_CHOICES = 200  # more are no choice


class Column(NamedTuple):
    """One input column.

    Attributes:
        choices: its categories, where they are texts, and few.
        missing: whether the model takes a row without a value.
        others: whether it takes a text that is none of the choices.
    """

    choices: list[str]
    missing: bool = True
    others: bool = True


def learned(rows: list[dict[str, Any]], errors: list[str | None], hints: Hints) -> dict[str, Column]:
    """What is known of each column.

    Args:
        rows: what the model was asked.
        errors: what it raised on each.
        hints: values that it treats differently.
    """
    found = {}
    for name in dict.fromkeys(name for row in rows for name in row):
        texts = {value for value in hints.get(name, {}).get("values", []) if isinstance(value, str)}
        known = sorted(text for text in texts if text.rstrip() == text or text.rstrip() not in texts)
        choices = known if len(known) <= _CHOICES else []
        asked = [(row.get(name), error is None) for row, error in zip(rows, errors, strict=True)]
        missing = [taken for value, taken in asked if value is None]
        others = [taken for value, taken in asked if isinstance(value, str) and value not in texts]
        found[name] = Column(choices, any(missing) or not missing, any(others) or not others)
    return found


def narrowed(schema: Schema, column: Column) -> Schema:
    """A column's schema with what is known of it."""
    kinds = schema.get("type")
    if not column.missing and isinstance(kinds, list):
        schema = schema | {"type": kinds[0]}
    if "string" not in (kinds or ()) or not column.choices:
        return schema
    if column.others:
        return schema | {"examples": column.choices}
    return schema | {"enum": [*column.choices, *([None] if column.missing else [])]}

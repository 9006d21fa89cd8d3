"""Facts about input columns that the proof observed: known categories, and values that the model refuses."""

from typing import Any, NamedTuple

from model.build.rows import Hints
from model.openapi.json_schema import Schema

_CHOICES = 200  # most categories that are listed


class Column(NamedTuple):
    """The observed facts about one input column.

    Attributes:
        choices: its categories, if they are texts and few.
        missing: whether the model accepts a missing value.
        others: whether the model accepts texts that are not among the choices.
    """

    choices: list[str]
    missing: bool = True
    others: bool = True


def observe_columns(rows: list[dict[str, Any]], errors: list[str | None], hints: Hints) -> dict[str, Column]:
    """Return the facts about each column.

    Args:
        rows: the rows that the model was asked to predict.
        errors: the model's error for each row, or None.
        hints: values that the model treats differently.
    """
    found = {}
    for name in dict.fromkeys(name for row in rows for name in row):
        texts = {value for value in hints.get(name, {}).get("values", []) if isinstance(value, str)}
        known = sorted(text for text in texts if text.rstrip() == text or text.rstrip() not in texts)
        choices = known if len(known) <= _CHOICES else []
        outcomes = [(row.get(name), error is None) for row, error in zip(rows, errors, strict=True)]
        missing = [accepted for value, accepted in outcomes if value is None]
        others = [accepted for value, accepted in outcomes if isinstance(value, str) and value not in texts]
        found[name] = Column(choices, any(missing) or not missing, any(others) or not others)
    return found


def narrow_schema(schema: Schema, column: Column) -> Schema:
    """Return a column's schema with the observed facts added."""
    kinds = schema.get("type")
    if not column.missing and isinstance(kinds, list):
        schema = schema | {"type": kinds[0]}
    if "string" not in (kinds or ()) or not column.choices:
        return schema
    if column.others:
        return schema | {"examples": column.choices}
    return schema | {"enum": [*column.choices, *([None] if column.missing else [])]}

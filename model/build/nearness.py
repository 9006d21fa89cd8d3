"""Leave out numbers that are so far from those a model knows that rounding decides its answers."""

from typing import Any

FAR = 3
"""How far from the known numbers of a column a number may be, in multiples of their range."""


def near(found: list[tuple[str, Any]], hint: dict[str, list[Any]]) -> list[tuple[str, Any]]:
    """Return a column's values, each with its case, without numbers that are far from those seen and hinted at."""
    values = [value for case, value in found if case == "seen"] + hint.get("values", [])
    known = [value for value in values if isinstance(value, int | float)] or [0.0, 1.0]
    low, high = min(known), max(known)
    reach = FAR * ((high - low) or abs(high))
    return [one for one in found if not isinstance(one[1], int | float) or low - reach <= one[1] <= high + reach]

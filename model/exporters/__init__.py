"""Fitted estimators as tables: one file a family, each ending in its rows of the table.

Runs in the environment of the model.

An exporter is a function of the estimator, the method asked for (`transform`, `predict`, ...), the width of
the rows it is given and whether they are sparse, and the tables; it returns the operation that does the same.
"""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

HINTS = 500
"""About how many values of one kind are passed on for the proof."""

FAMILIES = (
    "clustering",
    "composing",
    "discriminant",
    "kernels",
    "linear",
    "naive_bayes",
    "neighbors",
    "neural",
    "text",
)


class Unsupported(Exception):
    """An estimator, or an option of one, that has no exporter; the message names it."""


class Rows(NamedTuple):
    """What flows between operations: rows of so many values; `types` are MLflow's where they are still raw columns."""

    width: int
    sparse: bool = False
    types: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    scalar: bool = False


class Exported(NamedTuple):
    """An operation and the rows it gives."""

    operation: dict[str, Any]
    rows: Rows


class Tables:
    """Arrays of numbers, collected into one file; `add` gives the reference that a graph holds."""

    def __init__(self) -> None:
        self.described: list[dict[str, Any]] = []
        self.data = bytearray()
        self.hints: dict[str, list[Any]] = {}

    def hint(self, rows: "Rows", index: int, values: Any) -> None:
        """Note values of a raw column around which answers change; the proof asks around some of them."""
        if rows.names:
            known = self.hints.setdefault(rows.names[index], [])
            step = len(values) // HINTS + 1
            known += [value.item() if hasattr(value, "item") else value for value in list(values)[::step]]

    def add(self, values: Any) -> dict[str, int]:
        """Add a one-dimensional array; booleans and integers become int32 or int64, floats stay what they are."""
        import numpy as np

        array = np.ascontiguousarray(values).ravel()
        if array.dtype.kind in "bui":
            array = array.astype("<i4" if array.size == 0 or abs(array.astype("i8")).max() < 2**31 else "<i8")
        code = {"<f8": "d", "<f4": "f", "<i4": "i", "<i8": "q"}[array.dtype.newbyteorder("<").str]
        self.data += bytes(-len(self.data) % 8)
        self.described.append({"type": code, "start": len(self.data), "count": int(array.size)})
        self.data += array.astype(array.dtype.newbyteorder("<")).tobytes()
        return {"array": len(self.described) - 1}


Exporter = Callable[[Any, str, Rows, Tables], Exported]


def export(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """The operation that does what `estimator.method` does to each row.

    Raises:
        Unsupported: it has no exporter. A subclass of what has one may do anything, so it has none either.
    """
    kind = type(estimator)
    exporter = _exporters().get(f"{kind.__module__.split('.')[0]}.{kind.__qualname__}")
    if exporter is None or not kind.__module__.startswith(("sklearn.", "lightgbm.", "xgboost.")):
        raise Unsupported(f"{kind.__qualname__} ({kind.__module__}) has no exporter")
    return exporter(estimator, method, rows, tables)


def chain(*operations: dict[str, Any]) -> dict[str, Any]:
    """Operations one after the other; the identity if there are none."""
    return operations[0] if len(operations) == 1 else {"op": "composing.chain", "steps": list(operations)}


def option(estimator: Any, **allowed: tuple[Any, ...]) -> None:
    """Refuse values of an estimator's options that are not among those `allowed`.

    Raises:
        Unsupported: names the option and its value.
    """
    for name, values in allowed.items():
        value = getattr(estimator, name)
        if not any(value is known or (type(value) is type(known) and value == known) for known in values):
            raise Unsupported(f"{type(estimator).__name__} with {name}={value!r} has no exporter")


def labels(values: Any) -> list[Any]:
    """Labels as JSON's own types."""
    found: list[Any] = values.tolist()
    if not all(isinstance(label, bool | int | float | str) for label in found):
        raise Unsupported(f"labels of type {type(found[0]).__name__} have no form in JSON")
    return found


@cache
def _exporters() -> dict[str, Exporter]:
    found: dict[str, Exporter] = {}
    for family in FAMILIES:
        found |= import_module(f"{__name__}.{family}").EXPORTERS
    return found


def finite(rows: Rows, *, missing: bool = False, float32: bool = False) -> list[dict[str, Any]]:
    """The operation that refuses what scikit-learn's check_array refuses; none where the rows cannot hold it.

    Args:
        rows: what is checked; sparse rows come of counting and hold numbers only.
        missing: whether NaN is let through.
        float32: whether the estimator casts to float32, in which large numbers become infinite.
    """
    if rows.sparse:
        return []
    return [{"op": "checking.finite", "missing": missing, "float32": float32}]

"""Fitted estimators as tables: one file a family, each ending in its rows of the table.

Runs in the environment of the model.

An exporter is a function of the estimator, the method asked for (`transform`, `predict`, ...), the rows that it is
given and the tables; it returns the operation that does the same to a batch of such rows, and what the results are.
"""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from math import isfinite
from pkgutil import iter_modules
from typing import Any, NamedTuple

HINTS = 500
"""About how many values of one kind are passed on for the proof."""


class Unsupported(Exception):
    """An estimator, or an option of one, that has no exporter; the message names it."""


class Origin(NamedTuple):
    """Where a number comes from: the raw column, and how to get that one's value back from it, roughly."""

    name: str
    inverse: Callable[[Any], Any] = lambda value: value

    def after(self, inverse: Callable[[Any], Any]) -> "Origin":
        """The origin of what a function makes of these numbers, given that function's inverse."""
        return Origin(self.name, lambda value: self.inverse(inverse(value)))


class Rows(NamedTuple):
    """What flows between operations.

    Attributes:
        width: how many columns there are.
        form: how a batch holds them: `columns` (a list for each column), `rows` (a sequence for each row),
            `sparse` (a dict for each row, index to value, ascending) or `values` (one column, by itself).
        types: MLflow's name of each column's type; empty where all are computed float64 (`double`).
        origins: where each column comes from, None where it is not one raw column's doing; empty where none is.
        scipy: whether scikit-learn holds them in a sparse matrix, whatever form they have here: XGBoost takes for
            missing what such a matrix leaves out.
        finite: whether they cannot hold anything but finite numbers: they come of counting.
    """

    width: int
    form: str = "rows"
    types: tuple[str, ...] = ()
    origins: tuple[Origin | None, ...] = ()
    scipy: bool = False
    finite: bool = False

    @property
    def sparse(self) -> bool:
        """Whether zeros are left out."""
        return self.form == "sparse"

    @property
    def float32(self) -> bool:
        """Whether numpy would hold all of them in float32, and compute in it."""
        return "float" in self.types and set(self.types) <= {"boolean", "float"}

    def named(self, index: int) -> str | None:
        """The raw column that a column is, or is made of."""
        origin = self.origins[index] if self.origins else None
        return origin.name if origin else None

    def pick(self, indices: list[int], form: str) -> "Rows":
        """Some of the columns."""
        return Rows(
            len(indices),
            form,
            tuple(self.types[index] for index in indices) if self.types else (),
            tuple(self.origins[index] for index in indices) if self.origins else (),
            self.scipy,
            self.finite,
        )


VALUES = Rows(1, "values")
"""One computed number or label a row."""


class Exported(NamedTuple):
    """An operation and the rows it gives."""

    operation: dict[str, Any]
    rows: Rows


class Tables:
    """Arrays of numbers, collected into one file; `add` gives the reference that a graph holds."""

    def __init__(self) -> None:
        self.described: list[dict[str, Any]] = []
        self.data = bytearray()
        self.hints: dict[str, dict[str, list[Any]]] = {}

    def hint(self, rows: Rows, index: int, values: Any, kind: str = "values") -> None:
        """Note values of a column around which answers change, or `terms` of its texts; the proof asks around some."""
        origin = rows.origins[index] if rows.origins else None
        if origin:
            step = len(values) // HINTS + 1
            plain = [value.item() if hasattr(value, "item") else value for value in list(values)[::step]]
            raw = map(origin.inverse, plain)
            known = [value for value in raw if not isinstance(value, float) or isfinite(value)]
            self.hints.setdefault(origin.name, {}).setdefault(kind, []).extend(known)

    def add(self, values: Any) -> dict[str, int]:
        """Add a one-dimensional array; booleans and integers become int32 or int64, floats stay what they are."""
        import numpy as np

        array = np.ascontiguousarray(values).ravel()
        if array.dtype.kind in "bui":
            array = array.astype("<i4" if array.size == 0 or abs(array.astype("i8")).max() < 2**31 else "<i8")
        code = {"<f8": "d", "<f4": "f", "<i4": "i", "<i8": "q"}[array.dtype.newbyteorder("<").str]
        self.data += bytes(-len(self.data) % 16)  # a tree's node lies in one line of the processor's cache
        self.described.append({"type": code, "start": len(self.data), "count": int(array.size)})
        self.data += array.astype(array.dtype.newbyteorder("<")).tobytes()
        return {"array": len(self.described) - 1}

    def read(self, reference: dict[str, int]) -> list[Any]:
        """The numbers of an array that was added."""
        table = self.described[reference["array"]]
        size = {"d": 8, "f": 4, "i": 4, "q": 8}[table["type"]]
        end = table["start"] + table["count"] * size
        return memoryview(bytes(self.data[table["start"] : end])).cast(table["type"]).tolist()


Exporter = Callable[[Any, str, Rows, Tables], Exported]


def export(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """The operation that does what `estimator.method` does to a batch.

    Raises:
        Unsupported: it has no exporter. A subclass of what has one may do anything, so it has none either.
    """
    kind = type(estimator)
    exporter = _exporters().get(f"{kind.__module__.split('.')[0]}.{kind.__qualname__}")
    if exporter is None or not kind.__module__.startswith(("sklearn.", "lightgbm.", "xgboost.")):
        raise Unsupported(f"{kind.__qualname__} ({kind.__module__}) has no exporter")
    from .fusing import fused

    operation, found = exporter(estimator, method, rows, tables)
    return Exported(fused(operation, tables), found)


def chain(*operations: dict[str, Any]) -> dict[str, Any]:
    """Operations one after the other; the identity if there are none."""
    steps: list[dict[str, Any]] = []
    for operation in operations:
        steps += operation["steps"] if operation["op"] == "composing.chain" else [operation]
    return steps[0] if len(steps) == 1 else {"op": "composing.chain", "steps": steps}


def option(estimator: Any, **allowed: tuple[Any, ...]) -> None:
    """Refuse values of an estimator's options that are not among those `allowed`.

    Raises:
        Unsupported: names the option and its value.
    """
    for name, values in allowed.items():
        value = getattr(estimator, name)
        if not any(value is known or (type(value) is type(known) and value == known) for known in values):
            raise Unsupported(f"{type(estimator).__name__} with {name}={value!r} has no exporter")


def unknown(estimator: Any, method: str) -> Unsupported:
    """What to raise for a method that has no exporter."""
    return Unsupported(f"{type(estimator).__name__}.{method} has no exporter")


def labels(values: Any) -> list[Any]:
    """Labels as JSON's own types."""
    found: list[Any] = values.tolist()
    if not all(isinstance(label, bool | int | float | str) for label in found):
        raise Unsupported(f"labels of type {type(found[0]).__name__} have no form in JSON")
    return found


def as_columns(rows: Rows) -> list[dict[str, Any]]:
    """The operations, none or more, that bring a batch of any form into columns."""
    if rows.form == "columns":
        return []
    if rows.form == "values":
        return [{"op": "composing.single"}]
    return [*as_rows(rows), {"op": "composing.transposed"}]


def as_rows(rows: Rows) -> list[dict[str, Any]]:
    """The operations that bring a batch of any form into rows."""
    if rows.form == "rows":
        return []
    if rows.form == "sparse":
        return [{"op": "composing.dense", "width": rows.width}]
    return [*as_columns(rows), {"op": "composing.transposed"}]


def as_sparse(rows: Rows) -> list[dict[str, Any]]:
    """The operations that bring a batch of any form into sparse rows."""
    return [] if rows.sparse else [*as_rows(rows), {"op": "composing.sparse"}]


def answered(exported: Exported) -> dict[str, Any]:
    """The operation that ends in one answer a row, whatever the form of what it gives."""
    if exported.rows.form == "values":
        return exported.operation
    return chain(exported.operation, *as_rows(exported.rows))


def numbers(rows: Rows, *, missing: bool = False, float32: bool = False) -> list[dict[str, Any]]:
    """The operations that bring a batch into columns of numbers and refuse what check_array refuses.

    Args:
        rows: what is checked.
        missing: whether NaN is let through.
        float32: whether the estimator casts to float32, in which large numbers become infinite.
    """
    names = [rows.named(index) for index in range(rows.width)]
    steps = as_columns(rows)
    if set(rows.types) - {"double", "float"}:
        steps.append({"op": "checking.numbers", "names": names})
    return [*steps, {"op": "checking.finite", "missing": missing, "float32": float32, "names": names}]


def checked(rows: Rows, *, missing: bool = False, float32: bool = False) -> list[dict[str, Any]]:
    """The same, but into rows; sparse ones stay sparse."""
    if rows.sparse:
        return [] if rows.finite else [{"op": "checking.finite_sparse", "missing": missing, "float32": float32}]
    if rows.form == "rows" and not rows.types:
        names = [rows.named(index) for index in range(rows.width)] if rows.origins else None
        return [{"op": "checking.finite_rows", "missing": missing, "float32": float32, "names": names}]
    return [*numbers(rows, missing=missing, float32=float32), {"op": "composing.transposed"}]


@cache
def _exporters() -> dict[str, Exporter]:
    """The one table from estimator to exporter: what the files of this folder end in."""
    found: dict[str, Exporter] = {}
    for family in sorted(module.name for module in iter_modules(__path__)):
        found |= getattr(import_module(f"{__name__}.{family}"), "EXPORTERS", {})
    return found

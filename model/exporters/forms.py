"""The forms that exporters pass on: rows, tables of numbers, operations and their chains."""

from __future__ import annotations

import struct
from itertools import zip_longest
from math import isfinite
from typing import Any, Callable, Iterable, Iterator, NamedTuple

_CODES = {"<i4": "i", "<i8": "q", "<f4": "f", "<f8": "d"}
"""The type of an array in the graph, by numpy's."""

HINTS = 500
"""The approximate number of values of each kind to pass on to the proof."""


class Origin(NamedTuple):
    """The raw column that a number is computed from, and the approximate inverse of the computation."""

    name: str
    inverse: Callable[[Any], Any] = lambda value: value

    def after(self, inverse: Callable[[Any], Any]) -> Origin:
        """Return the origin after another function, given that function's inverse."""
        return Origin(self.name, lambda value: self.inverse(inverse(value)))


class Rows(NamedTuple):
    """The form of the batches that pass between operations.

    Attributes:
        width: the number of columns.
        form: `columns` (a list for each column), `rows` (a sequence for each row), `sparse` (a dict for each row, from
            index to value, ascending) or `values` (a single column, flat).
        types: MLflow's name of each column's type; empty if all are computed float64 (`double`).
        origins: the origin of each column, None if it is not computed from one raw column; empty if none is.
        scipy: whether scikit-learn holds them in a sparse matrix, whatever the form here. XGBoost treats values that
            such a matrix leaves out as missing.
        finite: whether all numbers are known to be finite, such as counts.
    """

    width: int
    form: str = "rows"
    types: tuple[str, ...] = ()
    origins: tuple[Origin | None, ...] = ()
    scipy: bool = False
    finite: bool = False

    @property
    def sparse(self) -> bool:
        """Whether rows are sparse."""
        return self.form == "sparse"

    @property
    def float32(self) -> bool:
        """Whether numpy would store all columns, and compute, in float32."""
        return "float" in self.types and set(self.types) <= {"boolean", "float"}

    def named(self, index: int) -> str | None:
        """Return the name of the raw column that a column is computed from."""
        origin = self.origins[index] if self.origins else None
        return origin.name if origin else None

    def pick(self, indices: list[int], form: str) -> Rows:
        """Return the form of some of the columns."""
        return Rows(
            len(indices),
            form,
            tuple(self.types[index] for index in indices) if self.types else (),
            tuple(self.origins[index] for index in indices) if self.origins else (),
            self.scipy,
            self.finite,
        )


VALUES = Rows(1, "values")
"""One computed number or label for each row."""


class Exported(NamedTuple):
    """An operation and the form of its result."""

    operation: dict[str, Any]
    rows: Rows


class Tables:
    """Arrays of numbers, collected into one file; `add` returns the reference that a graph holds.

    Attributes:
        described: the type, first byte and length of each array.
        data: the file.
        hints: values for the proof to test, by column and kind.
        near: whether rounding decides the answers for rows far from all fitted ones, so that the proof leaves them out.
        whole: whether an answer depends on its batch, so that the handler must not divide batches.
        absent: whether the operations take requests without some optional columns.
        covers: the weights of nodes, which only explanations need: a file of their own.
    """

    def __init__(self) -> None:
        self.described: list[dict[str, Any]] = []
        self.data = bytearray()
        self.covers = bytearray()
        self.hints: dict[str, dict[str, list[Any]]] = {}
        self.near = False
        self.whole = False
        self.absent = False

    def hint(self, rows: Rows, index: int, values: Any, kind: str = "values") -> None:
        """Note values of a column at which predictions change, or `terms` of its texts, for the proof to test."""
        origin = rows.origins[index] if rows.origins else None
        if origin:
            step = len(values) // HINTS + 1
            plain = [value.item() if hasattr(value, "item") else value for value in list(values)[::step]]
            raw = map(origin.inverse, plain)
            known = [value for value in raw if not isinstance(value, float) or isfinite(value)]
            self.hints.setdefault(origin.name, {}).setdefault(kind, []).extend(known)

    def add(self, values: Any) -> dict[str, int]:
        """Add a one-dimensional array; booleans and integers become int32 or int64, floats keep their type."""
        import numpy as np

        array = np.asarray(values)
        if array.dtype.kind in "bui":
            return self.add_as(array, "<i4" if array.size == 0 or abs(array.astype("i8")).max() < 2**31 else "<i8")
        return self.add_as(array, array.dtype.newbyteorder("<").str)

    def add_as(self, values: Any, dtype: str) -> dict[str, int]:
        """Add an array, flattened, as `<i4`, `<i8`, `<f4` or `<f8`."""
        import numpy as np

        array = np.ascontiguousarray(values, dtype).ravel()
        self.data += bytes(-len(self.data) % 16)  # a tree's node lies in one line of the processor's cache
        self.described.append({"type": _CODES[dtype], "start": len(self.data), "count": int(array.size)})
        self.data += array.tobytes()
        return {"array": len(self.described) - 1}

    def add_covers(self, covers: Any) -> dict[str, Any]:
        """Add the covers of trees, as float32 if that keeps them, and describe where they are."""
        import numpy as np

        whole = np.concatenate(covers)
        narrow = whole.astype("<f4")
        kept = narrow if (narrow == whole).all() else whole.astype("<f8")
        self.covers += bytes(-len(self.covers) % 8)
        described = {"type": _CODES[kept.dtype.str], "start": len(self.covers), "count": int(kept.size)}
        self.covers += kept.tobytes()
        return described

    def values(self, reference: dict[str, int]) -> list[Any]:
        """Return the numbers of an array that was added."""
        table = self.described[reference["array"]]
        end = table["start"] + table["count"] * struct.calcsize(table["type"])
        return memoryview(bytes(self.data[table["start"] : end])).cast(table["type"]).tolist()


def chain(*operations: dict[str, Any]) -> dict[str, Any]:
    """Chain operations; without any, return the identity."""
    steps: list[dict[str, Any]] = []
    for operation in operations:
        steps += operation["steps"] if operation["op"] == "composing.chain" else [operation]
    return steps[0] if len(steps) == 1 else {"op": "composing.chain", "steps": steps}


def side_by_side(parts: list[dict[str, Any]], width: int = 0) -> dict[str, Any]:
    """Return the operation that puts the columns of several operations side by side; selections become one.

    Args:
        parts: the operations, on the same columns.
        width: the number of these columns, to return the identity for all of them in their order; 0 to keep it.
    """
    if any(part["op"] != "composing.columns" for part in parts):
        return parts[0] if len(parts) == 1 else {"op": "composing.columns_union", "parts": parts}
    indices = [index for part in parts for index in part["indices"]]
    return chain() if indices == list(range(width)) else {"op": "composing.columns", "indices": indices}


def zip_strict(*sequences: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
    """Iterate over sequences in parallel, as `zip(..., strict=True)` does since Python 3.10.

    Raises:
        ValueError: they have different lengths.
    """
    end = object()
    for values in zip_longest(*sequences, fillvalue=end):
        if any(value is end for value in values):
            raise ValueError("sequences that belong together have different lengths")
        yield values

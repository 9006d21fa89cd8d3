"""The stand-in for an array of two dimensions."""

from __future__ import annotations

from typing import Any

from exporters import as_columns, as_rows
from exporters.forms import Exported, Rows, chain

from . import functions
from .refusal import Untraceable
from .stand_in import Traced
from .values import TracedValues


class TracedArray(Traced):
    """A row of numbers or texts for each row: a two-dimensional array, or a sparse matrix."""

    def column(self, index: int) -> TracedValues:
        """Return one column."""
        rows = self.part.rows
        steps = [*as_columns(rows), {"op": "composing.column", "index": index % rows.width}]
        kinds = rows.pick([index % rows.width], "values")
        return TracedValues(self.example[:, index], Exported(chain(self.part.operation, *steps), kinds))

    def columns_of(self) -> list[TracedValues]:
        """Return all columns."""
        return [self.column(index) for index in range(self.part.rows.width)]

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, tuple) and len(key) == 2 and key[0] == slice(None):  # noqa: PLR2004 - rows and columns
            chosen = range(self.part.rows.width)[key[1]] if isinstance(key[1], slice) else key[1]
            if isinstance(chosen, int):
                return self.column(chosen)
            if isinstance(chosen, (range, list)):
                return stacked([self.column(index) for index in chosen], self.example[:, list(chosen)])
        raise Untraceable("an element of an array")

    def argmax(self, axis: Any = None, **options: Any) -> Any:
        """Return the place of the greatest number of each row."""
        if axis not in (1, -1) or options:
            raise Untraceable("argmax over all rows")
        steps = [*as_rows(self.part.rows), {"op": "expressions.greatest"}]
        example = self.example.argmax(axis=1)
        return TracedValues(example, Exported(chain(self.part.operation, *steps), functions.values_of_type("long")))

    def max(self, axis: Any = None, **options: Any) -> Any:
        """Return the greatest number of each row."""
        return self._extreme("maximum", axis, options)

    def min(self, axis: Any = None, **options: Any) -> Any:
        """Return the least number of each row."""
        return self._extreme("minimum", axis, options)

    def _extreme(self, name: str, axis: Any, options: dict[str, Any]) -> Any:
        import numpy as np

        if axis not in (1, -1) or options:
            raise Untraceable(f"the {name} of all rows")
        first, *others = self.columns_of()
        for other in others:
            first = getattr(np, name)(first, other)
        return first

    def clip(self, *limits: Any, **options: Any) -> Any:
        """Limit to an interval."""
        return stacked(
            [one.clip(*limits, **options) for one in self.columns_of()], self.example.clip(*limits, **options)
        )

    def astype(self, kind: Any, **_: Any) -> Any:
        """Cast to a type."""
        return stacked([one.astype(kind) for one in self.columns_of()], self.example.astype(kind))

    def round(self, decimals: int = 0, **_: Any) -> Any:
        """Round to so many decimals."""
        return stacked([one.round(decimals) for one in self.columns_of()], self.example.round(decimals))

    def ravel(self, *_: Any) -> Any:
        """Return a flat array, of an array of one column."""
        if self.part.rows.width != 1:
            raise Untraceable("ravel of several columns")
        return self.column(0)

    flatten = squeeze = ravel

    def reshape(self, *shape: Any) -> Any:
        """Return a flat array, of an array of one column."""
        if shape not in ((-1,), ((-1,),)):
            raise Untraceable(f"reshape{shape}")
        return self.ravel()

    def dot(self, weights: Any) -> Any:
        """Return the product with a matrix or a vector of constants."""
        return self @ weights

    def tolist(self) -> Any:
        """Return a list of lists."""
        return self

    def toarray(self) -> Any:
        """Return a sparse matrix as an array."""
        return TracedArray(self.example.toarray(), self.part)

    def copy(self, **_: Any) -> Any:
        """Return a copy; stand-ins of arrays do not change."""
        return self


def stacked(columns: list[TracedValues], example: Any) -> TracedArray:
    """Return columns as an array."""
    if not columns:
        raise Untraceable("an array without columns")
    parts = [chain(one.operation, {"op": "composing.single"}) for one in columns]
    kinds = tuple(one.kind for one in columns)
    origins = tuple((one.part.rows.origins or (None,))[0] for one in columns)
    rows = Rows(len(columns), "columns", () if set(kinds) == {"double"} else kinds, origins if any(origins) else ())
    return TracedArray(example, Exported({"op": "composing.columns_union", "parts": parts}, rows))

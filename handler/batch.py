"""What a request asks about, typed; and where each of its values stands in the request."""

from collections.abc import Callable
from typing import Any

import msgspec

Path = Callable[[int | None, str | None], str]
"""The JSON path of a row's value in a column, or of the whole row or column where the other is None."""


def of_rows(row: int | None, column: str | None) -> str:
    """Where a value stands in a list of objects: `$[3].age`."""
    return f"{'$' if row is None else f'$[{row}]'}{'' if column is None else f'.{column}'}"


def of_one_row(_row: int | None, column: str | None) -> str:
    """Where a value stands in one object: `$.age`."""
    return of_rows(None, column)


class Arrays(dict[Any, list[Any]]):
    """Columns which a model without a signature takes as arrays, by name; the only one where its name is None."""


class Fields(dict[Any, list[Any]]):
    """The same for one row, which the model takes as a dict, or as the only value where its name is None."""


class Batch(msgspec.Struct, frozen=True):
    """Rows, by column.

    Attributes:
        columns: values by input column, each list `count` long; `Arrays` or `Fields` where they are no table.
        count: number of rows.
        path: where a value stands in the request.
        single: whether the request was one object, not a list.
        first: which row of the request is the first one here.
    """

    columns: dict[str, list[Any]]
    count: int
    path: Path = of_rows
    single: bool = False
    first: int = 0

    def part(self, start: int, count: int) -> "Batch":
        """The batch of `count` of these rows, or of as many as there are."""
        columns = type(self.columns)({name: values[start : start + count] for name, values in self.columns.items()})
        return Batch(columns, min(count, self.count - start), self.path, self.single, self.first + start)

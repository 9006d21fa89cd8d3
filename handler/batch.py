"""What a request asks about, typed; and where each of its values stands in the request."""

from collections.abc import Callable
from typing import Any

import msgspec

from handler.errors import TooLarge

CELLS = 10_000_000
"""Values that rows may have once each has a value, or none, in every column: a small body can name many of both."""

COLUMNS = 20_000
"""Columns that a table may have where no signature says which are used: each costs pandas a tenth of a millisecond."""

Path = Callable[[int | None, str | None], str]
"""The JSON path of a row's value in a column, or of the whole row or column where the other is None."""


def of_rows(row: int | None, column: str | None) -> str:
    """Where a value stands in a list of objects: `$[3].age`."""
    return f"{'$' if row is None else f'$[{row}]'}{'' if column is None else f'.{column}'}"


def of_one_row(_row: int | None, column: str | None) -> str:
    """Where a value stands in one object: `$.age`."""
    return of_rows(None, column)


def bounded(rows: int, columns: int) -> None:
    """Refuse a table that a few bytes would make very large.

    Raises:
        TooLarge: it has more than CELLS values.
    """
    if rows * columns > CELLS:
        raise TooLarge(f"the body has {rows} rows and {columns} columns; send fewer at a time")


def by_column(rows: list[dict[str, Any]], absent: Any = None) -> dict[str, list[Any]]:
    """Rows as columns, in the order in which they are first named; `absent` where a row has no such field.

    Raises:
        TooLarge: as `bounded` does.
    """
    names = dict.fromkeys(name for row in rows for name in row)
    bounded(len(rows), len(names))
    return {name: [row.get(name, absent) for row in rows] for name in names}


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

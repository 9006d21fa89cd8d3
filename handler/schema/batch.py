"""A request's typed rows, and the JSON path of each of their values."""

from collections.abc import Callable
from typing import Any

import msgspec

from handler.errors import TooLarge

CELLS = 10_000_000
"""The most values of a table, missing ones included: a small body can name many rows and many columns."""

COLUMNS = 20_000
"""The most columns of a table for a model without a signature: each costs pandas a tenth of a millisecond."""

Path = Callable[[int | None, str | None], str]
"""Returns the JSON path of a row's value in a column; of the whole row or column if the other is None."""


def path_in_list(row: int | None, column: str | None) -> str:
    """Return the JSON path of a value in a list of objects: `$[3].age`."""
    return f"{'$' if row is None else f'$[{row}]'}{'' if column is None else f'.{column}'}"


def path_in_object(_row: int | None, column: str | None) -> str:
    """Return the JSON path of a value in one object: `$.age`."""
    return path_in_list(None, column)


def limit_size(rows: int, columns: int) -> None:
    """Refuse a table that a few bytes would make very large.

    Raises:
        TooLarge: the table has more than CELLS values.
    """
    if rows * columns > CELLS:
        raise TooLarge(f"the body has {rows} rows and {columns} columns; send fewer at a time")


def by_column(rows: list[dict[str, Any]], missing: Any = None) -> dict[str, list[Any]]:
    """Return rows as columns, in the order in which they are first named.

    Args:
        rows: the rows.
        missing: the value for a field that a row does not have.

    Raises:
        TooLarge: as `limit_size` does.
    """
    names = dict.fromkeys(name for row in rows for name in row)
    limit_size(len(rows), len(names))
    return {name: [row.get(name, missing) for row in rows] for name in names}


class Arrays(dict[Any, list[Any]]):
    """Columns that a model without a signature takes as a dict of arrays; as one array if the name is None."""


class Fields(dict[Any, list[Any]]):
    """One row that a model without a signature takes as a dict; as one value if the name is None."""


class Batch(msgspec.Struct, frozen=True):
    """Rows, by column.

    Attributes:
        columns: values by input column, each list `count` long; `Arrays` or `Fields` if they do not form a table.
        count: number of rows.
        path: returns the JSON path of a value.
        single: whether the request is one object, not a list.
        first: index in the request of the first row.
        params: the params in the field `params` of a single object.
    """

    columns: dict[str, list[Any]]
    count: int
    path: Path = path_in_list
    single: bool = False
    first: int = 0
    params: dict[str, Any] = {}

    def part(self, start: int, count: int) -> "Batch":
        """Return at most `count` of the rows, beginning at `start`, as a batch."""
        columns = type(self.columns)({name: values[start : start + count] for name, values in self.columns.items()})
        return Batch(columns, min(count, self.count - start), self.path, self.single, self.first + start)

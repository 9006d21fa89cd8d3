"""CatBoost's features and symmetric trees.

CatBoost's trees test no numbers but *bins*, small whole numbers that it makes of the input first. A column of bins has
a byte for each row, and comes from one of three sources, in this order:

- *cuts*: the number of borders below a number, in float32; missing numbers lie below or above all of them.
- *values*: whether a category is a certain one, by its hash (one-hot features).
- *projections*: what was counted in training for a combination of categories and of bins (counters, target statistics):
  a hash of them all finds a row of bins, one for each number that was made of the counts and then cut.

A category's hash is the lower half of CityHash64 of its text. In a symmetric tree, all nodes of a level test the same,
so that the results of the tests are the bits of a leaf's number, the first test's the lowest.

`_bins.h` and `_symmetric.h` evaluate them where they were compiled, `catboost_in_python.py` elsewhere: same bits, same
checks.
"""

import math
from functools import partial
from typing import Any, NamedTuple

from handler.backends.compiled import catboost_in_python, trees
from handler.backends.compiled.functions import exp
from handler.backends.compiled.graph import Batch, Operation
from handler.errors import BundleError, InvalidValue

_EXACT = 53  # bits of a float64


class Bins(NamedTuple):
    """The tables of bins; see `bins`."""

    numbers: int
    texts: int
    borders: Any
    cuts: Any
    values: Any
    members: Any
    projections: Any
    places: Any


class Symmetric(NamedTuple):
    """The tables of symmetric trees; see `sums`."""

    depths: Any
    splits: Any
    leaves: Any
    columns: int
    width: int


_TYPES = {
    "borders": "f", "cuts": "i", "values": "i", "members": "i", "projections": "q", "places": "q",
    "depths": "i", "splits": "i", "leaves": "d",
}  # fmt: skip


def bins(
    numbers: int,
    names: list[str | None],
    borders: Any,
    cuts: Any,
    values: Any,
    members: Any,
    projections: Any,
    places: Any,
) -> Operation:
    """Replace columns of numbers, and of categories after them, by bins: bytes, one column after the other.

    Args:
        numbers: how many columns of numbers there are.
        names: the names of the columns of categories, to report.
        borders: ascending float32.
        cuts: for each column of bins of this kind, four int32: a column, its first border, the one after its last, at
            most 255 later, and 1 if missing numbers lie above all borders, or 0 for below.
        values: for each column of bins of this kind, two int32: a column of categories, and a hash.
        members: int32: for each projection its columns of categories, then its tests, each a column of cuts or values
            and its least bin.
        projections: four int64 each: the number of its columns of categories, of tests, of places, and of columns of
            bins that it makes.
        places: a table of hashes for each projection, whose number of places is a power of two. A place has an int64
            for the hash, and as many more as hold a byte for each column of bins. A hash lies in the place that its
            lower bits name, or in the first empty one (-1) after it; the place after the last is the first. The bins
            in an empty place are those of any hash that is not in the table.

    Raises:
        BundleError: the tables are inconsistent.
    """
    tables = Bins(numbers, len(names), borders, cuts, values, members, projections, places)
    if trees.kernel:
        find: Any = partial(trees.kernel.bin, _loaded(trees.kernel.load_bins, tables))
    else:
        find = _loaded(catboost_in_python.binner, tables)

    def apply(columns: Batch) -> Any:
        try:
            return find(columns)
        except TypeError:  # a category is not a str
            texts = [_texts(column, name) for column, name in zip(columns[numbers:], names, strict=True)]
            return find([*columns[:numbers], *texts])

    return apply


def sums(
    depths: Any, splits: Any, leaves: Any, columns: int, width: int, covers: dict[str, Any] | None = None
) -> Operation:
    """Add up the leaves of symmetric trees, in their order: bins to columns of numbers.

    Args:
        depths: the number of tests of each tree, at most 16.
        splits: two int32 for each test: a column of bins, and the least bin that sets the bit.
        leaves: `width` float64 for each leaf of each tree.
        columns: the number of columns of bins.
        width: the number of columns of numbers.
        covers: where `covers.bin` holds the weight of the training rows in each leaf, which explanations need.

    Raises:
        BundleError: the tables are inconsistent.
    """
    del covers  # for other readers of the graph
    tables = Symmetric(depths, splits, leaves, columns, width)
    if trees.kernel:
        return partial(trees.kernel.add_symmetric, _loaded(trees.kernel.load_symmetric, tables))
    add: Operation = _loaded(catboost_in_python.adder, tables)
    return add


def _loaded(load: Any, tables: Bins | Symmetric) -> Any:
    """Load tables.

    Raises:
        BundleError: they are inconsistent.
    """
    try:
        for name, table in tables._asdict().items():
            _check_type(name, table)
        return load(*tables)
    except (OverflowError, TypeError, ValueError) as error:
        raise BundleError(f"the bundle's tables of CatBoost are damaged: {error}") from None


def _check_type(name: str, table: Any) -> None:
    if name in _TYPES and memoryview(table).format != _TYPES[name]:
        raise ValueError(f"{name} have another type")


def _texts(column: list[Any], name: str | None) -> list[str]:
    """Return categories as CatBoost reads them: whole numbers and booleans in decimal; refuse any others."""
    for row, value in enumerate(column):
        if not isinstance(value, str | int):
            missing = value is None or value != value  # noqa: PLR0124 - NaN
            what = "missing value, which the model does not accept" if missing else "neither text nor a whole number"
            raise InvalidValue(what, row=row, column=name)
    return [value if isinstance(value, str) else str(int(value)) for value in column]


def rows(width: int) -> Operation:
    """Turn columns of bins into rows."""

    def apply(bins: Any) -> Batch:
        count = len(bins) // width
        return [bins[row::count] for row in range(count)]

    return apply


def whole(indices: list[int]) -> Operation:
    """Make large whole numbers in some columns round to float32 at once, not to float64 first."""

    def apply(columns: Batch) -> Batch:
        found = list(columns)
        for index in indices:
            found[index] = list(map(_odd, columns[index]))
        return found

    return apply


def _odd(value: Any) -> Any:
    """Return a whole number of at most 53 significant bits that rounds to the same float32 (rounding to odd)."""
    if not isinstance(value, int) or value.bit_length() <= _EXACT:
        return value
    beyond = value.bit_length() - _EXACT
    return (value >> beyond | (value & (1 << beyond) - 1 > 0)) << beyond


def variances(_: None = None) -> Operation:
    """Turn the second of two columns, logarithms of a standard deviation, into variances (RMSEWithUncertainty)."""
    return lambda columns: [columns[0], [exp(2.0 * value) for value in columns[1]]]


def log_softmax(_: None = None) -> Operation:
    """Take the logarithm of the softmax of the sums of each row, without the rounding of a probability near zero."""

    def apply(columns: Batch) -> Batch:
        tops = list(map(max, *columns))
        shifted = [[value - top for value, top in zip(column, tops, strict=True)] for column in columns]
        logarithms = [math.log(sum(map(math.exp, row))) for row in zip(*shifted, strict=True)]
        return [[value - total for value, total in zip(column, logarithms, strict=True)] for column in shifted]

    return apply


OPERATIONS = {
    "bins": bins,
    "log_softmax": log_softmax,
    "rows": rows,
    "sums": sums,
    "variances": variances,
    "whole": whole,
}

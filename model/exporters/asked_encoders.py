"""Ask a fitted encoder of category_encoders what it gives for every category, column by column."""

from __future__ import annotations

import contextlib
import copy
import io
import math
import warnings
from typing import Any, NamedTuple

from . import Unsupported
from .forms import Rows
from .frames import OBJECT, common

MOST = 25_000_000
"""The most numbers to ask for at once."""

_DTYPES = {"boolean": "bool", "integer": "int32", "long": "int64", "float": "float32", "double": "float64"}


class _Refused(Unsupported):
    """An encoder raises an error for a row."""


class Answers(NamedTuple):
    """What an encoder gives for the values of one column; None where it refuses them.

    Attributes:
        known: the column's categories.
        rows: an array with a row for each of them.
        unseen: the row for a category that it does not know.
        none: the row for a missing text.
        nan: the row for NaN.
    """

    known: list[Any]
    rows: Any
    unseen: Any
    none: Any
    nan: Any

    @property
    def refuses(self) -> bool:
        """Whether a value is refused."""
        return self.unseen is None or (self.none is None and self.nan is None)

    def changed(self, base: Any) -> Any:
        """Return which numbers of a row are not the same for all values as in the row `base`: an array of booleans."""
        import numpy as np

        rows = np.vstack([self.rows, *(row for row in (self.unseen, self.none, self.nan) if row is not None)])
        return ((rows != base) & ~(np.isnan(rows) & np.isnan(base))).any(axis=0)


class Asked:
    """A fitted encoder, asked for rows in which one column varies.

    Attributes:
        names: the input's columns.
        encoded: the indices of those that are encoded.
        kept: the index of each of the others, by name.
        outputs: the names of the output's columns.
        base: the output for the row that all others are compared with.
    """

    def __init__(self, estimator: Any, rows: Rows) -> None:
        self._estimator, self._rows = copy.deepcopy(estimator), rows
        for part in (self._estimator, inner_encoder(self._estimator)):
            part.return_df = True
        self.names = names(estimator, rows)
        self.encoded = sorted(self.names.index(name) for name in encoded(estimator))
        self.kept = {name: index for index, name in enumerate(self.names) if index not in self.encoded}
        self._kinds = [common(rows.pick([index], "columns")) for index in range(rows.width)]
        self._known = {index: self._categories(index) for index in self.encoded}
        others = ("" if kind == OBJECT else 0 for kind in self._kinds)
        self._firsts = [self._known.get(index, [other])[0] for index, other in enumerate(others)]
        self.outputs = list(self._transformed(0, self._firsts[:1]).columns)
        self.base = self._ask(0, self._firsts[:1])[0]

    def answers(self, index: int) -> Answers:
        """Ask for all that a column may hold."""
        known, text = self._known[index], self._kinds[index] == OBJECT
        if len(known) * len(self.outputs) > MOST:
            size = f"{len(known):,} categories in {len(self.outputs):,} columns"
            raise Unsupported(f"{type(self._estimator).__name__} of {size} has no exporter")
        tried = [[unseen(known)], [None] if text else None, [known[0], None] if text else [math.nan]]
        return Answers(known, self._ask(index, known), *(values and self._last(index, values) for values in tried))

    def _categories(self, index: int) -> list[Any]:
        """Return a column's categories, among numbers without the names of merged ones."""
        found = _categories(self._estimator, self.names[index])
        known = [value for value in found if self._kinds[index] == OBJECT or not isinstance(value, str)]
        if not known:
            name = type(self._estimator).__name__
            raise Unsupported(f"{name} of the categories of {self.names[index]!r} has no exporter")
        return known

    def _last(self, index: int, values: list[Any]) -> Any:
        """Return the output for the last of some values of a column; None if it is refused."""
        try:
            return self._ask(index, values)[-1]
        except _Refused:
            return None

    def _ask(self, index: int, values: list[Any]) -> Any:
        """Return the output for rows with some values of a column, as an array."""
        found = self._transformed(index, values)
        if list(found.columns) != self.outputs:
            raise Unsupported(f"{type(self._estimator).__name__} whose columns depend on the rows has no exporter")
        table = found.to_numpy(dtype=object, copy=True)
        table[:, [name in self.kept for name in self.outputs]] = 0.0
        return table.astype("f8")

    def _transformed(self, index: int, values: list[Any]) -> Any:
        """Return the output for rows with some values of a column, and in the others one that the encoder knows."""
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            try:
                return self._estimator.transform(self._frame(index, values))
            except Exception as error:
                raise _Refused(f"{type(self._estimator).__name__} has no exporter: {error}") from error

    def _frame(self, index: int, values: list[Any]) -> Any:
        import pandas as pd

        columns = []
        for place, (first, kind) in enumerate(zip(self._firsts, self._kinds)):
            column = values if place == index else [first] * len(values)
            dtype = object if self._rows.types and self._rows.types[place] == OBJECT else _DTYPES.get(kind)
            columns.append(pd.Series(column, dtype=dtype))
        return pd.concat(columns, axis=1, keys=self.names)


def unseen(known: list[Any]) -> Any:
    """Return a value that is none of the categories; of both truth values, one of them."""
    texts = [value for value in known if isinstance(value, str)]
    if texts:
        return max(texts, key=len) + " "
    return not known[0] if isinstance(known[0], bool) else int(max(known)) + 1


def names(estimator: Any, rows: Rows) -> list[Any]:
    """Return the names by which an encoder knows the columns that it is given."""
    named: list[Any] = [rows.named(index) for index in range(rows.width)]
    chosen, fitted = set(encoded(estimator)), getattr(estimator, "feature_names_in_", None)
    if fitted is not None and set(named) != set(fitted) and len(fitted) == rows.width:
        named = list(fitted)
    elif not chosen <= set(named):
        named = list(range(rows.width))
    if not chosen <= set(named) or len(set(named)) < rows.width:
        raise Unsupported(f"{type(estimator).__name__} of columns whose names are not known has no exporter")
    return named


def encoded(estimator: Any) -> list[Any]:
    """Return the names of the columns that are encoded."""
    return list(getattr(inner_encoder(estimator), "cols", None) or [])


def inner_encoder(estimator: Any) -> Any:
    """Return the encoder inside of another: the first of those for several classes, or of a binary one before 2.4."""
    inside = getattr(estimator, "base_n_encoder", estimator)
    return next(iter((getattr(estimator, "feature_encoders", None) or {"": inside}).values()))


def _categories(estimator: Any, name: Any) -> list[Any]:
    """Return the categories of a column that an encoder was fitted to, without missing ones."""
    import pandas as pd

    own = inner_encoder(estimator)
    own = (getattr(own, "encoder_list", None) or [own])[0]
    mapping = (getattr(own, "ordinal_encoder", None) or own).mapping
    if not isinstance(mapping, dict):
        mapping = {switch["col"]: switch["mapping"] for switch in mapping}
    found = list(getattr(mapping[name], "index", mapping[name]))
    for lumped in ("min_group_lumping_", "_min_group_categories"):
        found += (getattr(own, lumped, None) or {}).get(name, {})
    plain = [value.item() if hasattr(value, "item") else value for value in found]
    known = list(dict.fromkeys(value for value in plain if not pd.isna(value)))
    return [value for value in known if isinstance(value, (bool, int, float, str))]

"""category_encoders: each category's numbers are those that the fitted encoder itself gives, whatever its options.

An encoder is asked for every category it knows, for an unknown one and for a missing one, column by column.
"""

from __future__ import annotations

import contextlib
import copy
import io
import math
import warnings
from itertools import groupby
from typing import Any, NamedTuple

from . import Exporter, Unsupported, as_columns, unsupported_method
from .composing import concatenate
from .forms import Exported, Rows, Tables, chain
from .frames import OBJECT, common, texts
from .selecting import inner

WIDE = 50
"""The greatest width of dense one-hot rows; wider rows are sparse."""

CELLS = 2_000_000
"""The most numbers to look up by the categories of one column."""

_DTYPES = {"boolean": "bool", "integer": "int32", "long": "int64", "float": "float32", "double": "float64"}


class _Answers(NamedTuple):
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
    def all(self) -> list[Any]:
        """The rows, without refusals."""
        return [*self.rows, *(row for row in (self.unseen, self.none, self.nan) if row is not None)]


def encoder(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the numbers that each category stands for; other columns stay as they are."""
    if method != "transform":
        raise unsupported_method(estimator, method)
    _require_lookup(estimator)
    asked = _Asked(estimator, rows)
    answers = {index: asked.answers(index) for index in asked.encoded}
    owners = _owners(asked, answers)
    columns = rows._replace(form="columns")
    parts = []
    for index, run in groupby(range(len(owners)), owners.__getitem__):
        places = list(run)
        picked = {"op": "composing.columns", "indices": [index]}
        if index in answers:
            made = _looked_up(answers[index], places, columns.pick([index], "columns"), tables)
            parts.append(Exported(chain(picked, made.operation), made.rows))
            tables.hint(rows, index, _hints(answers[index]))
        else:
            parts.append(Exported(picked, columns.pick([index], "columns")))
    union, found = concatenate(parts, frame=getattr(estimator, "return_df", True))
    return Exported(chain(*as_columns(rows), union), found)


def hashing(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export counts of the hashes of texts, and the other columns after them."""
    del tables
    if method != "transform":
        raise unsupported_method(estimator, method)
    names = _names(estimator, rows)
    chosen = [names.index(name) for name in estimator.cols]
    if any(common(rows.pick([index], "columns")) != OBJECT for index in chosen):
        raise Unsupported("HashingEncoder of columns that are not text has no exporter")
    if estimator.hash_method not in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512"):
        raise Unsupported(f"HashingEncoder with hash_method={estimator.hash_method!r} has no exporter")
    given = rows.pick(chosen, "columns")
    counts = {"op": "hashing.counts", "method": estimator.hash_method, "width": estimator.n_components}
    width = estimator.n_components
    picked = [{"op": "composing.columns", "indices": chosen}, *texts(given)]
    hashed = Exported(chain(*picked, counts), Rows(width, "columns", ("long",) * width))
    others = [index for index in range(rows.width) if index not in chosen]
    kept = Exported({"op": "composing.columns", "indices": others}, rows.pick(others, "columns"))
    union, found = concatenate([hashed, kept] if others else [hashed], frame=estimator.return_df)
    dropped = _dropped(estimator) if estimator.drop_invariant else ()
    left = [place for place in range(found.width) if f"col_{place}" not in dropped]
    if len(left) == found.width:
        return Exported(chain(*as_columns(rows), union), found)
    whole = chain(*as_columns(rows), union, *as_columns(found), {"op": "composing.columns", "indices": left})
    return Exported(whole, found.pick(left, "columns"))


def _dropped(estimator: Any) -> Any:
    """Return the names of output columns that never varied in training."""
    return getattr(estimator, "invariant_cols", None) or getattr(estimator, "drop_cols", ())


class _Asked:
    """A fitted encoder, asked for rows in which one column varies.

    Attributes:
        encoded: the indices of the columns that are encoded.
        names: the input's columns.
        outputs: the names of the output's columns.
        base: the output for the row that all others are compared with.
    """

    def __init__(self, estimator: Any, rows: Rows) -> None:
        self._estimator, self._rows = copy.deepcopy(estimator), rows
        for part in (self._estimator, _own(self._estimator)):
            part.return_df = True
        self.names = _names(estimator, rows)
        self.encoded = sorted(self.names.index(name) for name in _encoded(estimator))
        self._kinds = [common(rows.pick([index], "columns")) for index in range(rows.width)]
        self._categories = {index: self._fitted(index) for index in self.encoded}
        self._firsts = [self._first(index) for index in range(rows.width)]
        found = self._frame(0, self._firsts[:1])
        if found is None:
            raise Unsupported(f"{type(estimator).__name__} that refuses the categories it knows has no exporter")
        self.outputs = list(found.columns)
        self.base = self._ask(0, self._firsts[:1])[0]

    def answers(self, index: int) -> _Answers:
        """Ask for all that a column may hold."""
        known = self._categories[index]
        rows = self._ask(index, known)
        unseen = self._ask(index, [_unseen(known)])
        none = nan = None
        if self._kinds[index] == OBJECT:
            none = self._ask(index, [None])
            nan = self._ask(index, [known[0], None])
        elif self._kinds[index] in ("double", "float"):
            nan = self._ask(index, [math.nan])
        if rows is None:
            raise Unsupported(f"{type(self._estimator).__name__} that refuses known categories has no exporter")
        last = [None if found is None else found[-1] for found in (unseen, none, nan)]
        return _Answers(known, rows, *last)

    def _fitted(self, index: int) -> list[Any]:
        """Return a column's categories, among numbers without the names of merged ones."""
        found = _categories(self._estimator, self.names[index])
        known = [value for value in found if self._kinds[index] == OBJECT or not isinstance(value, str)]
        if not known:
            name = type(self._estimator).__name__
            raise Unsupported(f"{name} of the categories of {self.names[index]!r} has no exporter")
        return known

    def _first(self, index: int) -> Any:
        known = self._categories.get(index)
        return known[0] if known else "" if self._kinds[index] == OBJECT else 0

    def _ask(self, index: int, values: list[Any]) -> Any:
        """Return the output for rows with some values of a column as an array; None if it is refused."""
        found = self._frame(index, values)
        if found is None:
            return None
        if list(found.columns) != self.outputs:
            raise Unsupported(f"{type(self._estimator).__name__} whose columns depend on the rows has no exporter")
        table = found.to_numpy(dtype=object, copy=True)
        table[:, list(map(self._kept, self.outputs))] = 0.0
        return table.astype("f8")

    def _kept(self, name: Any) -> bool:
        return name in self.names and self.names.index(name) not in self.encoded

    def _frame(self, index: int, values: list[Any]) -> Any:
        import pandas as pd

        columns = []
        for place, (first, kind) in enumerate(zip(self._firsts, self._kinds)):
            column = values if place == index else [first] * len(values)
            dtype = object if self._rows.types and self._rows.types[place] == OBJECT else _DTYPES.get(kind)
            columns.append(pd.Series(column, dtype=dtype))
        frame = pd.concat(columns, axis=1, keys=self.names)
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            try:
                return self._estimator.transform(frame)
            except Exception:  # whatever it raises, it refuses the row
                return None

    def position(self, name: Any) -> int | None:
        """Return the index of an output column that is an input column, unchanged."""
        return self.names.index(name) if self._kept(name) else None


def _owners(asked: _Asked, answers: dict[int, _Answers]) -> list[int]:
    """Return the input column that each output column is, or is computed from.

    Raises:
        Unsupported: an output column depends on several input columns.
    """
    owners: list[int] = []
    for place, name in enumerate(asked.outputs):
        kept = asked.position(name)
        if kept is not None:
            owners.append(kept)
            continue
        varying = [
            index
            for index, found in answers.items()
            if any(not _same(row[place], asked.base[place]) for row in found.all)
        ]
        if len(varying) > 1:
            raise Unsupported(f"the encoded column {name!r} depends on several columns, which has no exporter")
        owners.append(varying[0] if varying else _named_after(name, asked))
    for index, found in answers.items():
        if index not in owners and (found.unseen is None or found.none is None):
            raise Unsupported(f"an encoder that drops {asked.names[index]!r} but refuses some of it has no exporter")
    return owners


def _named_after(name: Any, asked: _Asked) -> int:
    """Return the encoded column after which an output column that never changes is named."""
    return max(asked.encoded, key=lambda index: (str(name).startswith(str(asked.names[index])), len(str(asked.names[index]))))


def _same(one: float, other: float) -> bool:
    return one == other or (one != one and other != other)  # noqa: PLR0124 - NaN


def _looked_up(answers: _Answers, places: list[int], rows: Rows, tables: Tables) -> Exported:
    """Export some output columns of one input column: one-hot where they are, else looked up one by one."""
    import numpy as np

    empty = np.zeros(len(places))
    others = [empty if row is None else row[places] for row in (answers.unseen, answers.none, answers.nan)]
    table = np.vstack([answers.rows[:, places], *others])
    codes: list[Any] = list(range(len(table)))
    hot = len(places) > 1 and bool(np.isin(table, (0.0, 1.0)).all() and (table.sum(axis=1) <= 1.0).all())
    if hot:
        codes = [int(row.argmax()) if row.any() else -1 for row in table]
    elif table.size > CELLS:
        raise Unsupported(f"an encoder of {len(answers.known)} categories in {len(places)} columns has no exporter")
    *coded, unseen, none, nan = codes
    column: dict[str, Any] = {
        "values": answers.known + ([] if answers.none is None else [None]),
        "codes": coded + ([] if answers.none is None else [none]),
        "nan": None if answers.nan is None else nan,
        "unseen": None if answers.unseen is None else unseen,
        "finite": False,
        "name": rows.named(0),
    }
    checks = [*_refusals(answers, rows), *texts(rows)]
    if hot:
        name, form = ("sparse_one_hot", "sparse") if len(places) > WIDE else ("one_hot", "rows")
        made = {"op": f"encoding.{name}", "columns": [{**column, "width": len(places)}], "one": 1.0}
        return Exported(chain(*checks, made), Rows(len(places), form))
    looked = {"op": "encoding.looked_up", "columns": [{**column, "outcomes": list(map(tables.add, table.T))}]}
    return Exported(chain(*checks, looked), Rows(len(places), "columns"))


def _refusals(answers: _Answers, rows: Rows) -> list[dict[str, Any]]:
    """Return the operation that refuses missing texts, if the encoder does."""
    if common(rows) != OBJECT or answers.none is not None:
        return []
    return [
        {"op": "imputing.none_missing", "indices": [0], "names": [rows.named(0)], "missing": None, "nan": False}
    ]


def _hints(answers: _Answers) -> list[Any]:
    """Return categories for the proof to ask, and an unknown one if it is accepted."""
    return [*answers.known, *([] if answers.unseen is None else [_unseen(answers.known)])]


def _unseen(known: list[Any]) -> Any:
    """Return a value that is none of the categories."""
    if isinstance(known[0], str):
        return max(known, key=len) + " "
    return int(max(known)) + 1


def _names(estimator: Any, rows: Rows) -> list[Any]:
    """Return the names by which the encoder knows the columns that it is given."""
    named: list[Any] = [rows.named(index) for index in range(rows.width)]
    fitted = getattr(estimator, "feature_names_in_", None)
    if fitted is not None and set(named) != set(fitted) and len(fitted) == rows.width:
        named = list(fitted)
    elif not set(_encoded(estimator)) <= set(named):
        named = list(range(rows.width))
    if not set(_encoded(estimator)) <= set(named) or len(set(named)) < rows.width:
        raise Unsupported(f"{type(estimator).__name__} of columns whose names are not known has no exporter")
    return named


def _encoded(estimator: Any) -> list[Any]:
    """Return the names of the columns that are encoded."""
    return list(getattr(_own(estimator), "cols", None) or [])


def _own(estimator: Any) -> Any:
    """Return the encoder inside of an encoder: the first of those for several classes, or of a wrapper before 2.6."""
    inside = getattr(estimator, "base_n_encoder", estimator)
    return next(iter((getattr(estimator, "feature_encoders", None) or {"": inside}).values()))


def _categories(estimator: Any, name: Any) -> list[Any]:
    """Return the categories of a column that an encoder was fitted to, without missing ones."""
    import pandas as pd

    own = _own(estimator)
    own = (getattr(own, "encoder_list", None) or [own])[0]
    ordinal = getattr(own, "ordinal_encoder", None) or own
    mapping = ordinal.mapping
    if not isinstance(mapping, dict):
        mapping = {switch["col"]: switch["mapping"] for switch in mapping}
    found = [*pd.Series(mapping[name], dtype=object).index] if isinstance(mapping[name], dict) else [*mapping[name].index]
    for lumped in ("min_group_lumping_", "_min_group_categories"):
        found += (getattr(own, lumped, None) or {}).get(name, {})
    plain = [value.item() if hasattr(value, "item") else value for value in found]
    known = list(dict.fromkeys(value for value in plain if not pd.isna(value)))
    return [value for value in known if isinstance(value, (bool, int, float, str))]


def _require_lookup(estimator: Any) -> None:
    """Refuse options by which the numbers are more than a lookup."""
    own = _own(estimator)
    for option in ("handle_unknown", "handle_missing"):
        if callable(getattr(own, option, None)):
            raise Unsupported(f"{type(estimator).__name__} with a function for {option} has no exporter")
    if getattr(own, "composite_cols", None):
        raise Unsupported(f"{type(estimator).__name__} with composite_cols has no exporter")


EXPORTERS: dict[str, Exporter] = {
    "category_encoders.HashingEncoder": hashing,
    "category_encoders.NestedCVWrapper": inner("feature_encoder"),
    **{
        f"category_encoders.{name}": encoder
        for name in (
            "BackwardDifferenceEncoder",
            "BaseNEncoder",
            "BinaryEncoder",
            "CatBoostEncoder",
            "CountEncoder",
            "CountTargetEncoder",
            "GLMMEncoder",
            "GrayEncoder",
            "HelmertEncoder",
            "JamesSteinEncoder",
            "LeaveOneOutEncoder",
            "MEstimateEncoder",
            "OneHotEncoder",
            "OrdinalEncoder",
            "PolynomialEncoder",
            "PolynomialWrapper",
            "QuantileEncoder",
            "RankHotEncoder",
            "SumEncoder",
            "SummaryEncoder",
            "TargetEncoder",
            "WOEEncoder",
        )
    },
}

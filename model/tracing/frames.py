"""The stand-in for a DataFrame."""

from __future__ import annotations

from typing import Any, Callable

from exporters.forms import Exported, Origin, Rows, chain

from . import functions
from .arrays import TracedArray, stacked
from .refusal import Untraceable
from .stand_in import Traced
from .values import TracedValues


class TracedFrame(Traced):
    """A DataFrame: its columns by name, and the DataFrame that they are for the model's example."""

    def __init__(self, example: Any, parts: dict[Any, TracedValues]) -> None:
        self.__dict__.update(example=example, parts=parts)

    @classmethod
    def of(cls, example: Any, columns: list[TracedValues]) -> TracedFrame:
        """Return a stand-in for a DataFrame of columns, in their order."""
        if len(set(example.columns)) < len(columns):
            raise Untraceable("several columns of one name")
        return cls(example, {name: TracedValues(example[name], one.part) for name, one in zip(example, columns)})

    @property
    def part(self) -> Exported:
        """The operation that computes the columns, and their form."""
        if not self.parts:
            raise Untraceable("a DataFrame without columns")
        kinds = tuple(one.kind for one in self.parts.values())
        origins = tuple((one.part.rows.origins or (Origin(str(name)),))[0] for name, one in self.parts.items())
        rows = Rows(len(kinds), "columns", kinds, origins)
        operations = [one.operation for one in self.parts.values()]
        if all(one["op"] == "composing.column" for one in operations):
            return Exported({"op": "composing.columns", "indices": [one["index"] for one in operations]}, rows)
        parts = [chain(one, {"op": "composing.single"}) for one in operations]
        return Exported({"op": "composing.columns_union", "parts": parts}, rows)

    @property
    def columns(self) -> Any:
        """The names of the columns, which do not depend on the rows."""
        return self.example.columns

    @columns.setter
    def columns(self, names: Any) -> None:
        example = self.example.copy()
        example.columns = names
        self._become(example, list(self.parts.values()))

    @property
    def dtypes(self) -> Any:
        """The types of the columns."""
        return self.example.dtypes

    @property
    def values(self) -> Any:
        """The columns as an array."""
        return self.to_numpy()

    @property
    def loc(self) -> _Located:
        """Columns by name, and assignments where a condition holds."""
        return _Located(self)

    @property
    def iloc(self) -> _Placed:
        """Columns by place."""
        return _Placed(self)

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, (Traced, slice)):
            raise Untraceable("a choice of rows")
        example = self.example[key]
        if example.ndim == 1:
            return TracedValues(example, self.parts[key].part)
        return self._pick(example)

    def __setitem__(self, key: Any, value: Any) -> None:
        several = isinstance(key, list)
        columns = list(value.parts.values()) if isinstance(value, TracedFrame) else []
        columns = value.columns_of() if isinstance(value, TracedArray) else columns
        if several != bool(columns) or (several and len(columns) != len(key)):
            raise Untraceable("an assignment to several columns")
        example = self.example.copy()
        example[key] = value.example if isinstance(value, Traced) else value
        parts = dict(self.parts)
        for name, one in zip(key if several else [key], columns or [value]):
            parts[name] = one if isinstance(one, TracedValues) else constant_column(one, example[name])
        self._become(example, list(parts.values()))

    def __delitem__(self, name: Any) -> None:
        self.drop(columns=[name], inplace=True)

    def __getattr__(self, name: str) -> Any:
        if name in self.__dict__.get("parts", ()):
            return self[name]
        return super().__getattr__(name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "columns":
            object.__setattr__(self, name, value)
        elif name in self.parts:
            self[name] = value
        else:
            raise Untraceable(f"an assignment to DataFrame.{name}")

    def __contains__(self, name: Any) -> bool:
        return name in self.parts

    def __iter__(self) -> Any:
        return iter(self.example)

    def keys(self) -> Any:
        """Return the names of the columns."""
        return self.example.keys()

    def items(self) -> Any:
        """Return the columns by name."""
        return [(name, self[name]) for name in self.example]

    def get(self, name: Any, otherwise: Any = None) -> Any:
        """Return a column, or something else if there is none of the name."""
        return self[name] if name in self.parts else otherwise

    def pop(self, name: Any) -> Any:
        """Return a column and remove it."""
        found = self[name]
        del self[name]
        return found

    def copy(self, **_: Any) -> Any:
        """Return a copy."""
        return TracedFrame(self.example.copy(), dict(self.parts))

    def assign(self, **columns: Any) -> Any:
        """Return a copy with more columns."""
        found = self.copy()
        for name, value in columns.items():
            found[name] = value(found) if callable(value) and not isinstance(value, Traced) else value
        return found

    def drop(self, *given: Any, **options: Any) -> Any:
        """Return the table without some columns."""
        if not (options.keys() <= {"columns", "inplace", "errors"} or options.get("axis") in (1, "columns")):
            raise Untraceable("drop of rows")
        inplace = options.pop("inplace", False)
        example = self.example.drop(*given, **options)
        return self._changed(example, [self.parts[name] for name in example], inplace=inplace)

    def rename(self, *given: Any, **options: Any) -> Any:
        """Return the table with other names for columns."""
        if given or options.keys() - {"columns", "inplace", "copy"}:
            raise Untraceable("rename of rows")
        inplace = options.pop("inplace", False)
        return self._changed(self.example.rename(**options), list(self.parts.values()), inplace=inplace)

    def reindex(self, *given: Any, **options: Any) -> Any:
        """Return columns by name."""
        if given or options.keys() - {"columns", "fill_value"}:
            raise Untraceable("reindex of rows")
        example = self.example.reindex(**options)
        columns = [
            self.parts[one] if one in self else constant_column(example[one].iloc[0], example[one]) for one in example
        ]
        return TracedFrame.of(example, columns)

    def filter(self, items: Any = None, **options: Any) -> Any:
        """Return columns by name."""
        if options.get("axis") in (0, "index"):
            raise Untraceable("filter of rows")
        return self._pick(self.example.filter(items, **options))

    def select_dtypes(self, *given: Any, **options: Any) -> Any:
        """Return columns by type."""
        return self._pick(self.example.select_dtypes(*given, **options))

    def reset_index(self, *_: Any, **options: Any) -> Any:
        """Return the table itself: labels of rows are not traced."""
        if options.pop("drop", False) is not True or options.pop("inplace", False) or options:
            raise Untraceable("labels of rows as a column")
        return self

    def fillna(self, value: Any = None, **options: Any) -> Any:
        """Replace missing values by a constant, or by one for each column."""
        inplace = options.pop("inplace", False)
        if options or isinstance(value, Traced) or value is None:
            raise Untraceable("fillna with something else than values")
        values = value if hasattr(value, "keys") else dict.fromkeys(self.parts, value)
        return self._mapped(
            lambda name, one: one.fillna(values[name]) if name in values else one, self.example.fillna(value), inplace
        )

    def astype(self, kinds: Any, **_: Any) -> Any:
        """Cast to a type, or to one for each column."""
        named = kinds if hasattr(kinds, "keys") else dict.fromkeys(self.parts, kinds)
        return self._mapped(
            lambda name, one: one.astype(named[name]) if name in named else one, self.example.astype(kinds)
        )

    def apply(self, function: Any, **options: Any) -> Any:
        """Apply a function to each column."""
        if options:
            raise Untraceable("apply to rows")
        columns = {name: function(self[name]) for name in self.example}
        if not all(isinstance(one, TracedValues) for one in columns.values()):
            raise Untraceable("a number for a whole column")
        example = self.example.assign(**{str(name): one.example for name, one in columns.items()})
        return TracedFrame(example, columns)

    def to_numpy(self, *dtype: Any, **options: Any) -> Any:
        """Return the columns as an array."""
        if options:
            raise Untraceable("to_numpy with options")
        example = self.example.to_numpy(*dtype)
        if example.dtype.kind == "O" and len({one.kind for one in self.parts.values()}) > 1:
            raise Untraceable("an array of texts and numbers")
        return stacked([one.astype(example.dtype) for one in self.parts.values()], example)

    def squeeze(self, *_: Any) -> Any:
        """Return the only column."""
        if len(self.parts) != 1:
            raise Untraceable("squeeze of several columns")
        return self[self.example.columns[0]]

    def _pick(self, example: Any) -> TracedFrame:
        return TracedFrame.of(example, [self.parts[name] for name in example])

    def _mapped(self, function: Callable[[Any, TracedValues], Any], example: Any, inplace: bool = False) -> Any:
        columns = [function(name, self[name]) for name in self.example]
        return self._changed(example, columns, inplace=inplace)

    def _changed(self, example: Any, columns: list[TracedValues], *, inplace: bool) -> Any:
        if not inplace:
            return TracedFrame.of(example, columns)
        self._become(example, columns)
        return None

    def _become(self, example: Any, columns: list[TracedValues]) -> None:
        self.__dict__.update(example=example, parts=TracedFrame.of(example, columns).parts)


class _Located:
    """`DataFrame.loc`: all rows of some columns, and a value where a condition holds."""

    def __init__(self, frame: TracedFrame) -> None:
        self._frame = frame

    def __getitem__(self, key: Any) -> Any:
        name = _column_of(key)
        return self._frame[name] if not isinstance(name, slice) else self._frame[list(self._frame.example.loc[key])]

    def __setitem__(self, key: Any, value: Any) -> None:
        import numpy as np

        rows, name = key if isinstance(key, tuple) else (None, None)
        if isinstance(rows, TracedValues):
            self._frame[name] = np.where(rows, value, self._frame[name])
        elif isinstance(rows, slice) and rows == slice(None):
            self._frame[name] = value
        else:
            raise Untraceable("an assignment to some rows")


class _Placed:
    """`DataFrame.iloc`: all rows of some columns."""

    def __init__(self, frame: TracedFrame) -> None:
        self._frame = frame

    def __getitem__(self, key: Any) -> Any:
        place = _column_of(key)
        chosen = self._frame.columns[place]
        return self._frame[list(chosen) if isinstance(place, (slice, list)) else chosen]


def _column_of(key: Any) -> Any:
    """Return the part of a key that chooses columns; the other part must choose all rows.

    Raises:
        Untraceable: it chooses some rows.
    """
    if not (isinstance(key, tuple) and len(key) == 2 and key[0] == slice(None)):  # noqa: PLR2004 - rows, columns
        raise Untraceable("a choice of rows")
    return key[1]


def constant_column(value: Any, example: Any) -> TracedValues:
    """Return the stand-in for a column that has the same value in each row."""
    kind = functions.type_of(example)
    operation = {"op": "combining.constant", "value": functions.constant(value, kind), "form": "columns"}
    found = functions.cast(operation, kind) if kind != "string" else Exported(operation, functions.values_of_type(kind))
    return TracedValues(example, found)

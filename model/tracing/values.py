"""The stand-ins for one value a row: a Series, an array of one dimension, a list, a param."""

from __future__ import annotations

from typing import Any

from exporters.forms import Exported

from . import functions
from .refusal import Untraceable
from .stand_in import Traced


class TracedValues(Traced):
    """One value for each row: a Series, an array or a list."""

    @property
    def kind(self) -> str:
        """MLflow's name of the type."""
        return functions.type_of(self.example)

    @property
    def operation(self) -> dict[str, Any]:
        """The operation that computes the values."""
        found: dict[str, Any] = self.part.operation
        return found

    @property
    def str(self) -> _Texts:
        """The methods of texts."""
        return _Texts(self)

    @property
    def dt(self) -> _Dates:
        """The parts of dates."""
        if self.kind != "datetime":
            raise AttributeError("dt")
        return _Dates(self)

    def __getitem__(self, key: Any) -> Any:
        whole = (slice(None), (slice(None),), Ellipsis)
        if not isinstance(key, Traced) and key in whole:
            return self
        if key == (slice(None), None):
            return self.reshape(-1, 1)
        raise Untraceable("an element of a column")

    def astype(self, kind: Any, **options: Any) -> Any:
        """Cast to a type."""
        if options.keys() - {"copy"}:
            raise Untraceable("astype with options")
        example = self.example.astype(kind)
        found = functions.type_of(example)
        if found == self.kind:
            return TracedValues(example, self.part)
        if {"datetime", "string"} & {self.kind, found}:
            raise Untraceable(f"astype from {self.kind} to {found}")
        return TracedValues(example, functions.cast(self.operation, found))

    def fillna(self, value: Any, **options: Any) -> Any:
        """Replace missing values by a constant."""
        if options or isinstance(value, Traced):
            raise Untraceable("fillna with something else than a value")
        example = self.example.fillna(value)
        operation = {
            "op": "expressions.filled",
            "value": functions.constant(value, self.kind),
            "values": self.operation,
        }
        return TracedValues(example, Exported(operation, functions.values_of_type(self.kind)))

    def isna(self) -> Any:
        """Return whether values are missing."""
        operation = {"op": "expressions.missing", "values": self.operation}
        return TracedValues(self.example.isna(), Exported(operation, functions.values_of_type("boolean")))

    def notna(self) -> Any:
        """Return whether values are there."""
        return ~self.isna()

    isnull, notnull = isna, notna

    def clip(self, lower: Any = None, upper: Any = None, **options: Any) -> Any:
        """Limit to an interval."""
        import numpy as np

        lower, upper = options.pop("a_min", options.pop("min", lower)), options.pop("a_max", options.pop("max", upper))
        if options:
            raise Untraceable("clip with options")
        found = self if lower is None else np.maximum(self, lower)
        return found if upper is None else np.minimum(found, upper)

    def abs(self) -> Any:
        """Return absolute values."""
        import numpy as np

        return np.absolute(self)

    def round(self, decimals: int = 0, **_: Any) -> Any:
        """Round to so many decimals."""
        if self.kind not in ("double", "float"):
            raise Untraceable(f"round of {self.kind} values")
        operation = {"op": "expressions.rounded", "decimals": decimals, "type": self.kind, "values": self.operation}
        return TracedValues(self.example.round(decimals), Exported(operation, functions.values_of_type(self.kind)))

    def map(self, known: Any, **options: Any) -> Any:
        """Look values up in a dict, or apply a universal function."""
        import numpy as np

        if isinstance(known, np.ufunc) and not options:
            return known(self)
        if type(known) is not dict or options:
            raise Untraceable("map with something else than a dict")
        return self._looked_up(known, None, self.example.map(known))

    apply = map  # noqa: A003 - pandas' name

    def isin(self, values: Any) -> Any:
        """Return whether values are among some."""
        return self._looked_up(dict.fromkeys(values, True), False, self.example.isin(values))

    def tolist(self) -> Any:
        """Return a list."""
        return TracedValues(self.example.tolist(), self.part)

    to_list = tolist

    def to_numpy(self, *dtype: Any) -> Any:
        """Return an array."""
        import numpy as np

        return TracedValues(np.asarray(self.example), self.part).astype(*dtype) if dtype else self.values

    @property
    def values(self) -> Any:
        """The values as an array."""
        import numpy as np

        return TracedValues(np.asarray(self.example), self.part)

    def ravel(self, *_: Any) -> Any:
        """Return a flat array: it is flat."""
        return self

    flatten = squeeze = ravel

    def copy(self, **_: Any) -> Any:
        """Return a copy; stand-ins of columns do not change."""
        return self

    def reshape(self, *shape: Any) -> Any:
        """Return a column as an array of one column, or as it is."""
        shape = shape[0] if len(shape) == 1 and isinstance(shape[0], tuple) else shape
        if shape == (-1,):
            return self
        if shape != (-1, 1):
            raise Untraceable(f"reshape{shape}")
        import numpy as np

        return np.column_stack([self])

    def _looked_up(self, known: dict[Any, Any], otherwise: Any, example: Any) -> Any:
        if self.kind == "datetime":
            raise Untraceable("a look-up of dates")
        keys = [functions.constant(key, self.kind) for key in known]
        outcomes = [functions.constant(value, "double") for value in known.values()]
        if len({isinstance(value, str) for value in outcomes}) > 1 or None in keys or None in outcomes:
            raise Untraceable("map with outcomes of several types")
        operation = {"op": "expressions.mapped", "keys": keys, "outcomes": outcomes, "otherwise": otherwise}
        kind = functions.type_of(example)
        return TracedValues(example, Exported({**operation, "values": self.operation}, functions.values_of_type(kind)))


class TracedParam(TracedValues):
    """A param of a request: one value, which does not change the type of what it is computed with."""

    @property
    def kind(self) -> Any:
        """The class of the value, as Python has it."""
        return type(self.example)


class _Texts:
    """The methods of texts that have an operation (`Series.str`)."""

    def __init__(self, values: TracedValues) -> None:
        self._values = values

    def __getattr__(self, name: str) -> Any:
        if name not in ("lower", "upper", "strip", "lstrip", "rstrip", "title", "capitalize", "casefold"):
            raise Untraceable(f"str.{name}")
        values = self._values

        def apply() -> Any:
            example = getattr(values.example.str, name)()
            operation = {"op": "expressions.text", "function": name, "values": values.operation}
            return TracedValues(example, Exported(operation, functions.values_of_type("string")))

        return apply


class _Dates:
    """The parts of dates that have an operation (`Series.dt`)."""

    def __init__(self, values: TracedValues) -> None:
        self._values = values

    def __getattr__(self, name: str) -> Any:
        if name not in functions.PARTS_OF_DATES:
            raise Untraceable(f"dt.{name}")
        # Whole numbers, but NaN where a date is missing: then pandas makes the column one of float64.
        example = getattr(self._values.example.dt, name).astype("f8")
        operation = {"op": "expressions.part_of_date", "part": name, "values": self._values.operation}
        return TracedValues(example, Exported(operation, functions.values_of_type("double")))

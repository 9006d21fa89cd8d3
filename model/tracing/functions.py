"""The operations for functions of numpy and pandas, and the types that they compute in."""

from __future__ import annotations

from typing import Any, NamedTuple

from exporters.elementwise import FUNCTIONS
from exporters.forms import Exported, Rows, chain

from .refusal import Untraceable

_BINARY = {
    "add", "divide", "equal", "greater", "greater_equal", "less", "less_equal", "logical_and", "logical_not",
    "logical_or", "logical_xor", "maximum", "minimum", "multiply", "not_equal", "power", "subtract",
}  # fmt: skip
_NAMES = {
    "true_divide": "divide",
    "bitwise_and": "logical_and",
    "bitwise_or": "logical_or",
    "bitwise_xor": "logical_xor",
    "invert": "logical_not",
}
_LOGICAL = {"logical_and", "logical_not", "logical_or", "logical_xor"}
_COMPARISONS = {"equal", "greater", "greater_equal", "less", "less_equal", "not_equal"}
_OF_TEXTS = {"equal": "equal", "not_equal": "not_equal", "add": "joined"}
_OF_FLOAT32 = {"absolute", "ceil", "fabs", "floor", "negative", "rint", "sign", "trunc"}
PARTS_OF_DATES = (
    "day", "day_of_week", "day_of_year", "dayofweek", "dayofyear", "hour", "minute", "month", "quarter", "second",
    "weekday", "year",
)  # fmt: skip
_TYPES = {"f8": "double", "f4": "float", "i8": "long", "i4": "integer", "b1": "boolean"}
TYPES = {float: "double", int: "long", bool: "boolean", str: "string"}
"""MLflow's names of the types of params, by Python's."""

DTYPES = {
    "double": "f8",
    "float": "f4",
    "long": "i8",
    "integer": "i4",
    "boolean": "?",
    "datetime": "M8[ns]",
    "string": "O",
}
"""Numpy's names of types, by MLflow's."""


class Argument(NamedTuple):
    """An argument of a function of numpy.

    Attributes:
        operation: computes it for each row; None for a constant.
        kind: MLflow's name of its type.
        scalar: the value of a constant or, as an example, of a param; None for an array.
    """

    operation: dict[str, Any] | None
    kind: str
    scalar: Any = None

    def as_type(self, kind: str) -> Any:
        """Return it as a graph holds it, for a computation in a type."""
        if self.operation is None:
            return constant(self.scalar, kind)
        return cast(self.operation, kind).operation if self.scalar is not None and kind == "float" else self.operation


def of_constant(value: Any) -> Argument:
    """Return a constant as an argument.

    Raises:
        Untraceable: it is not one value.
    """
    plain = constant(value, "double")
    return Argument(None, "double" if plain is None else TYPES[type(plain)], value)


def type_of(values: Any) -> str:
    """Return MLflow's name of the type of an array, a Series or a list.

    Raises:
        Untraceable: it has another type.
    """
    import numpy as np

    dtype = getattr(values, "dtype", None)
    if dtype is None:
        dtype = np.asarray(values).dtype
    if getattr(dtype, "kind", "O") in "OUT" or str(dtype) in ("str", "string"):
        return "string"
    name = dtype.str[1:] if isinstance(dtype, np.dtype) else ""
    if name.startswith("M8"):
        return "datetime"
    if name not in _TYPES:
        raise Untraceable(f"values of type {dtype}")
    return _TYPES[name]


def values_of_type(kind: str) -> Rows:
    """Return the form of values of a type."""
    return Rows(1, "values", () if kind == "double" else (kind,))


def constant(value: Any, kind: str) -> Any:
    """Return a constant as a graph holds it, of the type that it is computed in; NaN is null.

    Raises:
        Untraceable: it is not one value.
    """
    import numpy as np

    value = value.item() if getattr(value, "ndim", None) == 0 else value
    if value is None or (isinstance(value, float) and value != value):  # noqa: PLR0124 - NaN
        return None
    if not isinstance(value, (bool, int, float, str)):
        raise Untraceable(f"a {type(value).__name__} beside a traced value")
    if kind == "float" and not isinstance(value, str):
        value = float(np.float32(value))
    if isinstance(value, float) and abs(value) == np.inf:
        raise Untraceable("an infinite constant")
    return value


def ufunc(name: str, arguments: list[Argument], result: str) -> Exported:
    """Return the operation of a universal function of numpy.

    Args:
        name: numpy's name of it.
        arguments: of which one at least is no constant.
        result: the type of what numpy returned for the example.

    Raises:
        Untraceable: it has no operation, or none for these types.
    """
    name = _NAMES.get(name, name)
    kinds = {one.kind for one in arguments}
    if "datetime" in kinds:
        raise Untraceable(f"numpy.{name} of dates")
    if name in FUNCTIONS and name not in _BINARY and len(arguments) == 1:
        return _of_one(name, arguments[0], result)
    if name == "isnan":
        return Exported({"op": "expressions.missing", "values": arguments[0].operation}, values_of_type("boolean"))
    if name not in _BINARY:
        raise Untraceable(f"numpy.{name}")
    if "string" in kinds:
        return _of_texts(name, arguments)
    kind = "boolean" if name in _LOGICAL else _computed_in(arguments)
    if name in _LOGICAL and kinds != {"boolean"}:
        raise Untraceable(f"numpy.{name} of numbers")
    if name == "divide" and kind in ("long", "integer", "boolean"):
        kind = "double"
    if kind == "boolean" and name not in _LOGICAL | _COMPARISONS:
        raise Untraceable(f"numpy.{name} of booleans")
    return _power(arguments, kind, result) if name == "power" else _applied(name, arguments, kind, result)


def cast(operation: dict[str, Any], kind: str) -> Exported:
    """Return the operation that casts values to a type."""
    return Exported({"op": "expressions.cast", "type": kind, "values": operation}, values_of_type(kind))


def chosen(arguments: list[Argument], result: str) -> Exported:
    """Return the operation of `numpy.where`: a condition, and two values of which it chooses one."""
    condition, *values = arguments
    if condition.kind != "boolean":
        raise Untraceable("numpy.where of numbers")
    if result == "datetime":
        raise Untraceable("numpy.where of dates")
    if result == "string" and {one.kind for one in values} != {"string"}:
        raise Untraceable("numpy.where of texts and numbers")
    given = [condition.operation, *(one.as_type(result) for one in values)]
    return Exported({"op": "expressions.chosen", "type": result, "arguments": given}, values_of_type(result))


def _computed_in(arguments: list[Argument]) -> str:
    """Return the type in which numpy computes: scalars count less than arrays."""
    import numpy as np

    given = [np.dtype(DTYPES[one.kind]) if one.scalar is None else one.scalar for one in arguments]
    return type_of(np.empty(0, np.result_type(*given)))


def _applied(name: str, arguments: list[Argument], kind: str, result: str) -> Exported:
    given = [one.as_type(kind) for one in arguments]
    operation = {"op": "expressions.applied", "function": name, "type": kind, "arguments": given}
    return Exported(operation, values_of_type(result))


def _of_one(name: str, argument: Argument, result: str) -> Exported:
    kind, operation = argument.kind, argument.operation or {}
    if kind not in ("double", "long", "integer") and not (kind == "float" and name in _OF_FLOAT32):
        raise Untraceable(f"numpy.{name} of {kind} values")
    first = operation if kind in ("double", "float") else cast(operation, "double").operation
    steps = [{"op": "composing.single"}, {"op": "elementwise.applied", "function": name}]
    found = chain(first, *steps, {"op": "composing.column", "index": 0})
    return Exported(found, values_of_type(result)) if result in ("double", "float") else cast(found, result)


def _of_texts(name: str, arguments: list[Argument]) -> Exported:
    if name not in _OF_TEXTS or {one.kind for one in arguments} != {"string"}:
        raise Untraceable(f"numpy.{name} of texts")
    return _applied(_OF_TEXTS[name], arguments, "string", "string" if name == "add" else "boolean")


def _power(arguments: list[Argument], kind: str, result: str) -> Exported:
    """Return the operation of a power: numpy squares, and takes square roots."""
    base, exponent = arguments
    if exponent.operation is None and exponent.scalar == 2:  # noqa: PLR2004
        return _applied("multiply", [base, base], kind, result)
    if exponent.operation is None and exponent.scalar == 0.5:  # noqa: PLR2004
        return _of_one("sqrt", base, result)
    if kind != "double":
        raise Untraceable(f"a power of {kind} values")
    return _applied("power", arguments, kind, result)

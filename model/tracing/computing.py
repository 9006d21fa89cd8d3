"""Functions of numpy, applied to stand-ins."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Callable

from exporters import as_rows
from exporters.forms import Exported, Rows, chain

from . import functions
from .arrays import TracedArray, stacked
from .frames import TracedFrame
from .refusal import Untraceable
from .stand_in import Traced
from .values import TracedParam, TracedValues


@lru_cache(maxsize=None)
def install() -> None:
    """Let numpy's functions take stand-ins (NEP 13 and NEP 18)."""
    Traced.__array_ufunc__ = _array_ufunc
    Traced.__array_function__ = _array_function


def _array_ufunc(_self: Any, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
    if method != "__call__" or options:
        raise Untraceable(f"numpy.{ufunc.__name__}.{method}")
    return compute(ufunc, inputs)


def _array_function(_self: Any, function: Any, _types: Any, inputs: Any, options: Any) -> Any:
    if function.__name__ not in FUNCTIONS:
        raise Untraceable(f"numpy.{function.__name__}")
    return FUNCTIONS[function.__name__](*inputs, **options)


def compute(ufunc: Any, inputs: tuple[Any, ...]) -> Any:
    """Apply a universal function of numpy: to values, or to each column of a table or an array."""
    if ufunc.__name__ == "matmul":
        return _weighted_sums(*inputs)
    example = ufunc(*map(example_of, inputs))
    wide = next((one for one in inputs if isinstance(one, (TracedArray, TracedFrame))), None)
    if wide is not None:
        columns = [compute(ufunc, given) for given in zip(*(_by_column(one, wide) for one in inputs))]
        return stacked(columns, example) if type(wide) is TracedArray else TracedFrame.of(example, columns)
    kind = functions.type_of(example)
    return TracedValues(example, functions.ufunc(ufunc.__name__, list(map(_argument, inputs)), kind))


def _weighted_sums(given: Any, weights: Any) -> Any:
    """Return the product with a matrix or a vector of constants."""
    import numpy as np

    rows = given.part.rows if isinstance(given, (TracedArray, TracedFrame)) else None
    if rows is None or isinstance(weights, Traced) or set(rows.types) - {"double", "long", "integer", "boolean"}:
        raise Untraceable("a product of such matrices")
    example = np.matmul(given.example, weights)
    matrix = np.asarray(weights, "f8").reshape(rows.width, -1)
    tables = Traced.tables
    sums = {"op": "linear.sums", "weights": [tables.add(one) for one in matrix.T]}
    steps = [*as_rows(rows), {**sums, "intercepts": tables.add(np.zeros(matrix.shape[1]))}]
    array = TracedArray(
        np.asarray(example).reshape(-1, matrix.shape[1]),
        Exported(chain(given.part.operation, *steps), Rows(matrix.shape[1])),
    )
    return array if getattr(weights, "ndim", 1) > 1 else array.ravel()


def _argument(value: Any) -> functions.Argument:
    if isinstance(value, TracedParam):
        return functions.Argument(value.operation, functions.TYPES[value.kind], value.example)
    if isinstance(value, TracedValues):
        return functions.Argument(value.operation, value.kind)
    return functions.of_constant(value)


def _by_column(one: Any, wide: Any) -> list[Any]:
    """Return an argument for each column of a wide one."""
    width = wide.part.rows.width
    if isinstance(one, TracedArray):
        found = one.columns_of()
    elif isinstance(one, TracedFrame):
        found = list(one.parts.values())
    elif getattr(one, "ndim", 0) == 1 and not isinstance(one, Traced):
        found = list(one)
    else:
        return [one] * width
    if len(found) != width:
        raise Untraceable("arrays of different widths")
    return found


def example_of(value: Any) -> Any:
    """Return a stand-in's example, also inside of lists; other values as they are."""
    if isinstance(value, Traced):
        return value.example
    return type(value)(map(example_of, value)) if type(value) in (list, tuple) else value


def _where(condition: Any, yes: Any = None, no: Any = None) -> Any:
    import numpy as np

    if yes is None or no is None:
        raise Untraceable("numpy.where without values")
    example = np.where(example_of(condition), example_of(yes), example_of(no))
    arguments = [_argument(one) for one in (condition, yes, no)]
    return TracedValues(example, functions.chosen(arguments, functions.type_of(example)))


def _select(conditions: list[Any], choices: list[Any], default: Any = 0) -> Any:
    import numpy as np

    found = default
    for condition, choice in zip(reversed(conditions), reversed(choices)):
        found = _where(condition, choice, found)
    example = np.select(example_of(conditions), example_of(choices), example_of(default))
    return TracedValues(example, found.part)


def _column_stack(parts: Any) -> Any:
    import numpy as np

    columns = [column for part in parts for column in _columns(part)]
    return stacked(columns, np.column_stack(example_of(list(parts))))


def _concatenate(parts: Any, axis: int = 0) -> Any:
    if axis not in (1, -1):
        raise Untraceable("rows below each other")
    return _column_stack(parts)


def _hstack(parts: Any) -> Any:
    return _concatenate(parts, axis=1 if all(part.ndim > 1 for part in parts) else 0)


def _columns(part: Any) -> list[TracedValues]:
    if isinstance(part, TracedArray):
        return part.columns_of()
    if isinstance(part, TracedFrame):
        return list(part.parts.values())
    if isinstance(part, TracedValues):
        return [part]
    raise Untraceable("an array beside a traced one")


def _method(name: str) -> Callable[..., Any]:
    return lambda value, *inputs, **options: getattr(value, name)(*inputs, **options)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "amax": _method("max"),
    "amin": _method("min"),
    "argmax": _method("argmax"),
    "around": _method("round"),
    "clip": _method("clip"),
    "column_stack": _column_stack,
    "concatenate": _concatenate,
    "copy": _method("copy"),
    "dot": _weighted_sums,
    "hstack": _hstack,
    "max": _method("max"),
    "min": _method("min"),
    "ravel": _method("ravel"),
    "reshape": _method("reshape"),
    "round": _method("round"),
    "round_": _method("round"),
    "select": _select,
    "squeeze": _method("squeeze"),
    "where": _where,
}
"""By numpy's name: what it does to stand-ins."""

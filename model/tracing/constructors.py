"""What the constructors of pandas and numpy make of stand-ins."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Callable

from .arrays import TracedArray
from .frames import TracedFrame, constant_column
from .refusal import Untraceable
from .stand_in import RowLabels, Traced
from .values import TracedValues


@lru_cache(maxsize=None)
def install() -> None:
    """Let the constructors of this process take stand-ins."""
    import numpy as np
    import pandas as pd

    pd.DataFrame.__new__, pd.Series.__new__, pd.concat = _new_frame, _new_series, _concat(pd.concat)
    for name in ("array", "asarray", "asanyarray", "ascontiguousarray"):
        setattr(np, name, _to_array(getattr(np, name)))


def _new_frame(kind: Any, data: Any = None, index: Any = None, columns: Any = None, *dtype: Any, **options: Any) -> Any:
    parts = data.values() if isinstance(data, dict) else [data]
    if not any(isinstance(one, Traced) for one in parts):
        return object.__new__(kind)
    if dtype or options.keys() - {"copy"} or not (index is None or isinstance(index, RowLabels)):
        raise Untraceable("a DataFrame with options")
    if isinstance(data, dict):
        return _frame_of_columns(kind, data if columns is None else {name: data[name] for name in columns})
    if isinstance(data, TracedFrame):
        return data.copy() if columns is None else data[list(columns)]
    made = data.columns_of() if isinstance(data, TracedArray) else [data]
    return TracedFrame.of(kind(data.example, columns=columns), made)


def _frame_of_columns(kind: Any, columns: dict[Any, Any]) -> TracedFrame:
    example = kind({name: one.example if isinstance(one, Traced) else one for name, one in columns.items()})
    made = [
        one if isinstance(one, TracedValues) else constant_column(one, example[name]) for name, one in columns.items()
    ]
    return TracedFrame.of(example, made)


def _new_series(kind: Any, data: Any = None, index: Any = None, *inputs: Any, **options: Any) -> Any:
    if not isinstance(data, TracedValues):
        return object.__new__(kind)
    if inputs or options.keys() - {"name"} or not (index is None or isinstance(index, RowLabels)):
        raise Untraceable("a Series with options")
    return TracedValues(kind(data.example, **options), data.part)


def _concat(original: Callable[..., Any]) -> Callable[..., Any]:
    def concat(parts: Any, *inputs: Any, **options: Any) -> Any:
        if not any(isinstance(one, Traced) for one in parts):
            return original(parts, *inputs, **options)
        if inputs or options.pop("axis", 0) not in (1, "columns") or options:
            raise Untraceable("rows below each other")
        if not all(isinstance(one, (TracedFrame, TracedValues)) for one in parts):
            raise Untraceable("a table beside a traced one")
        columns: list[TracedValues] = []
        for one in parts:
            columns += one.parts.values() if isinstance(one, TracedFrame) else [one]
        return TracedFrame.of(original([one.example for one in parts], axis=1), columns)

    return concat


def _to_array(original: Callable[..., Any]) -> Callable[..., Any]:
    def convert(value: Any, *dtype: Any, **options: Any) -> Any:
        if not isinstance(value, Traced):
            return original(value, *dtype, **options)
        dtype = dtype or tuple(filter(None, [options.pop("dtype", None)]))
        if options.keys() - {"copy", "order"}:
            raise Untraceable("an array with options")
        found = value if isinstance(value, TracedArray) else value.to_numpy()
        return found.astype(*dtype) if dtype else found

    return convert

"""Encode predictions as JSON: NaN and infinities become null; values of numpy, pandas and pydantic are converted."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import msgspec

from handler.errors import ModelFailed
from handler.schema.column_types import are_fields

_MANY = 64


def rows(columns: dict[str, list[Any]]) -> list[dict[str, Any]]:
    """Return columns as rows: one dict for each prediction."""
    names = list(columns)
    return [dict(zip(names, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def records(columns: dict[str, list[Any]]) -> list[Any]:
    """Return columns as rows to encode: structs, if they are many, which take a third of the time of dicts."""
    names = tuple(columns)
    many = columns and len(columns[names[0]]) >= _MANY and are_fields(names)
    return list(map(_record(names), *columns.values())) if many else rows(columns)


@lru_cache(8)
def _record(names: tuple[str, ...]) -> type[msgspec.Struct]:
    renamed = {f"c{index}": name for index, name in enumerate(names)}
    return msgspec.defstruct("Record", list(renamed), rename=renamed, gc=False)


def encode(value: Any) -> bytes:
    """Encode a value as JSON.

    Raises:
        TypeError, ValueError, RecursionError: a value cannot be encoded as JSON.
    """
    return _encode(value)


def encode_lines(values: list[Any]) -> bytes:
    """Encode values as JSON Lines.

    Raises:
        TypeError, ValueError, RecursionError: a value cannot be encoded as JSON.
    """
    return _encoder.encode_lines(values)


@contextmanager
def refuse_unencodable() -> Iterator[None]:
    """Guard the encoding of a model's output.

    Raises:
        ModelFailed: the output cannot be encoded as JSON.
    """
    try:
        yield
    except (TypeError, ValueError, RecursionError) as error:
        raise ModelFailed(f"the model's output cannot be encoded as JSON ({type(error).__name__})") from None


def _to_plain(value: Any) -> Any:
    """Convert a value that msgspec cannot encode: subclasses of Python's types, and values of numpy and pandas."""
    if type(value).__name__ in {"NaTType", "NAType"}:
        return None
    if isinstance(value, bool):  # msgspec encodes it itself, except as an object's key
        return "true" if value else "false"
    if getattr(getattr(value, "dtype", None), "kind", "") == "M":
        value = value.astype("datetime64[us]")  # numpy's tolist gives nanoseconds as numbers
    for method in _METHODS:
        if callable(convert := getattr(value, method, None)):
            return convert()
    kinds: tuple[Callable[[Any], Any], ...] = (float, int, str, dict, list)
    for kind in kinds:
        if isinstance(value, kind):  # type: ignore[arg-type]
            return kind(value)
    raise TypeError(f"the model returned a {type(value).__name__}, which cannot be encoded as JSON")


# numpy arrays and scalars; dates and pandas.Timestamp; pandas tables; pydantic models.
_METHODS = ("tolist", "isoformat", "to_dict", "model_dump")
_encoder = msgspec.json.Encoder(enc_hook=_to_plain)
_encode = _encoder.encode

"""Predictions as JSON: NaN and infinities become null, whatever else a model returns finds a form."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from handler.errors import ModelFailed


def rows(columns: dict[str, list[Any]]) -> list[dict[str, Any]]:
    """Columns as rows: one dict for each prediction."""
    names = list(columns)
    return [dict(zip(names, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def encode(value: Any) -> bytes:
    """JSON of what a model returned.

    Raises:
        TypeError, ValueError: a value that has no form in JSON.
    """
    return _encode(value)


@contextmanager
def of_model() -> Iterator[None]:
    """Where JSON is made of what a model returned.

    Raises:
        ModelFailed: it has no form in JSON.
    """
    try:
        yield
    except (TypeError, ValueError, RecursionError) as error:
        raise ModelFailed(f"the model's answer has no form in JSON ({type(error).__name__})") from None


def _form(value: Any) -> Any:
    """What msgspec does not know by itself: subclasses of Python's types, numpy's and pandas' values."""
    if type(value).__name__ in {"NaTType", "NAType"}:
        return None
    if isinstance(value, bool):  # only as an object's key
        return "true" if value else "false"
    if getattr(getattr(value, "dtype", None), "kind", "") == "M":
        value = value.astype("datetime64[us]")  # numpy gives nanoseconds as numbers
    for method in _METHODS:
        if callable(form := getattr(value, method, None)):
            return form()
    kinds: tuple[Callable[[Any], Any], ...] = (float, int, str, dict, list)
    for kind in kinds:
        if isinstance(value, kind):  # type: ignore[arg-type]
            return kind(value)
    raise TypeError(f"the model returned a {type(value).__name__}, which has no form in JSON")


# numpy's arrays and scalars, dates and pandas.Timestamp, pandas' tables, pydantic's models.
_METHODS = ("tolist", "isoformat", "to_dict", "model_dump")
_encode = msgspec.json.Encoder(enc_hook=_form).encode

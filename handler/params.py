"""A model's params, typed by its signature: out of a query's text, or out of JSON."""

from collections.abc import Callable
from typing import Any

import msgspec

from handler.errors import InvalidParam
from handler.types import COLUMN_TYPES, ValueType
from handler.wording import plain


class Params:
    """The params of a signature; other names are passed over."""

    def __init__(self, specs: list[dict[str, Any]] | None) -> None:
        self._specs = {spec["name"]: spec for spec in specs or []}

    def __contains__(self, name: object) -> bool:
        return name in self._specs

    def of_query(self, query: dict[str, list[str]]) -> dict[str, Any]:
        """Numbers and booleans are written as in JSON, everything else stands for itself; a list's values repeat.

        Raises:
            InvalidParam: a value that its type refuses.
        """
        found = {}
        for name, texts in query.items():
            if name in self._specs:
                values = [self._read(name, text, _of_text, f"in the query parameter {name!r}") for text in texts]
                found[name] = values[-1] if self._specs[name].get("shape") is None else values
        return found

    def of_json(self, given: Any) -> dict[str, Any]:
        """The values of an object; null is no params, and stays what it is where a param has it.

        Raises:
            InvalidParam: no object, or a value that its type refuses.
        """
        if given is None:
            return {}
        if not isinstance(given, dict):
            raise InvalidParam("expected an object, at $.params")
        found = {}
        for name, value in given.items():
            if name in self._specs:
                place = f"at $.params.{name}"
                if self._specs[name].get("shape") is None:
                    found[name] = self._read(name, value, _of_json, place)
                elif isinstance(value, list):
                    found[name] = [self._read(name, inner, _of_json, place) for inner in value]
                else:
                    raise InvalidParam(f"expected a list, {place}", column=name)
        return found

    def _read(self, name: str, value: Any, read: Callable[[str, Any], Any], place: str) -> Any:
        if value is None:
            return None
        try:
            return read(self._specs[name]["type"], value)
        except ValueError as error:
            raise InvalidParam(f"{error}, {place}", column=name) from None


def _of_json(kind: str, value: Any) -> Any:
    known = COLUMN_TYPES.get(kind, ValueType(Any))
    try:
        value = msgspec.convert(value, known.decoded)
    except msgspec.ValidationError as error:
        raise ValueError(plain(str(error))) from None
    return known.check(value) if known.check else value


def _of_text(kind: str, text: str) -> Any:
    if kind not in _NOT_TEXT:
        return _of_json(kind, text)
    known = COLUMN_TYPES[kind]
    try:
        value = msgspec.json.decode(text.encode(), type=known.decoded)
    except msgspec.ValidationError as error:
        raise ValueError(plain(str(error))) from None
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise ValueError(f"expected a value of the type {kind}, got {text[:100]!r}") from None
    return known.check(value) if known.check else value


_NOT_TEXT = {"boolean", "integer", "long", "float", "double"}

"""A model's params from a query string or from JSON, typed by its signature."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from handler.errors import InvalidParam
from handler.schema.column_types import COLUMN_TYPES, ValueType
from handler.schema.decoding_errors import reword

FIELD = "params"
"""Field of a JSON row that holds the params, unless the model has a column of that name."""

EXPLAIN, EXPLAIN_HEADER = "explain", "x-explain"
"""The query parameter that asks for explanations, and the header, for models that have a param of that name."""

_AUTHENTICATION = "x-amz-"  # query parameters of a presigned URL


class Params:
    """The params of a signature; it is falsy if the model has none."""

    def __init__(self, specs: list[dict[str, Any]] | None) -> None:
        self._specs = {spec["name"]: spec for spec in specs or []}

    def __bool__(self) -> bool:
        return bool(self._specs)

    def __contains__(self, name: object) -> bool:
        return name in self._specs

    def from_query(self, query: Mapping[str, list[str]], *, required: bool = False) -> dict[str, Any]:
        """Return the params in a query string.

        Numbers, booleans and objects are parsed as JSON, other types are text. A list param repeats its name; of
        others the last value counts. A model without params ignores the query.

        Args:
            query: values by name.
            required: whether every name must be a param, even if the model has none.

        Raises:
            InvalidParam: a name is unknown, or a value does not match its type.
        """
        if not query or not (self._specs or required):
            return {}
        self._require_known((name for name in query if not name.lower().startswith(_AUTHENTICATION)), "")
        found = {}
        for name, texts in query.items():
            if name in self._specs:
                values = [self._convert(name, text, _from_text, f"in the query parameter {name!r}") for text in texts]
                found[name] = values[-1] if self._specs[name].get("shape") is None else values
        return found

    def from_json(self, given: Any, path: str = "$.params", *, ignore_unknown: bool = False) -> dict[str, Any]:
        """Return the params in a JSON object; null instead of the object means none, null for a param stays None.

        Args:
            given: the object.
            path: its JSON path, for error messages.
            ignore_unknown: whether unknown names are left out, and not an error.

        Raises:
            InvalidParam: `given` is not an object, a name is unknown, or a value does not match its type.
        """
        if given is None:
            return {}
        if not isinstance(given, dict):
            raise InvalidParam(f"expected an object, at {path}")
        if not ignore_unknown:
            self._require_known(given, f", at {path}")
        found = {}
        for name, value in given.items():
            if name in self._specs:
                place = f"at {path}.{name}"
                if self._specs[name].get("shape") is None:
                    found[name] = self._convert(name, value, _from_json, place)
                elif isinstance(value, list):
                    found[name] = [self._convert(name, inner, _from_json, place) for inner in value]
                else:
                    raise InvalidParam(f"expected a list, {place}", column=name)
        return found

    def join(self, query: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
        """Return the params of a request's query string and body together.

        Raises:
            InvalidParam: a param is in both.
        """
        if both := query.keys() & body.keys():
            raise InvalidParam(f"the param {min(both)!r} is in the query string and in the body", column=min(both))
        return query | body

    def _require_known(self, names: Iterable[str], place: str) -> None:
        for name in names:
            if name not in self._specs:
                known = f"its params are {', '.join(self._specs)}" if self._specs else "it has no params"
                raise InvalidParam(f"{name[:100]!r} is not a param of the model; {known}{place}", column=name)

    def _convert(self, name: str, value: Any, convert: Callable[[str, Any], Any], place: str) -> Any:
        if value is None:
            return None
        try:
            return convert(self._specs[name]["type"], value)
        except ValueError as error:
            raise InvalidParam(f"{error}, {place}", column=name) from None


def read_wish(
    query: Mapping[str, list[str]], headers: Mapping[str, str], params: Params
) -> tuple[Mapping[str, list[str]], bool]:
    """Return a query string without `explain`, and whether the request asks for explanations.

    Raises:
        InvalidParam: the value is neither true nor false.
    """
    wish = headers.get(EXPLAIN_HEADER, "false")
    if EXPLAIN in query and EXPLAIN not in params:
        wish = query[EXPLAIN][-1]
        query = {name: values for name, values in query.items() if name != EXPLAIN}
    if wish not in _WISHES:
        raise InvalidParam(f"expected true or false, got {wish[:100]!r}, in {EXPLAIN!r}", column=EXPLAIN)
    return query, _WISHES[wish]


_WISHES = {"true": True, "false": False}


def split_pairs(pairs: list[str]) -> dict[str, list[str]]:
    """Return `name=value` texts of a command line as the values of each name, as `Params.from_query` takes them.

    Raises:
        InvalidParam: a text has no `=`.
    """
    found: dict[str, list[str]] = {}
    for pair in pairs:
        name, separator, value = pair.partition("=")
        if not separator:
            raise InvalidParam(f"expected NAME=VALUE, such as threshold=0.7, got {pair!r}")
        found.setdefault(name, []).append(value)
    return found


def _from_json(kind: str, value: Any) -> Any:
    known = COLUMN_TYPES.get(kind, ValueType(Any))
    try:
        value = msgspec.convert(value, known.decoded)
    except msgspec.ValidationError as error:
        raise ValueError(reword(str(error))) from None
    return known.check(value) if known.check else value


def _from_text(kind: str, text: str) -> Any:
    if kind in _TEXT:
        return _from_json(kind, text)
    known = COLUMN_TYPES.get(kind, ValueType(Any))
    try:
        value = msgspec.json.decode(text.encode(), type=known.decoded)
    except msgspec.ValidationError as error:
        raise ValueError(reword(str(error))) from None
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise ValueError(f"expected a value of the type {kind}, got {text[:100]!r}") from None
    return known.check(value) if known.check else value


_TEXT = {"string", "datetime", "binary"}

"""Generate JSON values of every MLflow type, and values of other types."""

import string
from base64 import b64encode
from datetime import datetime
from typing import Any

from hypothesis import strategies as st
from scoring_protocol.judging import MISSING, WHOLE

texts = st.text(string.ascii_letters + " éß,\"'\n0123456789", max_size=6).filter(lambda text: text not in MISSING)
plain = st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-9, 9) | texts
anything = st.recursive(
    plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=2), max_leaves=4
)
_doubles = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-1000, 1000) | st.sampled_from([0.5, -0.0])
_floats = st.floats(width=32, allow_nan=False, allow_infinity=False) | st.integers(-99, 99)
_moments = st.datetimes(datetime(1700, 1, 1), datetime(2200, 1, 1))  # noqa: DTZ001 - MLflow's datetimes have no zone

odd = anything | st.sampled_from(
    [None, True, False, "12", "yes", "", "x", 1, 1.0, 1.9, -1, 2**31, 2**53 + 1, 2**63, 2**64, 10**30, 3.5e38, 1e300,
     -0.0, "2026-13-01", "2026-01-31", "2026-01-31T12:00:00Z", "2026-01-31T12:00:00.123456789", "a===", "YQ==", [], [1],
     [None], [[1.5]], {}, {"x": 1}, ["a"]]
)  # fmt: skip
"""Values that match some types."""

_PLAIN = {
    **{kind: st.integers(*WHOLE[kind]) | st.integers(0, 5) | st.integers(0, 5).map(float) for kind in WHOLE},
    "float": st.none() | _floats,
    "float32": st.none() | _floats,
    "double": st.none() | _doubles,
    "float64": st.none() | _doubles,
    "boolean": st.booleans(),
    "bool": st.booleans(),
    "string": st.none() | texts,
    "binary": st.binary(max_size=5).map(lambda raw: b64encode(raw).decode()),
    "datetime": _moments.map(lambda moment: moment.isoformat(timespec="seconds"))
    | _moments.map(lambda moment: moment.date().isoformat()),
    "any": anything,
}


def of(spec: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Generate values of a column's type."""
    match spec["type"]:
        case "tensor":
            return _tensor(spec["tensor-spec"]["dtype"], spec["tensor-spec"]["shape"][1:])
        case "array":
            return st.lists(of(spec["items"]), max_size=3)
        case "map":
            return st.dictionaries(texts, _something(spec["values"]), max_size=3)
        case "object":
            properties = spec["properties"].items()
            required = {name: _something(inner) for name, inner in properties if inner.get("required", True)}
            optional = {name: of(inner) for name, inner in properties if name not in required}
            return st.fixed_dictionaries(required, optional=optional)
        case kind:
            return _PLAIN.get(kind, texts)


def _something(spec: dict[str, Any]) -> st.SearchStrategy[Any]:
    return of(spec).filter(lambda value: value is not None)


def _tensor(dtype: str, shape: list[int]) -> st.SearchStrategy[Any]:
    values = _PLAIN.get(dtype, texts)
    for length in reversed(shape):
        values = st.lists(values, min_size=max(length, 0), max_size=3 if length < 0 else length)
    return values


def as_json(value: Any) -> Any:
    """Return a value of a Parquet file as a JSON value."""
    match value:
        case dict():
            return {name: as_json(inner) for name, inner in value.items()}
        case list():
            return [as_json(inner) for inner in value]
        case bytes():
            return b64encode(value).decode()
        case datetime():
            return value.isoformat()
        case float() if value != value:  # noqa: PLR0124 - NaN
            return None
    return value

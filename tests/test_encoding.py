"""JSON encoding of whatever types a model returns."""

import json
import math
from collections import OrderedDict
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handler.response import encoding


class Label(Enum):
    """A label that is an enumeration's member."""

    REAL = "real"


class Score(float):
    """A subclass of float."""

    __slots__ = ()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, True),
        (10**30, 10**30),
        (math.nan, None),
        ([math.inf, -math.inf], [None, None]),
        (np.float64("nan"), None),
        (np.float32(0.5), 0.5),
        (np.float16("inf"), None),
        (np.int64(2**53 + 1), 2**53 + 1),
        (np.uint8(255), 255),
        (np.bool_(False), False),
        (np.str_("a"), "a"),
        (np.bytes_(b"a"), "YQ=="),
        (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
        (np.array([1.0, np.nan]), [1.0, None]),
        (np.array(["a", None], dtype=object), ["a", None]),
        (np.array(1.5), 1.5),
        (np.datetime64("2026-01-31T12:00", "ns"), "2026-01-31T12:00:00"),
        (np.array(["2026-01-31", "NaT"], dtype="datetime64[ns]"), ["2026-01-31T00:00:00", None]),
        (pd.Timestamp("2026-01-31T12:00"), "2026-01-31T12:00:00"),
        (pd.Timestamp("2026-01-31T12:00", tz="UTC"), "2026-01-31T12:00:00+00:00"),
        (pd.NaT, None),
        (pd.NA, None),
        (pd.Series([1, 2]), [1, 2]),
        (pd.Series(pd.to_datetime(["2026-01-31"])), ["2026-01-31T00:00:00"]),
        (pd.DataFrame({"a": [1.5]}), {"a": {"0": 1.5}}),
        (datetime(2026, 1, 31, tzinfo=UTC), "2026-01-31T00:00:00Z"),
        (date(2026, 1, 31), "2026-01-31"),
        (b"\x00\xff", "AP8="),
        ((1, "a"), [1, "a"]),
        ({1}, [1]),
        (OrderedDict(a=Score(1.5)), {"a": 1.5}),
        (Label.REAL, "real"),
        ({np.str_("cat"): 0.25, np.int64(7): 0.5, False: 0.25}, {"cat": 0.25, "7": 0.5, "false": 0.25}),
        ({np.bool_(True): 1, 0.5: 2, 3: 4}, {"true": 1, "0.5": 2, "3": 4}),
    ],
    ids=repr,
)
def test_values_are_encoded(value: Any, expected: Any) -> None:
    """Values of numpy and pandas become JSON values; NaN and infinities become null."""
    assert expected == json.loads(encoding.encode({"prediction": value}))["prediction"]


@pytest.mark.parametrize("value", [object(), 1j, int, {(1, 2): 3}, "\ud800"], ids=repr)
def test_an_unencodable_value_is_an_error(value: Any) -> None:
    """A value that cannot be encoded is an error, not its repr."""
    with pytest.raises((TypeError, ValueError)):
        encoding.encode([value])


def test_a_list_that_contains_itself_is_an_error() -> None:
    """A list that contains itself is an error."""
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(RecursionError):
        encoding.encode(endless)


@given(st.lists(st.floats(), min_size=1))
def test_numbers_keep_every_digit(values: list[float]) -> None:
    """A finite number survives encoding and decoding, in a list and in an array."""
    finite = [value if math.isfinite(value) else None for value in values]
    assert finite == json.loads(encoding.encode(values))
    assert finite == json.loads(encoding.encode(np.array(values)))


def test_columns_become_rows() -> None:
    """Columns become one dict for each row, in order; no columns become no rows."""
    assert [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}] == encoding.rows({"a": [1, 2], "b": ["x", "y"]})
    assert [] == encoding.rows({})

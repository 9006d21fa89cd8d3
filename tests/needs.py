"""What some tests need of the machine: where it is missing they are skipped with one line, or fail if they must run."""

import os

import pytest


def need(what: str, there: bool, reason: str) -> None:
    """Skip the test that is being set up for a reason, or fail it where `THAW_REQUIRE_<WHAT>` is 1."""
    if there:
        return
    if os.environ.get(f"THAW_REQUIRE_{what}") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)

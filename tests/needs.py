"""Requirements of some tests to the machine: without them they are skipped in one line, or fail if they must run."""

import os

import pytest


def need(what: str, there: bool, reason: str) -> None:
    """Skip the test that is being set up for a reason, or fail it where `TESTS_REQUIRE_<WHAT>` is 1."""
    if there:
        return
    if os.environ.get(f"TESTS_REQUIRE_{what}") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)

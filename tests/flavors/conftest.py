"""Print the rows of the table in docs/flavors.md after the tests."""

import pytest
from flavors import flavor


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures that this and earlier runs have written."""
    for row in flavor.table():
        terminalreporter.write_line(row)

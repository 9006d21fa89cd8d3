"""The value that tests of pages receive."""

from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Page
from serving import Service

SCREENSHOTS = Path(__file__).resolve().parent.parent.parent / "build" / "screenshots"


class Shown(NamedTuple):
    """A page, the service behind it, and its violations so far."""

    page: Page
    service: Service
    wrong: list[str]

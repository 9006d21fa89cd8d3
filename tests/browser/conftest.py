"""A browser, and pages of services in it. Script errors, console output and foreign requests fail a test.

Without Debian's chromium all tests here are skipped; with TESTS_REQUIRE_BROWSER=1 they fail.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from browser.shown import Shown
from needs import need
from playwright.sync_api import Browser, ConsoleMessage, Request, sync_playwright
from serving import Service, serving

CHROMIUM = shutil.which("chromium")
REFUSED = "Failed to load resource: the server responded with a status of 422"  # an expected response


def pytest_runtest_setup() -> None:
    """Skip the test if there is no browser."""
    missing = "chromium is not installed, so the page was not tested: apt-get install chromium"
    need("BROWSER", CHROMIUM is not None, missing)


@pytest.fixture(scope="session", name="browser")
def _browser() -> Iterator[Browser]:
    """One browser for all tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        yield browser
        browser.close()


@pytest.fixture(scope="session", name="unsigned")
def _unsigned(bundle_of: Callable[..., Path]) -> Path:
    """The bundle of a model without a signature."""
    return bundle_of("echo")


@pytest.fixture(scope="session", name="service_of")
def _service_of(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Service]]:
    """Yield a function that returns the service of a bundle fixture, started on first use."""
    started: dict[str, Service] = {}
    with ExitStack() as stack:

        def start(name: str) -> Service:
            if name not in started:
                log = tmp_path_factory.mktemp("service") / "log"
                started[name] = stack.enter_context(serving(request.getfixturevalue(name), log))
            return started[name]

        yield start


@pytest.fixture(name="show")
def _show(browser: Browser, service_of: Callable[[str], Service]) -> Iterator[Callable[..., Shown]]:
    """Yield a function that opens the page of a bundle in a Playwright context; check the pages afterwards."""
    opened: list[Shown] = []

    def show(name: str, stage: str = "", **window: Any) -> Shown:
        service = service_of(name)
        origin = f"http://127.0.0.1:{service.port}"
        page = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **window}).new_page()
        shown = Shown(page, service, [])
        opened.append(shown)

        def read(message: ConsoleMessage) -> None:
            if not message.text.startswith(REFUSED):
                shown.wrong.append(message.text)

        def see(sent: Request) -> None:
            if not sent.url.startswith((origin, "data:")):
                shown.wrong.append(sent.url)

        page.on("pageerror", lambda error: shown.wrong.append(str(error)))
        page.on("console", read)
        page.on("request", see)
        page.add_init_script("addEventListener('securitypolicyviolation', (event) => console.error(event.blockedURI))")
        if stage:  # as in API Gateway, which removes the stage from the path
            inner = lambda route: route.fulfill(response=route.fetch(url=route.request.url.replace(stage, "", 1)))  # noqa: E731
            page.route(f"{origin}{stage}/**", inner)
        page.goto(f"{origin}{stage}/docs")
        page.locator(".field").first.wait_for()
        return shown

    yield show
    for shown in opened:
        shown.page.context.close()
    assert [] == [wrong for shown in opened for wrong in shown.wrong]

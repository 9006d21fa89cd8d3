"""OPTIONS, and pages of other origins: off unless a setting names them."""

from pathlib import Path
from typing import Any

import pytest

from handler.core import Core
from handler.message import Request, Response
from handler.settings import Settings

PAGE = "https://shop.example.com"


def ask(core: Core, method: str = "GET", path: str = "/", **headers: str) -> Response:
    """One request from a page; an underscore in a header's name stands for a hyphen."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return core.answer(Request(method, path, named, {}, b"", "an-id"))


@pytest.fixture(scope="module")
def cores(bundle: Path) -> dict[tuple[str, ...], Core]:
    """Serve the repository's model, by the origins they allow."""
    return {origins: Core(Settings(bundle, cors_origins=origins)) for origins in ((), (PAGE,), ("*",))}


@pytest.mark.parametrize(("path", "allow"), [("/predict", "OPTIONS, POST"), ("/ping", "GET, HEAD, OPTIONS")])
def test_options_say_what_a_path_answers(cores: dict[Any, Core], path: str, allow: str) -> None:
    """With no body, and nothing about other origins unless it is switched on."""
    response = ask(cores[()], "OPTIONS", path, origin=PAGE, access_control_request_method="POST")

    assert (204, allow, b"") == (response.status, response.headers["allow"], response.body)
    assert not [name for name in response.headers if name.startswith("access-control")]


def test_options_of_no_path_are_not_found(cores: dict[Any, Core]) -> None:
    """As any other method's."""
    assert 404 == ask(cores[(PAGE,)], "OPTIONS", "/nothing", origin=PAGE).status


@pytest.mark.parametrize(("origins", "granted", "vary"), [((PAGE,), PAGE, "origin"), (("*",), "*", None)])
def test_a_page_that_is_allowed_may_ask(cores: dict[Any, Core], origins: Any, granted: str, vary: str | None) -> None:
    """A preflight is answered with the path's methods and the headers it asks for."""
    asked = {"access_control_request_method": "POST", "access_control_request_headers": "content-type,authorization"}
    preflight = ask(cores[origins], "OPTIONS", "/predict", origin=PAGE, **asked)
    answer = ask(cores[origins], origin=PAGE)

    assert (204, granted) == (preflight.status, preflight.headers["access-control-allow-origin"])
    assert "OPTIONS, POST" == preflight.headers["access-control-allow-methods"]
    assert "content-type,authorization" == preflight.headers["access-control-allow-headers"]
    assert (granted, vary) == (answer.headers["access-control-allow-origin"], answer.headers.get("vary"))
    assert "x-model-version" in answer.headers["access-control-expose-headers"]


def test_errors_may_be_read_too(cores: dict[Any, Core]) -> None:
    """A page can show what was wrong."""
    assert PAGE == ask(cores[(PAGE,)], "POST", "/predict", origin=PAGE).headers["access-control-allow-origin"]


def test_another_page_may_not(cores: dict[Any, Core]) -> None:
    """It gets the answer without the words that let its browser show it; a cache keeps the two apart."""
    headers = ask(cores[(PAGE,)], origin="https://evil.example.com", accept_encoding="gzip").headers

    assert "accept-encoding, origin" == headers["vary"]
    assert not [name for name in headers if name.startswith("access-control")]

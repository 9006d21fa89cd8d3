"""OPTIONS requests, and CORS headers for the origins that a setting names."""

from pathlib import Path
from typing import Any

import pytest

from handler.core import Core
from handler.message import Request, Response
from handler.settings import Settings

PAGE = "https://shop.example.com"


def ask(core: Core, method: str = "GET", path: str = "/", **headers: str) -> Response:
    """Send a request; underscores in header names stand for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return core.answer(Request(method, path, named, {}, b"", id="an-id"))


@pytest.fixture(scope="module")
def cores(bundle: Path) -> dict[tuple[str, ...], Core]:
    """Return cores that serve the repository's model, by allowed origins."""
    return {origins: Core(Settings(bundle, cors_origins=origins)) for origins in ((), (PAGE,), ("*",))}


@pytest.mark.parametrize(("path", "allow"), [("/predict", "OPTIONS, POST"), ("/ping", "GET, HEAD, OPTIONS")])
def test_options_lists_a_paths_methods(cores: dict[Any, Core], path: str, allow: str) -> None:
    """OPTIONS returns the path's methods in `allow`, and no CORS headers unless they are configured."""
    response = ask(cores[()], "OPTIONS", path, origin=PAGE, access_control_request_method="POST")

    assert (204, allow, b"") == (response.status, response.headers["allow"], response.body)
    assert not [name for name in response.headers if name.startswith("access-control")]


def test_options_of_an_unknown_path_is_not_found(cores: dict[Any, Core]) -> None:
    """OPTIONS of an unknown path is 404."""
    assert 404 == ask(cores[(PAGE,)], "OPTIONS", "/nothing", origin=PAGE).status


@pytest.mark.parametrize(("origins", "granted", "vary"), [((PAGE,), PAGE, "origin"), (("*",), "*", None)])
def test_an_allowed_origin_gets_cors_headers(
    cores: dict[Any, Core], origins: Any, granted: str, vary: str | None
) -> None:
    """A preflight from an allowed origin gets the path's methods and the headers that it asks for."""
    asked = {"access_control_request_method": "POST", "access_control_request_headers": "content-type,authorization"}
    preflight = ask(cores[origins], "OPTIONS", "/predict", origin=PAGE, **asked)
    answer = ask(cores[origins], origin=PAGE)

    assert (204, granted) == (preflight.status, preflight.headers["access-control-allow-origin"])
    assert "OPTIONS, POST" == preflight.headers["access-control-allow-methods"]
    assert "content-type,authorization" == preflight.headers["access-control-allow-headers"]
    assert (granted, vary) == (answer.headers["access-control-allow-origin"], answer.headers.get("vary"))
    assert "x-model-version" in answer.headers["access-control-expose-headers"]


def test_errors_have_cors_headers(cores: dict[Any, Core]) -> None:
    """Error responses have CORS headers too."""
    assert PAGE == ask(cores[(PAGE,)], "POST", "/predict", origin=PAGE).headers["access-control-allow-origin"]


def test_another_origin_gets_none(cores: dict[Any, Core]) -> None:
    """Another origin gets no CORS headers, and `vary` keeps caches from mixing the two."""
    headers = ask(cores[(PAGE,)], origin="https://evil.example.com", accept_encoding="gzip").headers

    assert "accept-encoding, origin" == headers["vary"]
    assert not [name for name in headers if name.startswith("access-control")]

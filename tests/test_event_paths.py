"""Paths of requests: stages, base paths and mappings of custom domains are not part of them."""

from collections.abc import Callable
from typing import Any

import pytest

from handler import adapters
from handler.message import Request

DEFAULT_DOMAIN, OWN_DOMAIN = "a1.execute-api.eu-west-1.amazonaws.com", "api.example.com"


def read_path(event: dict[str, Any]) -> str:
    """Return the path of an event's request, read by the adapter that claims it."""
    request = adapters.find(event).read_event(event, "an-id", None)
    assert isinstance(request, Request)
    return request.path


@pytest.mark.parametrize(
    ("stage", "raw", "path"),
    [
        ("$default", "/predict", "/predict"),
        ("prod", "/prod/predict", "/predict"),
        ("prod", "/prod", "/"),
        ("prod", "/prod/", "/"),
        ("prod", "/predict", "/predict"),
        ("pre", "/predict", "/predict"),
        (None, "/predict", "/predict"),
    ],
)
def test_the_stage_is_not_part_of_the_path(
    stage: str | None, raw: str, path: str, http_event: Callable[..., dict[str, Any]]
) -> None:
    """A named stage is removed from the path if it is there; `sam local` omits it."""
    context = {"http": {"method": "GET"}, "stage": stage}
    assert path == read_path(http_event(path=raw, requestContext=context))


@pytest.mark.parametrize("stage", ["predict", "v2", "ping", "add", "invocations"])
@pytest.mark.parametrize("path", ["/predict", "/v2", "/v2/models/m/infer", "/ping", "/add/1/2", "/invocations", "/"])
@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_a_stage_called_like_a_route_does_not_hide_it(stage: str, path: str, version: str) -> None:
    """The path has the stage with the API's own host name, and not with a custom domain or `sam local`."""

    def path_at(raw: str, domain: str, **more: Any) -> str:
        context = {"http": {"method": "GET"}, "stage": stage, "domainName": domain, "apiId": "a"}
        event = {"version": version, "requestContext": context, **more}
        v1 = {"httpMethod": "GET", "path": raw}
        return read_path(event | ({"rawPath": raw} if version == "2.0" else v1))

    assert path == path_at(f"/{stage}{path}".rstrip("/"), DEFAULT_DOMAIN)
    assert [path, path] == [path_at(path, domain) for domain in (OWN_DOMAIN, "localhost")]


@pytest.mark.parametrize(
    ("route", "parameters", "raw", "path"),
    [
        ("ANY /{proxy+}", {"proxy": "predict"}, "/ml/predict", "/predict"),
        ("ANY /{proxy+}", {"proxy": "predict"}, "/prod/predict", "/predict"),
        ("ANY /{proxy+}", {"proxy": "v2/models/my model"}, "/ml/v2/models/my%20model", "/v2/models/my%20model"),
        ("GET /add/{a}/{b}", {"a": "1", "b": "2"}, "/ml/news/add/1/2", "/add/1/2"),
        ("POST /predict", None, "/ml/predict", "/predict"),
        ("GET /", None, "/ml", "/"),
        ("$default", None, "/ml/predict", "/ml/predict"),
        ("ANY /{proxy+}", {"proxy": "other"}, "/ml/predict", "/ml/predict"),
        (None, None, "/predict", "/predict"),
    ],
)
def test_an_http_apis_route_shows_where_the_path_begins(
    route: str | None, parameters: dict[str, str] | None, raw: str, path: str
) -> None:
    """What precedes the part of the path that fills the route is a stage or the mapping of a custom domain."""
    context = {"http": {"method": "GET"}, "stage": "$default", "domainName": OWN_DOMAIN}
    event = {"version": "2.0", "rawPath": raw, "requestContext": context}
    assert path == read_path({**event, "routeKey": route, "pathParameters": parameters})


@pytest.mark.parametrize(
    ("resource", "parameters", "full", "path"),
    [
        ("/{proxy+}", {"proxy": "predict"}, "/news/predict", "/predict"),
        ("/add/{a}/{b}", {"a": "1", "b": "2"}, "/math/add/1/2", "/add/1/2"),
        ("/", None, "/news", "/"),
        ("/{proxy+}", {"proxy": None}, "/ping", "/ping"),
        (None, None, "/ping", "/ping"),
        ("/{proxy+}", {"proxy": "elsewhere"}, "/ping", "/ping"),
        ("/ml/{proxy+}", {"proxy": "ping"}, "/news/ml/ping", "/ml/ping"),
        ("/{proxy+}", {"proxy": "v2/models/my model"}, "/news/v2/models/my%20model", "/v2/models/my%20model"),
    ],
)
def test_a_base_path_mapping_is_not_part_of_the_path(
    resource: str | None, parameters: dict[str, str | None] | None, full: str, path: str
) -> None:
    """A custom domain's base path is removed if the resource shows it; a resource that does not match is ignored."""
    event = {"httpMethod": "GET", "path": full, "resource": resource, "pathParameters": parameters}
    assert path == read_path({**event, "requestContext": {"apiId": "a"}})

"""The API description and the page, as the repository's own bundle serves them."""

import gzip
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from handler.core import Core
from handler.message import Request, Response
from handler.protocols.documents import FILES
from handler.settings import Settings
from model import mlmodel
from model.process import ROOT


def fits(document: dict[str, Any], schema: dict[str, Any], value: Any) -> bool:
    """Return whether a value matches a schema of the description, which may refer to others."""
    return bool(Draft202012Validator({**schema, "components": document["components"]}).is_valid(value))


@pytest.fixture(scope="module")
def core(bundle: Path) -> Core:
    """Serve the repository's bundle."""
    return Core(Settings(bundle))


def ask(core: Core, method: str, path: str, **headers: str) -> Response:
    """Send a request without a body; underscores in header names stand for hyphens."""
    headers = {name.replace("_", "-"): text for name, text in headers.items()}
    return core.answer(Request(method, path, headers, {}, b"", id="test"))


def test_the_bundle_has_a_valid_description(core: Core, text_model: Path) -> None:
    """With the model's name, its column, its proof and its scores."""
    document = json.loads(ask(core, "GET", "/openapi.json").body)
    OpenAPIV31SpecValidator(document).validate()
    told = core.predictor.manifest
    assert (told.model.name, told.model.version) == (document["info"]["title"], document["info"]["version"])
    assert ["text"] == [*document["components"]["schemas"]["Row"]["properties"]]
    assert told.parity["rows"] == document["x-model"]["proof"]["rows"]
    assert mlmodel.read(text_model).metrics == document["x-model"]["metrics"]


def test_examples_fit_their_own_schemas(core: Core) -> None:
    """Every example in the description matches its schema."""
    document = json.loads(ask(core, "GET", "/openapi.json").body)
    shown = 0
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
            for media in (media for body in bodies for media in body.get("content", {}).values()):
                for example in media.get("examples", {}).values():
                    assert fits(document, media["schema"], example["value"]), (path, method)
                    shown += 1
    assert shown >= 6


def test_examples_get_valid_responses(core: Core) -> None:
    """Each route's example gets a response that matches the route's schema."""
    document = json.loads(ask(core, "GET", "/openapi.json").body)
    for path, methods in document["paths"].items():
        content = methods.get("post", {}).get("requestBody", {}).get("content", {})
        for example in content.get("application/json", {}).get("examples", {}).values():
            info = core.predictor.manifest.model
            filled = path.replace("{name}", info.name).replace("{version}", info.version)
            body = json.dumps(example["value"]).encode()
            response = core.answer(Request("POST", filled, {}, {}, body, id="test"))
            schema = methods["post"]["responses"]["200"]["content"]["application/json"]["schema"]
            assert 200 == response.status
            assert fits(document, schema, json.loads(response.body)), path


def test_the_description_is_served(core: Core) -> None:
    """The bundle's file is served, compressed if the caller accepts that, also for HEAD."""
    plain, packed = ask(core, "GET", "/openapi.json"), ask(core, "GET", "/openapi.json", accept_encoding="br, gzip")
    assert (200, "application/json") == (plain.status, plain.headers["content-type"])
    assert plain.body == (Path(core.predictor.folder) / "openapi.json").read_bytes() == gzip.decompress(packed.body)
    assert "gzip" == packed.headers["content-encoding"]
    assert len(packed.body) < len(plain.body) / 5
    assert 200 == ask(core, "HEAD", "/openapi.json").status


def test_an_altered_description_is_not_served(bundle: Path, tmp_path: Path) -> None:
    """An altered description is a 500, and predictions still work."""
    copy = Path(shutil.copytree(bundle, tmp_path / "bundle"))
    text = (copy / "openapi.json").read_text()
    (copy / "openapi.json").write_text(text.replace("3.1.0", "3.1.1"))
    core = Core(Settings(copy))
    assert 500 == ask(core, "GET", "/openapi.json").status
    assert 200 == core.answer(Request("POST", "/predict", {}, {}, b'{"text": "a"}', id="test")).status


@pytest.mark.parametrize("file", FILES)
def test_the_page_and_its_files_are_served(core: Core, file: str) -> None:
    """The page and its files are served, compressed if accepted, under a strict content security policy."""
    page = ask(core, "GET", "/docs")
    for response in (page, ask(core, "GET", f"/docs/{file}")):
        assert 200 == response.status
        policy = response.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; ")
        assert "unsafe" not in policy
    plain, packed = ask(core, "GET", f"/docs/{file}"), ask(core, "GET", f"/docs/{file}", accept_encoding="gzip")
    assert FILES[file] == plain.headers["content-type"]
    assert plain.body == gzip.decompress(packed.body)
    assert "accept-encoding" in packed.headers["vary"]


@pytest.mark.parametrize("file", ["docs.html", "LICENSE", "..", "%2e%2e", "docs.css.gz"])
def test_other_files_are_not_found(core: Core, file: str) -> None:
    """Any other file name is 404."""
    assert 404 == ask(core, "GET", f"/docs/{file}").status


def test_the_pages_links_work_with_a_slash(core: Core) -> None:
    """`/docs/` redirects to `/docs`, below any base path, since the page's links are relative to it."""
    response = ask(core, "GET", "/docs/")
    assert (307, "https://a/stage/docs") == (
        response.status,
        urljoin("https://a/stage/docs/", response.headers["location"]),
    )


def test_a_start_reads_no_documentation(bundle: Path) -> None:
    """Starting the handler neither reads the description and the page nor imports what serves them."""
    program = """
import sys
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
import handler.app
print(*opened, *sys.modules, sep="\\n")
"""
    environment = {"THAW_BUNDLE": str(bundle), "PATH": ""}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    touched = done.stdout.splitlines()
    assert any(path.endswith("manifest.json") for path in touched)
    assert not [path for path in touched if "openapi" in path or "/pages" in path or "viewer" in path]
    assert not {"gzip", "zlib", "handler.response.compression", "handler.response.cors"} & set(touched)

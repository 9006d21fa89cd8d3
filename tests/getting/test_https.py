"""Archives on the web: a real server with a certificate of its own."""

import http.server
import shutil
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from handler.bundle import sha256
from model.errors import ModelError
from model.get import Got


class _Files(http.server.SimpleHTTPRequestHandler):
    """Files, a redirection to http, and an answer that breaks off."""

    def do_GET(self) -> None:
        if self.path == "/elsewhere.zip":
            self.send_response(302)
            self.send_header("location", "http://127.0.0.1/m.zip")
            self.end_headers()
        elif self.path == "/short.zip":
            self.send_response(200)
            self.send_header("content-length", "1000")
            self.end_headers()
            self.wfile.write(b"PK")
        else:
            super().do_GET()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module", name="certificate")
def _certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for this machine, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(folder / "key"), "-out", str(folder / "certificate")]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject, *files]
    subprocess.run(command, check=True, capture_output=True)
    return folder / "certificate", folder / "key"


@pytest.fixture(name="site")
def _site(
    iris: Path, tmp_path: Path, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, str]]:
    """The address of an archive whose server is trusted, and its hash."""
    shutil.make_archive(str(tmp_path / "web" / "m"), "zip", iris)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    web = tmp_path / "web"

    def answer(*given: object) -> _Files:
        return _Files(*given, directory=str(web))  # type: ignore[arg-type]

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), answer) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"https://127.0.0.1:{server.server_port}/m.zip", sha256(web / "m.zip")
        server.shutdown()
        thread.join()


def test_an_archive_is_got(site: tuple[str, str], got: Callable[..., Got]) -> None:
    """When its hash is the one that was stated."""
    url, digest = site
    assert digest == got(url, sha256=digest.upper()).source["sha256"]


@pytest.mark.parametrize(
    ("path", "digest", "said"),
    [
        ("m.zip", "", "say what .* must be: --sha256"),
        ("m.zip", "0" * 64, "nothing of it was opened"),
        ("none.zip", "0" * 64, "is not to be had: 404"),
        ("elsewhere.zip", "0" * 64, "redirects to http://127.0.0.1/m.zip, which is no https address"),
        ("short.zip", "0" * 64, "ended after 2 of 1000 bytes|IncompleteRead"),
    ],
)
def test_what_is_not_got(
    path: str, digest: str, said: str, site: tuple[str, str], tmp_path: Path, got: Callable[..., Got]
) -> None:
    """It is said in one line why, and nothing is left behind."""
    with pytest.raises(ModelError, match=said):
        got(site[0].replace("m.zip", path), sha256=digest)
    assert ["web"] == [path.name for path in tmp_path.iterdir()]


def test_a_server_that_is_not_trusted_is_not_asked(
    site: tuple[str, str], monkeypatch: pytest.MonkeyPatch, got: Callable[..., Got]
) -> None:
    """Its certificate is none that is known."""
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(ModelError, match="CERTIFICATE_VERIFY_FAILED"):
        got(site[0], sha256=site[1])

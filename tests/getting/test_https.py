"""Archives on a web server with a certificate of its own."""

import http.server
import shutil
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from handler.files import sha256
from model.errors import ModelError
from model.get import FetchedModel


class _Files(http.server.SimpleHTTPRequestHandler):
    """Serves files, a redirect to http, and a response that breaks off."""

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
    """Make a certificate for this machine, and its key."""
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
    """Serve an archive from a trusted server; yield its URL and hash."""
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


def test_an_archive_is_downloaded(site: tuple[str, str], get_model: Callable[..., FetchedModel]) -> None:
    """The hash is compared without regard to case."""
    url, digest = site
    assert digest == get_model(url, sha256=digest.upper()).source["sha256"]


@pytest.mark.parametrize(
    ("path", "digest", "message"),
    [
        ("m.zip", "", "needs --sha256"),
        ("m.zip", "0" * 64, "it was not unpacked"),
        ("none.zip", "0" * 64, "cannot be downloaded: 404"),
        ("elsewhere.zip", "0" * 64, "redirects to http://127.0.0.1/m.zip, which is not an https address"),
        ("short.zip", "0" * 64, "ended after 2 of 1000 bytes|IncompleteRead"),
    ],
)
def test_failed_downloads_leave_nothing(
    path: str, digest: str, message: str, site: tuple[str, str], tmp_path: Path, get_model: Callable[..., FetchedModel]
) -> None:
    """The error says why in one line, and no files are left."""
    with pytest.raises(ModelError, match=message):
        get_model(site[0].replace("m.zip", path), sha256=digest)
    assert ["web"] == [path.name for path in tmp_path.iterdir()]


def test_untrusted_servers_are_refused(
    site: tuple[str, str], monkeypatch: pytest.MonkeyPatch, get_model: Callable[..., FetchedModel]
) -> None:
    """A certificate that no known authority signed ends the connection."""
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(ModelError, match="CERTIFICATE_VERIFY_FAILED"):
        get_model(site[0], sha256=site[1])

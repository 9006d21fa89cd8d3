"""An archive on the web, known by its hash."""

import hashlib
import http.client
import ssl
import tempfile
import urllib.error
import urllib.request
from pathlib import Path, PurePosixPath
from typing import IO
from urllib.parse import urlsplit

from model.errors import ModelError
from model.sources import Advance, Found, Wanted
from model.sources.archive import LARGEST, unpack

_CHUNK = 1024 * 1024
_SECONDS = 60  # without a byte


class _OnlyHttps(urllib.request.HTTPRedirectHandler):
    """Follows redirections, but to no address that others could read or change the answer of."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        if urlsplit(newurl).scheme != "https":
            raise urllib.error.URLError(f"it redirects to {newurl[:200]}, which is no https address")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def fetch(wanted: Wanted, folder: Path, advance: Advance) -> Found:
    """Download it, compare its hash, and only then open it.

    Raises:
        ModelError: no hash is given or it is another, the server does not give the archive, or as `unpack`.
    """
    if not wanted.sha256:
        raise ModelError(f"say what {wanted.uri} must be: --sha256 with the hash that its publisher states")
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as beside:
        file = Path(beside) / (PurePosixPath(urlsplit(wanted.uri).path).name or "archive")
        try:
            digest = _download(wanted.uri, file, advance)
        except urllib.error.HTTPError as error:
            raise ModelError(f"{wanted.uri} is not to be had: {error.code} {error.reason}") from None
        except (urllib.error.URLError, http.client.HTTPException, ssl.SSLError, TimeoutError, ConnectionError) as error:
            reason = getattr(error, "reason", None) or error
            raise ModelError(f"{wanted.uri} is not to be had: {' '.join(str(reason).split())}") from None
        if digest != wanted.sha256.lower():
            raise ModelError(f"{wanted.uri} has the SHA-256 {digest}, not {wanted.sha256}: nothing of it was opened")
        unpack(file, folder, lambda *_: None)
    return Found(sha256=digest)


def _download(url: str, file: Path, advance: Advance) -> str:
    """Write what is at an address into a file; its SHA-256."""
    digest = hashlib.sha256()
    done = 0
    opener = urllib.request.build_opener(_OnlyHttps)
    with opener.open(url, timeout=_SECONDS) as answer, file.open("wb") as out:
        total = int(answer.headers.get("content-length") or 0)
        while chunk := answer.read(_CHUNK):
            digest.update(chunk)
            out.write(chunk)
            done += len(chunk)
            if done > LARGEST:
                raise ModelError(f"{url} has more than {LARGEST / 1e9:.0f} GB: that is no model")
            advance(done, total)
    if total and done != total:
        raise ModelError(f"{url} ended after {done} of {total} bytes; try again")
    return digest.hexdigest()

"""An archive on a web server, checked against its hash."""

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
from model.get.sources import Advance, ModelSource, Provenance
from model.get.sources.archive import LARGEST, unpack

_CHUNK = 1024 * 1024
_TIMEOUT = 60  # seconds without a byte


class _OnlyHttps(urllib.request.HTTPRedirectHandler):
    """Follow redirects to https addresses only: other responses could be read or changed on the way."""

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
            raise urllib.error.URLError(f"it redirects to {newurl[:200]}, which is not an https address")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def fetch(source: ModelSource, folder: Path, advance: Advance) -> Provenance:
    """Download an archive, compare its hash, and only then unpack it.

    Raises:
        ModelError: no hash is given, the hash differs, the download fails, or as `unpack`.
    """
    if not source.sha256:
        raise ModelError(f"{source.uri} needs --sha256: the hash that its publisher states")
    with tempfile.TemporaryDirectory(prefix=".download-", dir=folder) as work:
        file = Path(work) / (PurePosixPath(urlsplit(source.uri).path).name or "archive")
        try:
            digest = _download(source.uri, file, advance)
        except urllib.error.HTTPError as error:
            raise ModelError(f"{source.uri} cannot be downloaded: {error.code} {error.reason}") from None
        except (urllib.error.URLError, http.client.HTTPException, ssl.SSLError, TimeoutError, ConnectionError) as error:
            reason = getattr(error, "reason", None) or error
            raise ModelError(f"{source.uri} cannot be downloaded: {' '.join(str(reason).split())}") from None
        if digest != source.sha256.lower():
            raise ModelError(f"{source.uri} has the SHA-256 {digest}, not {source.sha256}: it was not unpacked")
        unpack(file, folder, lambda *_: None)
    return Provenance(sha256=digest)


def _download(url: str, file: Path, advance: Advance) -> str:
    """Download a URL into a file; return the SHA-256."""
    digest = hashlib.sha256()
    done = 0
    opener = urllib.request.build_opener(_OnlyHttps)
    with opener.open(url, timeout=_TIMEOUT) as response, file.open("wb") as out:
        total = int(response.headers.get("content-length") or 0)
        while chunk := response.read(_CHUNK):
            digest.update(chunk)
            out.write(chunk)
            done += len(chunk)
            if done > LARGEST:
                raise ModelError(f"{url} is larger than {LARGEST / 1e9:.0f} GB: it is too large for Lambda")
            advance(done, total)
    if total and done != total:
        raise ModelError(f"{url} ended after {done} of {total} bytes: run the command again")
    return digest.hexdigest()

"""Sign requests to AWS with Signature Version 4 (IAM User Guide, "Create a signed AWS API request")."""

import hashlib
import hmac
import time
from typing import NamedTuple
from urllib.parse import quote


class Credentials(NamedTuple):
    """An access key; `token` is empty unless it is temporary."""

    key: str
    secret: str
    token: str = ""


class Target(NamedTuple):
    """The service that receives a request: its signing name, its region, and the value of the `host` header."""

    service: str
    region: str
    host: str


def signed(
    method: str,
    path: str,
    headers: dict[str, str],
    body: bytes,
    target: Target,
    credentials: Credentials,
    *,
    query: str = "",
    now: float | None = None,
) -> dict[str, str]:
    """Return a request's headers, including those of its signature.

    Args:
        method: in upper case.
        path: percent-encoded path, as sent.
        headers: further headers to sign, names in lower case.
        body: the payload.
        target: the service.
        credentials: the caller's access key.
        query: query string as sent, parameters sorted.
        now: seconds since 1970; by default the current time.
    """
    timestamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    digest = hashlib.sha256(body).hexdigest()
    all_headers = {**headers, "host": target.host, "x-amz-date": timestamp}
    if target.service == "s3":
        all_headers["x-amz-content-sha256"] = digest
    if credentials.token:
        all_headers["x-amz-security-token"] = credentials.token
    names = ";".join(sorted(all_headers))
    lines = "".join(f"{name}:{' '.join(all_headers[name].split())}\n" for name in sorted(all_headers))
    # Every service but S3 signs a path that is encoded twice.
    canonical = path if target.service == "s3" else quote(path, safe="/-_.~")
    request = f"{method}\n{canonical}\n{query}\n{lines}\n{names}\n{digest}"
    scope = f"{timestamp[:8]}/{target.region}/{target.service}/aws4_request"
    hashed = hashlib.sha256(request.encode()).hexdigest()
    key = f"AWS4{credentials.secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, f"AWS4-HMAC-SHA256\n{timestamp}\n{scope}\n{hashed}".encode(), "sha256").hex()
    authorization = (
        f"AWS4-HMAC-SHA256 Credential={credentials.key}/{scope}, SignedHeaders={names}, Signature={signature}"
    )
    return all_headers | {"authorization": authorization}

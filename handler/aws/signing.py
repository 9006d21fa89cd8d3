"""Signature Version 4: what makes a request to AWS one of ours.

Source: AWS Identity and Access Management User Guide, "Create a signed AWS API request".
"""

import hashlib
import hmac
import time
from typing import NamedTuple
from urllib.parse import quote


class Credentials(NamedTuple):
    """An access key; `token` is empty where it is no temporary one."""

    key: str
    secret: str
    token: str = ""


class Target(NamedTuple):
    """What a request goes to: the service by its signing name, the region, and the host as the header has it."""

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
    """The headers of a request, with those that sign it.

    Args:
        method: in upper case.
        path: as it is sent, percent-encoded once.
        headers: others to sign, names in lower case.
        body: what is sent.
        target: where it goes.
        credentials: whose request it is.
        query: as it is sent, its parameters sorted.
        now: seconds since 1970; by default the clock's.
    """
    moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    digest = hashlib.sha256(body).hexdigest()
    given = {**headers, "host": target.host, "x-amz-date": moment}
    if target.service == "s3":
        given["x-amz-content-sha256"] = digest
    if credentials.token:
        given["x-amz-security-token"] = credentials.token
    names = ";".join(sorted(given))
    lines = "".join(f"{name}:{' '.join(given[name].split())}\n" for name in sorted(given))
    # Services but S3 see a path that is encoded twice.
    canonical = path if target.service == "s3" else quote(path, safe="/-_.~")
    request = f"{method}\n{canonical}\n{query}\n{lines}\n{names}\n{digest}"
    scope = f"{moment[:8]}/{target.region}/{target.service}/aws4_request"
    hashed = hashlib.sha256(request.encode()).hexdigest()
    key = f"AWS4{credentials.secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashed}".encode(), "sha256").hex()
    authorization = (
        f"AWS4-HMAC-SHA256 Credential={credentials.key}/{scope}, SignedHeaders={names}, Signature={signature}"
    )
    return given | {"authorization": authorization}

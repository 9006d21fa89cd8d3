"""Read and write objects in a bucket (Amazon S3 API Reference, GetObject and PutObject)."""

import os
from urllib.parse import quote

from handler.aws import credentials
from handler.aws.endpoints import current_region, endpoint
from handler.aws.signing import Target, signed
from handler.connections import Connections, HttpResponse

_SECONDS = 10.0  # timeout: Lambda's init phase is no longer
_TRIES = 3
_OK = (200, 206)


class Bucket:
    """A bucket in the current region; thread-safe.

    Args:
        name: the bucket's name.
    """

    def __init__(self, name: str) -> None:
        overridden = "AWS_ENDPOINT_URL" in os.environ or "AWS_ENDPOINT_URL_S3" in os.environ
        # S3's wildcard certificate does not cover bucket names with a dot.
        in_path = overridden or "." in name
        self._name = name
        self._connections = Connections(endpoint("s3", "s3" if in_path else f"{name}.s3"))
        self._root = f"/{name}/" if in_path else "/"
        self._target = Target("s3", current_region(), self._connections.host)

    def get(self, key: str, headers: dict[str, str] | None = None) -> bytes:
        """Return an object's content, or the part that a `range` header selects.

        Raises:
            OSError: the request failed; the message says why and what to do.
        """
        return self._request("GET", key, headers or {}, b"").body

    def put(self, key: str, body: bytes) -> None:
        """Write a JSON object.

        Raises:
            OSError: the request failed; the message says why and what to do.
        """
        self._request("PUT", key, {"content-type": "application/json"}, body)

    def _request(self, method: str, key: str, headers: dict[str, str], body: bytes) -> HttpResponse:
        path = self._root + quote(key, safe="/-_.~")
        for left in reversed(range(_TRIES)):
            signed_headers = signed(method, path, headers, body, self._target, credentials.find())
            try:
                response = self._connections.request(method, path, signed_headers, body, _SECONDS)
            except OSError:
                if not left:
                    raise
                continue
            if response.status in _OK:
                return response
            if response.status < 500:  # noqa: PLR2004 - only server errors may pass
                break
        raise ConnectionError(self._reason(response.status, method, key))

    def _reason(self, status: int, method: str, key: str) -> str:
        uri = f"s3://{self._name}/{key}"
        action = "s3:GetObject" if method == "GET" else "s3:PutObject"
        reasons = {
            301: f"{uri}: the bucket is not in {self._target.region}; set AWS_REGION to its region",
            403: f"access denied: the role lacks {action} on {uri}, or kms:Decrypt on the bucket's key",
            404: f"{uri} does not exist",
        }
        return reasons.get(status, f"{uri}: S3 responds with {status}")

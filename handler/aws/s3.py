"""Objects in a bucket (Amazon S3 API Reference, GetObject and PutObject)."""

import os
from urllib.parse import quote

from handler.aws import credentials
from handler.aws.endpoints import endpoint, region
from handler.aws.signing import Target, signed
from handler.connections import Answer, Connections

_SECONDS = 10.0  # init has no more
_TRIES = 3
_OK = (200, 206)


class Bucket:
    """A bucket in this region; safe for threads.

    Args:
        name: the bucket's.
    """

    def __init__(self, name: str) -> None:
        own = "AWS_ENDPOINT_URL" in os.environ or "AWS_ENDPOINT_URL_S3" in os.environ
        # A bucket with a dot in its name has no certificate of its own host.
        in_path = own or "." in name
        self._connections = Connections(endpoint("s3", "s3" if in_path else f"{name}.s3"))
        self._root = f"/{name}/" if in_path else "/"
        self._target = Target("s3", region(), self._connections.host)

    def get(self, key: str, headers: dict[str, str] | None = None) -> bytes:
        """An object, or the part of it that a header names.

        Raises:
            OSError: S3 does not give it.
        """
        return self._ask("GET", key, headers or {}, b"").body

    def put(self, key: str, body: bytes) -> None:
        """Write an object.

        Raises:
            OSError: S3 does not take it.
        """
        self._ask("PUT", key, {"content-type": "application/json"}, body)

    def _ask(self, method: str, key: str, headers: dict[str, str], body: bytes) -> Answer:
        path = self._root + quote(key, safe="/-_.~")
        for left in reversed(range(_TRIES)):
            asked = signed(method, path, headers, body, self._target, credentials.find())
            try:
                answer = self._connections.request(method, path, asked, body, _SECONDS)
            except OSError:
                if not left:
                    raise
                continue
            if answer.status in _OK:
                return answer
            if answer.status < 500:  # noqa: PLR2004 - S3's own failures may pass
                break
        reasons = {
            301: f"the bucket is in another region than {self._target.region}",
            403: f"the role may not ({'s3:GetObject' if method == 'GET' else 's3:PutObject'})",
            404: "it is not there",
        }
        raise ConnectionError(f"{key}: {reasons.get(answer.status, f'S3 answers {answer.status}')}")

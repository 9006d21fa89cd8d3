"""Signatures are equal to botocore's."""

from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials
from hypothesis import given
from hypothesis import strategies as st

from handler.aws.signing import Credentials, Target, signed

NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="?#"), min_size=1, max_size=20)
WORDS = st.text("abc XYZ;=/", min_size=1, max_size=20).map(str.strip).filter(bool)


@given(
    segments=st.lists(NAMES.filter(lambda name: name not in {".", ".."}), min_size=1, max_size=4),
    headers=st.dictionaries(st.sampled_from(["content-type", "range", "x-amz-target"]), WORDS),
    body=st.binary(max_size=50),
    service=st.sampled_from(["s3", "sagemaker", "secretsmanager"]),
    token=st.sampled_from(["", "token"]),
)
def test_signatures_equal_botocores(
    segments: list[str], headers: dict[str, str], body: bytes, service: str, token: str
) -> None:
    """The signature equals botocore's for any path, headers and body, for each service in use."""
    path = "/" + "/".join(quote(segment, safe="-_.~") for segment in segments)
    target = Target(service, "eu-west-1", "host.example.com")
    now = datetime.now(UTC)
    ours = signed("POST", path, headers, body, target, Credentials("AKID", "secret", token), now=now.timestamp())

    request = AWSRequest("POST", f"https://host.example.com{path}", headers, body)
    request.context["timestamp"] = ours["x-amz-date"]
    if service == "s3":
        request.context["payload_signing_enabled"] = True
    kind = S3SigV4Auth if service == "s3" else SigV4Auth
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("botocore.auth.get_current_datetime", lambda: now.replace(tzinfo=None))
        kind(BotocoreCredentials("AKID", "secret", token or None), service, "eu-west-1").add_auth(request)
    assert request.headers["Authorization"] == ours["authorization"]

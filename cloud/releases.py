"""The releases of a stack: what was deployed, kept in the bucket for uploads, so that it can be deployed again."""

from datetime import UTC, datetime

import msgspec

from cloud import bucket as buckets
from cloud.account import CloudError
from cloud.stacks import client, errors_of


class Release(msgspec.Struct, frozen=True):
    """One deployment.

    Attributes:
        id: its time, such as `20260131T120000Z`; releases sort by it.
        stack: the stack's name.
        bucket: the bucket of its files.
        code: key of the zip, or address of the image.
        template: key of the template.
        parameters: all parameters of the stack, by name; before it is deployed, those that are given.
        model: the model's name.
        version: its version in its registry; empty if it has none.
        backend: how it predicts.
    """

    id: str
    stack: str
    bucket: str
    code: str
    template: str
    parameters: dict[str, str]
    model: str
    version: str
    backend: str

    @property
    def package(self) -> str:
        """How the function is packaged: `zip` or `image`."""
        return "zip" if self.code.endswith(".zip") else "image"


def new_id() -> str:
    """Return the id of a release made now."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"


def prefix(stack: str) -> str:
    """Return the beginning of the keys of a stack's files."""
    return f"thaw/{stack}/"


def save(release: Release) -> None:
    """Keep a release.

    Raises:
        CloudError: S3 refuses it.
    """
    key = f"{prefix(release.stack)}releases/{release.id}.json"
    buckets.upload(release.bucket, key, msgspec.json.format(msgspec.json.encode(release)))


def of_stack(bucket: str, stack: str) -> list[Release]:
    """Return a stack's releases, the newest first.

    Raises:
        CloudError: the bucket cannot be read.
    """
    s3 = client("s3")
    with errors_of(f"reading the releases of {stack}"):
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{prefix(stack)}releases/")
        keys = sorted((one["Key"] for page in pages for one in page.get("Contents", [])), reverse=True)
        bodies = [s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys]
    return [msgspec.json.decode(body, type=Release) for body in bodies]


def before(releases: list[Release], current: str) -> Release:
    """Return the newest release with another model than the current one has.

    Args:
        releases: the newest first.
        current: id of the release that the stack has.

    Raises:
        CloudError: there is none.
    """
    now = next((one for one in releases if one.id == current), None)
    older = [one for one in releases if one.id < current and (now is None or one.code != now.code)]
    if not older:
        raise CloudError("the stack has no earlier release")
    return older[0]


def remove(bucket: str, stack: str) -> int:
    """Remove a stack's files from the bucket; return how many there were.

    Raises:
        CloudError: S3 refuses it.
    """
    s3 = client("s3")
    count = 0
    with errors_of(f"removing s3://{bucket}/{prefix(stack)}"):
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix(stack)):
            keys = [{"Key": one["Key"]} for one in page.get("Contents", [])]
            if keys:
                s3.delete_objects(Bucket=bucket, Delete={"Objects": keys})
            count += len(keys)
    return count

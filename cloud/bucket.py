"""The bucket for uploads: the person's, or one that is made for them, private and encrypted."""

from pathlib import Path
from typing import Any

from cloud.account import CloudError
from cloud.stacks import client, errors_of

_FORBIDDEN, _MOVED, _MISSING = 403, 301, 404


def default_name() -> str:
    """Return the name of the bucket that is made where none is given: one for each account and region."""
    with errors_of("reading the account"):
        account = client("sts").get_caller_identity()["Account"]
    return f"thaw-{account}-{client('s3').meta.region_name}"


def ensure(name: str) -> bool:
    """Make a bucket unless it is there; return whether it was made.

    Raises:
        CloudError: it belongs to somebody else, is in another region, or cannot be made.
    """
    from botocore.exceptions import ClientError

    s3 = client("s3")
    region = s3.meta.region_name
    try:
        found = s3.head_bucket(Bucket=name)
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        if status == _FORBIDDEN:
            raise CloudError(
                f"the bucket {name} is not yours, or your role may not use it: name another --bucket"
            ) from None
        headers = error.response["ResponseMetadata"].get("HTTPHeaders", {})
        if status == _MOVED:
            raise CloudError(_elsewhere(name, headers.get("x-amz-bucket-region", "another region"), region)) from None
        if status != _MISSING:
            raise CloudError(f"the bucket {name} cannot be used: {error}") from None
        with errors_of(f"making the bucket {name}"):
            _make(s3, name, region)
        return True
    actual = found.get("BucketRegion") or found["ResponseMetadata"]["HTTPHeaders"].get("x-amz-bucket-region") or region
    if actual != region:
        raise CloudError(_elsewhere(name, actual, region))
    return False


def _elsewhere(name: str, actual: str, region: str) -> str:
    return f"the bucket {name} is in {actual} and the stack in {region}: name a --bucket in {region}"


def _make(s3: Any, name: str, region: str) -> None:
    """Make a bucket that nobody else reads and that is encrypted."""
    place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3.create_bucket(Bucket=name, **place)
    blocked = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=dict.fromkeys(blocked, True))
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
    unfinished = {
        "ID": "unfinished-uploads",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
    }
    s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": [unfinished]})


def upload(bucket: str, key: str, content: bytes | Path) -> str:
    """Upload bytes or a file; return its URI.

    Raises:
        CloudError: S3 refuses it.
    """
    s3 = client("s3")
    with errors_of(f"uploading s3://{bucket}/{key}"):
        if isinstance(content, Path):
            s3.upload_file(str(content), bucket, key)
        else:
            s3.put_object(Bucket=bucket, Key=key, Body=content)
    return f"s3://{bucket}/{key}"


def url(bucket: str, key: str) -> str:
    """Return an object's address as CloudFormation takes it."""
    s3 = client("s3")
    host, region = s3.meta.endpoint_url, s3.meta.region_name
    if "amazonaws.com" not in host:
        return f"{host}/{bucket}/{key}"
    return f"https://{bucket}.s3.{region}.amazonaws.com{'.cn' if region.startswith('cn-') else ''}/{key}"

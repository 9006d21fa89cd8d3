"""Deploy a function in a zip with CloudFormation alone: neither Docker nor SAM is needed."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from cloud import bucket as buckets
from cloud import releases, stacks, zip_template
from cloud.account import CloudError
from cloud.releases import Release
from cloud.stacks import TAG, Change, Show
from handler.bundle import sha256


class Function(NamedTuple):
    """A packaged function.

    Attributes:
        zip: the file.
        python: the runtime's version, such as `3.13`.
        model: the model's name.
        version: its version in its registry; empty if it has none.
        backend: how it predicts.
    """

    zip: Path
    python: str
    model: str
    version: str
    backend: str


def deploy(name: str, bucket: str, function: Function, parameters: Mapping[str, str], show: Show) -> dict[str, str]:
    """Upload a function, and create or update its stack; return the stack's outputs.

    Args:
        name: of the stack.
        bucket: of the uploads; it is there.
        function: what to deploy.
        parameters: of the template, by name; others keep the stack's values.
        show: called with a line for each step and each event of the stack.

    Raises:
        CloudError: AWS refuses something; says what, and what is left.
    """
    code = f"{releases.prefix(name)}{sha256(function.zip)}.zip"
    show(f"uploading {function.zip.stat().st_size / 1e6:.1f} MB to s3://{bucket}/{code}")
    address = buckets.upload(bucket, code, function.zip)
    release_id = releases.new_id()
    template = f"{releases.prefix(name)}{release_id}.json"
    buckets.upload(bucket, template, zip_template.make(address, function.python).encode())
    about = (function.model, function.version, function.backend)
    return release(Release(release_id, name, bucket, code, template, dict(parameters), *about), show)


def release(wanted: Release, show: Show) -> dict[str, str]:
    """Give a stack the code, template and parameters of a release, and keep the release; return the outputs.

    Raises:
        CloudError: as `stacks.apply`.
    """
    stack = stacks.check_free(wanted.stack)
    change = Change(
        buckets.url(wanted.bucket, wanted.template),
        {**wanted.parameters, "ReleaseId": wanted.id},
        {TAG: "zip", f"{TAG}:model": wanted.model, f"{TAG}:bucket": wanted.bucket},
    )
    deployed = stacks.apply(wanted.stack, stack, change, show)
    releases.save(msgspec.structs.replace(wanted, parameters=stacks.parameters(deployed)))
    return stacks.outputs(deployed)


def roll_back(name: str, show: Show) -> Release:
    """Deploy the release before a stack's current one again; return it.

    Raises:
        CloudError: the stack does not exist or has no earlier release; or as `release`.
    """
    stack = stacks.existing(name)
    bucket = stacks.tags(stack).get(f"{TAG}:bucket")
    if bucket is None:
        raise CloudError(f"SAM has deployed the stack {name}: deploy an earlier commit with SAM again")
    earlier = releases.before(releases.of_stack(bucket, name), stacks.parameters(stack).get("ReleaseId", ""))
    release(msgspec.structs.replace(earlier, id=releases.new_id()), show)
    return earlier

"""Deploy a function with CloudFormation alone: SAM is not needed, and Docker only for an image."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from cloud import bucket as buckets
from cloud import images, releases, stacks, templates
from cloud.account import CloudError
from cloud.releases import Release
from cloud.stacks import TAG, Change, Show
from cloud.templates import Code
from handler.bundle import Manifest
from handler.files import sha256
from model.function.target import Target


class Function(NamedTuple):
    """A function in S3 or ECR.

    Attributes:
        place: the zip's key, or the image's address.
        code: the same for the template.
        manifest: of its bundle.
    """

    place: str
    code: Code
    manifest: Manifest


def upload_zip(name: str, bucket: str, file: Path, python: str, manifest: Manifest, show: Show) -> Function:
    """Upload a function's zip for a stack.

    Args:
        name: of the stack.
        bucket: of the uploads; it is there.
        file: the zip.
        python: the runtime's version, such as `3.13`.
        manifest: of its bundle.
        show: called with a sentence at each step.

    Raises:
        CloudError: S3 refuses it.
    """
    key = f"{releases.prefix(name)}{sha256(file)}.zip"
    show(f"uploading {file.stat().st_size / 1e6:.1f} MB to s3://{bucket}/{key}")
    return Function(key, templates.zip_at(buckets.upload(bucket, key, file), python), manifest)


def push_image(name: str, folder: Path, target: Target, manifest: Manifest, show: Show) -> Function:
    """Build the image of a function's directory and push it for a stack.

    Raises:
        CloudError: as `images.push`.
    """
    address = images.push(name, folder, target, releases.new_id(), show)
    return Function(address, templates.image_at(address), manifest)


def deploy(name: str, bucket: str, function: Function, parameters: Mapping[str, str], show: Show) -> dict[str, str]:
    """Create or update the stack of a function; return the stack's outputs.

    Args:
        name: of the stack.
        bucket: of the uploads; it is there.
        function: what to deploy.
        parameters: of the template, by name; others keep the stack's values.
        show: called with a line for each step and each event of the stack.

    Raises:
        CloudError: AWS refuses something; says what, and what is left.
    """
    release_id = releases.new_id()
    template = f"{releases.prefix(name)}{release_id}.json"
    buckets.upload(bucket, template, templates.make_json(function.code).encode())
    model = function.manifest.model
    about = (model.name, model.version, function.manifest.backend)
    return release(Release(release_id, name, bucket, function.place, template, dict(parameters), *about), show)


def release(wanted: Release, show: Show) -> dict[str, str]:
    """Give a stack the code, template and parameters of a release, and keep the release; return the outputs.

    Raises:
        CloudError: as `stacks.apply`.
    """
    stack = stacks.check_free(wanted.stack)
    change = Change(
        buckets.url(wanted.bucket, wanted.template),
        {**wanted.parameters, "ReleaseId": wanted.id},
        {TAG: wanted.package, f"{TAG}:model": wanted.model, f"{TAG}:bucket": wanted.bucket},
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

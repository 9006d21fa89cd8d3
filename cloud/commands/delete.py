"""`thaw delete`."""

import argparse
import sys

from rich.console import Console

from cloud import images, releases, stacks
from cloud.account import CloudError, check_account
from cloud.commands import add_name
from cloud.stacks import TAG
from model.commands.terminal import confirm, step_printer


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_name(parser)
    parser.add_argument("--yes", action="store_true", help="do not ask")


def run(options: argparse.Namespace) -> int:
    """Delete a stack and the files of its releases; the bucket stays, for other stacks.

    Raises:
        CloudError: the stack does not exist, the deletion is not confirmed, or AWS refuses something.
    """
    check_account()
    tags = stacks.tags(stacks.existing(options.name))
    bucket, package = tags.get(f"{TAG}:bucket"), tags.get(TAG)
    if not options.yes:
        if not sys.stdin.isatty():
            raise CloudError("nothing was deleted: pass --yes to delete the stack without a question")
        if not confirm(f"Delete the stack {options.name} with its API, function and logs?"):
            return 1
    errors = Console(stderr=True, soft_wrap=True)
    with errors.status(f"deleting {options.name}") as status:
        stacks.delete(options.name, step_printer(errors, status))
        count = releases.remove(bucket, options.name) if bucket else 0
        repository = package == "image" and images.remove(options.name)
    left = f" and {count} files in s3://{bucket}; the bucket stays" if bucket else ""
    print(f"Deleted {options.name}{', its images' if repository else ''}{left}")
    return 0

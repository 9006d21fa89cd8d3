"""`thaw rollback`."""

import argparse

from rich.console import Console

from cloud.account import check_account
from cloud.commands import add_name
from cloud.deploy import roll_back
from model.commands.terminal import step_printer


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_name(parser)


def run(options: argparse.Namespace) -> int:
    """Deploy the earlier release; print which it is.

    Raises:
        CloudError: the stack does not exist or has no earlier release, or AWS refuses something.
    """
    check_account()
    errors = Console(stderr=True, soft_wrap=True)
    with errors.status("reading the releases") as status:
        earlier = roll_back(options.name, step_printer(errors, status))
    print(f"{options.name} serves {earlier.model} {earlier.version}".rstrip() + f" again, as of {earlier.id}")
    return 0

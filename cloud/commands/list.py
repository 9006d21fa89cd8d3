"""`thaw list`."""

import argparse
import json

from rich.console import Console
from rich.table import Table

from cloud import stacks
from cloud.account import check_account
from cloud.stacks import TAG
from model.commands.terminal import add_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Print a table of the deployments.

    Raises:
        CloudError: the stacks cannot be listed.
    """
    check_account()
    found = [
        {
            "name": stack["StackName"],
            "model": stacks.tags(stack).get(f"{TAG}:model", ""),
            "release": stacks.parameters(stack).get("ReleaseId", ""),
            "status": stack["StackStatus"],
            "url": stacks.outputs(stack).get("Url"),
        }
        for stack in stacks.listed()
    ]
    if options.json:
        print(json.dumps(found))
        return 0
    if not found:
        print("No deployments in this region")
        return 0
    table = Table("name", "model", "release", "status", "url")
    for one in found:
        table.add_row(*(str(value or "") for value in one.values()))
    Console().print(table)
    return 0

"""`thaw logs`."""

import argparse
import time
from datetime import UTC, datetime
from typing import Any

from cloud import stacks
from cloud.account import CloudError, check_account
from cloud.commands import add_name
from model.commands.environments import age

_POLL = 2.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_name(parser)
    parser.add_argument(
        "--since", type=age, default="10m", metavar="AGE", help="such as 10m, 2h or 1d (default: %(default)s)"
    )
    parser.add_argument("--follow", action="store_true", help="go on with new lines until Ctrl-C")


def run(options: argparse.Namespace) -> int:
    """Print the function's log, a line for each event.

    Raises:
        CloudError: the stack does not exist, or its log cannot be read.
    """
    check_account()
    stacks.existing(options.name)
    with stacks.errors_of(f"reading the log of {options.name}"):
        group = _log_group(options.name)
        start = int((time.time() - options.since) * 1000)
        while True:
            start = _print_since(group, start)
            if not options.follow:
                return 0
            time.sleep(_POLL)


def _log_group(stack: str) -> str:
    """Return the name of the function's log group.

    Raises:
        CloudError: the stack has none.
    """
    resources: list[dict[str, Any]] = stacks.client("cloudformation").describe_stack_resources(StackName=stack)[
        "StackResources"
    ]
    for resource in resources:
        if resource.get("LogicalResourceId") == "LogGroup":
            return str(resource["PhysicalResourceId"])
    raise CloudError(f"the stack {stack} has no log group")


def _print_since(group: str, start: int) -> int:
    """Print the events from a time on, in milliseconds; return the time from which on there may be more."""
    pages = stacks.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group, startTime=start)
    for event in (event for page in pages for event in page["events"]):
        when = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
        print(f"{when:%Y-%m-%dT%H:%M:%S}Z {event['message'].rstrip()}", flush=True)
        start = max(start, event["timestamp"] + 1)
    return start

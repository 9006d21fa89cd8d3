"""`python -m cloud cost`."""

import argparse
import json

from cloud.cost import describe, estimate
from model.commands.numbers import positive
from model.commands.terminal import add_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--requests", type=positive, default=1_000_000, help="requests a month (default: %(default)s)")
    parser.add_argument("--ms", type=float, default=5.0, help="billed milliseconds per request (default: %(default)s)")
    add_json(parser)
    parser.add_argument("--memory", type=positive, default=1769, help="MB of the function (default: %(default)s)")


def run(options: argparse.Namespace) -> int:
    """Print the estimate."""
    given = (options.requests, options.ms, options.memory)
    print(json.dumps(estimate(*given)) if options.json else describe(*given))
    return 0

"""`python -m local invoke EVENT`."""

import argparse
import sys
from pathlib import Path

from local.commands import add_bundle
from local.invoke import invoke
from local.runtime_api import InitError
from local.stage import bundle_folder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("event", type=Path, help="a JSON file, such as build/events/http_v2.json")
    add_bundle(parser)


def run(options: argparse.Namespace) -> int:
    """Print the response and the times.

    Raises:
        BundleError, LocalError, ModelError: as `invoke`.
    """
    try:
        return 0 if invoke(options.event, bundle_folder(options.bundle)) else 1
    except InitError as error:
        print(f"{error.log}\nThe handler did not load: {error.type}: {error}", file=sys.stderr)
        return 1

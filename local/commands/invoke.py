"""`python -m local invoke EVENT`."""

import argparse
import sys
from pathlib import Path

from local.commands import add_bundle
from local.invoke import invoke, is_error
from local.runtime_api import InitError
from local.stage import bundle_folder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("event", type=Path, help="a JSON file, such as build/events/http_v2.json")
    parser.add_argument("--check", action="store_true", help="exit with 1 if the response is an error")
    add_bundle(parser)


def run(options: argparse.Namespace) -> int:
    """Print the response and the times.

    Raises:
        BundleError, LocalError, ModelError: as `invoke`.
    """
    try:
        response = invoke(options.event, bundle_folder(options.bundle))
    except InitError as error:
        print(f"{error.log}\nThe handler did not load: {error.type}: {error}", file=sys.stderr)
        return 1
    return 1 if response.failed or (options.check and is_error(response.value)) else 0

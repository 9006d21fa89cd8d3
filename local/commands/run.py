"""`thaw run MODEL`."""

import argparse

from local.serve import serve
from model.commands.fetched import bundle_folder
from model.commands.numbers import port
from model.commands.options import add_choices, choices_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_choices(parser)
    parser.add_argument("--port", type=port, default=8080, help="0 picks a free port (default: %(default)s)")


def run(options: argparse.Namespace) -> int:
    """Fetch and build the model unless it was built before; print the address and a curl command once it is served.

    Raises:
        BundleError, LocalError, ModelError: as `bundle_folder` and `serve`.
    """
    serve(bundle_folder(options.model, choices_of(options)), options.port)
    return 0

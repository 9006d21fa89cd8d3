"""`python -m local serve`."""

import argparse

from local.commands import add_bundle
from local.serve import serve
from local.stage import bundle_folder
from model.commands.numbers import port


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--port", type=port, default=8080, help="0 picks a free port (default: %(default)s)")
    add_bundle(parser)


def run(options: argparse.Namespace) -> int:
    """Print the address and a curl command once the service is up.

    Raises:
        BundleError, LocalError, ModelError: as `serve`.
    """
    serve(bundle_folder(options.bundle), options.port)
    return 0

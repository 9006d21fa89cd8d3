"""The option `--param` of the commands that score many rows."""

import argparse

from handler.errors import InvalidParam
from handler.schema.params import split_pairs
from model.errors import ModelError


def add_params(parser: argparse.ArgumentParser) -> None:
    """Declare `--param`."""
    parser.add_argument(
        "--param",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a param of the model, for all rows; repeat it for others, and for the values of a list",
    )


def read_params(options: argparse.Namespace) -> dict[str, list[str]]:
    """Return every value that was given, as text, by the param's name.

    Raises:
        ModelError: a param is not `name=value`.
    """
    try:
        return split_pairs(options.param)
    except InvalidParam as error:
        raise ModelError(f"--param: {error}") from None

"""The commands of `python -m local`: one module each, with its arguments and its output."""

import argparse

from model.command_line import Command

COMMANDS = {
    "Commands": {
        "run": Command("local.commands.run", "serve a model on http://127.0.0.1:8080; fetch and build it first"),
        "serve": Command("local.commands.serve", "serve a bundle over HTTP until Ctrl-C"),
        "invoke": Command("local.commands.invoke", "invoke the handler with an event as Lambda does, without Docker"),
        "demo": Command("local.commands.demo", "run the whole workflow, from a CSV file to a prediction"),
    }
}


def add_bundle(parser: argparse.ArgumentParser) -> None:
    """Declare `--bundle`, which `local.stage.bundle_folder` takes."""
    parser.add_argument(
        "--bundle",
        default="",
        metavar="DIRECTORY",
        help="the bundle's directory (default: the variable THAW_BUNDLE, else build/bundle)",
    )

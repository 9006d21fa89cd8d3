"""`thaw completion SHELL`."""

import argparse
from importlib import import_module

from thaw.cli import groups

_SHELLS = ("bash", "zsh", "tcsh")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("shell", choices=_SHELLS, help='in bash: eval "$(thaw completion bash)"')


def run(options: argparse.Namespace) -> int:
    """Print a script with which a shell completes the commands and their options."""
    import shtab

    parser = argparse.ArgumentParser("thaw")
    parser.add_argument("--version", action="store_true", help="print the version")
    places = parser.add_subparsers()
    for group in groups().values():
        for name, command in group.items():
            import_module(command.module).add_arguments(places.add_parser(name, help=command.summary))
    print(shtab.complete(parser, options.shell))
    return 0

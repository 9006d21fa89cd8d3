"""`python -m model`: get or train a model, build a bundle of it, prove the bundle again."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from model.commands import COMMANDS
from model.errors import ModelError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code is 1 where it could not be done."""
    given = sys.argv[1:] if arguments is None else arguments
    parser = argparse.ArgumentParser(prog="python -m model", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    for name, what in COMMANDS.items():
        command = commands.add_parser(name, help=what, description=f"{what[0].upper()}{what[1:]}.")
        if given[:1] == [name]:  # the others import what need not be there
            module = import_module(f"model.commands.{name}")
            module.add_arguments(command)
            command.set_defaults(run=module.run)
    options = parser.parse_args(given)
    try:
        code: int = options.run(options)
    except ModelError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return code


if __name__ == "__main__":
    sys.exit(main())

"""Run a bundle on this machine: `python -m local invoke EVENT`, `serve` and `demo`."""

import argparse
import sys
from pathlib import Path

from handler.errors import BundleError
from local.demo import demo
from local.errors import LocalError
from local.invoke import invoke
from local.runtime_api import InitError
from local.serve import serve
from local.stage import bundle_folder
from model.errors import ModelError


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "invoke":
            return 0 if invoke(options.event, bundle_folder(options.bundle)) else 1
        if options.command == "demo":
            demo(options.data, options.target, options.minutes)
        else:
            serve(bundle_folder(options.bundle), options.port)
    except InitError as error:
        print(f"{error.log}\nThe handler did not load: {error.type}: {error}", file=sys.stderr)
    except (BundleError, LocalError, ModelError) as error:
        print(error, file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    else:
        return 0
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local", description="Run a bundle on this machine.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    one = commands.add_parser(
        "invoke",
        help="invoke the handler with an event as Lambda does, without Docker",
        description="Invoke the handler with an event under Lambda's runtime client; print the response and the times.",
    )
    one.add_argument("event", type=Path, help="a JSON file, such as events/http_v2.json")
    web = commands.add_parser(
        "serve",
        help="serve HTTP until Ctrl-C",
        description="Serve the bundle over HTTP; print the address and a curl command once it is up.",
    )
    web.add_argument("--port", type=int, default=8080, help="0 picks a free port (default: %(default)s)")
    walk = commands.add_parser(
        "demo",
        help="run the whole workflow, from a CSV file to a prediction",
        description="AutoML, an MLflow registry, get, build, serve and predict; all files go to build/demo.",
    )
    walk.add_argument("--data", type=Path, help="a CSV file (default: the wine data of scikit-learn)")
    walk.add_argument("--target", default="cultivar", help="the column to predict (default: %(default)s)")
    walk.add_argument("--minutes", type=float, default=0.5, help="time limit of the search (default: %(default)s)")
    for command in (one, web):
        command.add_argument(
            "--bundle",
            default="",
            metavar="DIRECTORY",
            help="made by `python -m model build` (default: the variable THAW_BUNDLE, else build/bundle)",
        )
    return parser


if __name__ == "__main__":
    sys.exit(main())

"""`python -m cloud deploy`: builds the image, deploys it by template.yaml, and asks the new API for a prediction."""

import argparse
import sys

from cloud.account import CloudError, ready
from cloud.cost import estimate
from cloud.deploy import deploy
from cloud.smoke import curl, smoke


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 when it did what was asked."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "cost":
            print(estimate(options.requests, options.ms, options.memory))
            return 0
        ready()
        outputs = deploy(options.stack, options.parameters)
        print(f"\n{outputs['Url']} answers:")
        for line in smoke(outputs["Url"], signed="--aws-sigv4" in outputs["Curl"]):
            print(f"  {line}")
        print(f"\nAsk it:   {curl(outputs['Curl'])}\nUndo it:  sam delete --stack-name {options.stack}")
    except CloudError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m cloud", description="Deploy Thaw to an account of AWS.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    command = commands.add_parser("deploy", help="build, deploy, and ask what was deployed")
    command.add_argument("--stack", default="thaw", help="the stack's name (default: %(default)s)")
    command.add_argument("parameters", nargs="*", metavar="NAME=VALUE", help="parameters of template.yaml")
    command = commands.add_parser("cost", help="estimate a month's cost in dollars")
    command.add_argument("--requests", type=int, default=1_000_000, help="a month (default: %(default)s)")
    command.add_argument("--ms", type=float, default=5.0, help="that one takes, billed (default: %(default)s)")
    command.add_argument("--memory", type=int, default=1769, help="MB of the function (default: %(default)s)")
    return parser


if __name__ == "__main__":
    sys.exit(main())

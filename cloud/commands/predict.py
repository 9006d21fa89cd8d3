"""`thaw predict FILE`."""

import argparse
import json
import os
import sys
from pathlib import Path

from cloud import stacks
from cloud.account import CloudError, check_account
from cloud.commands import add_name
from cloud.smoke import request


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("body", metavar="FILE", help="a JSON file as POST /invocations takes it; - for standard input")
    parser.add_argument("--explain", action="store_true", help="explain each prediction by the input columns")
    add_name(parser)


def run(options: argparse.Namespace) -> int:
    """Print the response of a deployment to a request.

    Raises:
        CloudError: the deployment does not exist, the file is not JSON, or the response is an error.
    """
    check_account()
    stack = stacks.existing(options.name)
    url = stacks.outputs(stack).get("Url")
    access = stacks.parameters(stack).get("Access")
    if url is None:
        raise CloudError(f"{options.name} has no output Url: `thaw list` shows what `thaw deploy` has made")
    token = os.environ.get("TOKEN", "") if access == "JWT" else ""
    if access == "JWT" and not token:
        raise CloudError(f"{options.name} takes tokens of its issuer: put one into the variable TOKEN")
    try:
        text = sys.stdin.buffer.read() if options.body == "-" else Path(options.body).read_bytes()
        json.loads(text)
    except OSError as error:
        raise CloudError(f"cannot read {options.body}: {error.strerror}") from None
    except ValueError as error:
        raise CloudError(f"{options.body} is not JSON: {error}") from None
    address = f"{url}/invocations{'?explain=true' if options.explain else ''}"
    status, content = request(address, "POST", text, signed=access == "IAM", token=token)
    response = content.decode(errors="replace")
    if status != 200:  # noqa: PLR2004 - OK
        raise CloudError(f"POST {address} returned {status}: {response[:1000]}")
    print(response)
    return 0

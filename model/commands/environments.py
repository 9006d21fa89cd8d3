"""`python -m model environments`."""

import argparse
import json
import re
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from rich.console import Console

from model.commands.terminal import add_json, confirm
from model.environment import prune
from model.environment.prune import Listed
from model.errors import ModelError

_SECONDS = {"m": 60, "h": 3600, "d": 24 * 3600, "w": 7 * 24 * 3600}
_SHOWN = 3  # requirements
_LINE = "{:16} {:>7}  {:8} {:24} {:40} {}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--prune", action="store_true", help="remove environments, after a list and a question")
    parser.add_argument(
        "--older-than",
        type=age,
        default="30d",
        metavar="AGE",
        help="with --prune: those not used for this long, such as 12h, 30d or 8w (default: %(default)s)",
    )
    add_json(parser)
    parser.add_argument("--yes", action="store_true", help="with --prune: do not ask")


def age(text: str) -> int:
    """Return seconds.

    Raises:
        ArgumentTypeError: it is not a number with a unit.
    """
    found = re.fullmatch(r"(\d+)([mhdw])", text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is not an age such as 12h, 30d or 8w")
    return int(found[1]) * _SECONDS[found[2]]


def run(options: argparse.Namespace) -> int:
    """List environments or, with --prune, remove those that nothing has used for long.

    Raises:
        ModelError: there is no terminal to ask on, and --yes is missing.
    """
    console = Console(soft_wrap=True)
    with Console(stderr=True).status("measuring environments"):
        found = list(prune.environments())
        if options.prune:
            found = prune.unused_since(found, options.older_than)
    if options.json and not options.prune:
        print(json.dumps([_facts(one) for one in found]))
        return 0
    if not found:
        console.print("No environment to remove" if options.prune else "No environments")
        return 0
    _print(found)
    if not options.prune:
        return 0
    if not options.yes:
        if not sys.stdin.isatty():
            raise ModelError("nothing was removed: pass --yes to remove these environments without a question")
        if not confirm(f"Remove {len(found)} environments?"):
            return 0
    with Console(stderr=True).status("removing environments"):
        removed, freed = prune.remove([one.folder for one in found])
    console.print(f"Removed {len(removed)} environments: {_megabytes(freed)} MB are free", highlight=False)
    if len(removed) < len(found):
        console.print(f"{len(found) - len(removed)} are in use and stay")
    if freed < sum(one.bytes for one in found) / 2:
        console.print("uv's cache holds the same files: `.venv/bin/uv cache clean` frees them too", highlight=False)
    return 0


def _print(found: Sequence[Listed]) -> None:
    """Print a line for each environment, and their total."""
    print(_LINE.format("environment", "MB", "Python", "last used", "requirements", "for"))
    for one in found:
        more = f" and {len(one.requirements) - _SHOWN} more" if len(one.requirements) > _SHOWN else ""
        needs = f"{', '.join(one.requirements[:_SHOWN])}{more}"
        print(_LINE.format(one.folder.name, _megabytes(one.bytes), one.python, _when(one), needs, one.purpose).rstrip())
    together = prune.bytes_on_disk([one.folder for one in found])
    print(f"{len(found)} environments, {_megabytes(together)} MB on disk: shared files count once")


def _facts(one: Listed) -> dict[str, Any]:
    used = datetime.fromtimestamp(one.used, UTC).isoformat(timespec="seconds")
    return {
        "folder": str(one.folder),
        "bytes": one.bytes,
        "python": one.python,
        "used": used,
        "in_use": one.in_use,
        "complete": one.complete,
        "requirements": [*one.requirements],
        "for": one.purpose,
    }


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f}"


def _when(one: Listed) -> str:
    if one.in_use:
        return "now"
    days = int((time.time() - one.used) / _SECONDS["d"])
    date = f"{datetime.fromtimestamp(one.used, UTC):%Y-%m-%d}"
    return f"{date}, {days} days ago" if one.complete else f"{date}, not finished"

"""`python -m bench.hostile`: attack the handler and the web service, and print what was lost, blocked or left.

Everything happens on this machine over loopback, and stops by itself. Exits with 1 if a request of somebody else was
lost or blocked, a connection was left, a worker used more memory than the setting allows, a batch failed, or a response
was a server error.
"""

import argparse
import random
import signal
import sys
import time
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from bench.hostile import bundles, generated, web
from bench.measure import ProgramError
from local.errors import LocalError

BUNDLE = Path(__file__).resolve().parents[2] / "build" / "bundle"
_GRACE = 90
"""Seconds after the time is up in which an attack that is under way has to end."""


def main() -> int:
    """Run the attacks and print the tables; return 1 if one of them did harm."""
    parser = argparse.ArgumentParser(prog="python -m bench.hostile", description=__doc__)
    parser.add_argument("--minutes", type=float, default=15, help="at most (default: %(default)s)")
    parser.add_argument("--bundle", type=Path, default=BUNDLE, help="the bundle to serve (default: build/bundle)")
    parser.add_argument("--seed", type=int, default=None, help="repeat a run (default: a new one)")
    parser.add_argument("--only", choices=list(PARTS), help="one part of the attacks (default: all)")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.randrange(2**32)  # noqa: S311 - not a secret
    parts = {name: part for name, part in PARTS.items() if options.only in {None, name}}
    shares = sum(share for _, share in parts.values())
    console = Console()
    console.print(f"seed {seed}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the service is stopped
    signal.signal(signal.SIGALRM, _late)
    signal.alarm(int(options.minutes * 60) + _GRACE)
    end, harm = time.monotonic(), False
    try:
        for attack, share in parts.values():
            end += options.minutes * 60 * share / shares
            harm |= attack(console, options.bundle, end, random.Random(seed))  # noqa: S311 - not a secret
    except (LocalError, ProgramError) as error:
        console.print(str(error), markup=False)
        return 1
    except KeyboardInterrupt:
        return 130
    return int(harm)


def _late(*_: Any) -> None:
    raise ProgramError(f"an attack did not end within {_GRACE} seconds after the time was up")


def _web(console: Console, bundle: Path, end: float, chance: random.Random) -> bool:
    """Attack the web service in random order, with little and with much memory, for half of the time each."""
    web.raise_file_limit()
    table = Table(
        *("memory", "web attack", "sent", "lost", "blocked", "left", "5xx", "MB", "slowest s"), box=SIMPLE_HEAD
    )
    harm, began = False, time.monotonic()
    for number, memory in enumerate(web.MEMORIES, 1):
        until = began + (end - began) * number / len(web.MEMORIES)
        with web.started(bundle, memory) as service, console.status("web"):
            waiting: list[str] = []
            while time.monotonic() < until:
                waiting = waiting or chance.sample(list(web.ATTACKS), len(web.ATTACKS))
                name = waiting.pop()
                figures = web.attack(service, name)
                over = figures.peak > service.memory
                table.add_row(str(service.memory), name, *map(str, figures), style="red" if over else None)
                # Requests in flight in a worker that is killed are lost; docs/operate.md says so.
                lost = figures.lost if name != "killed worker" else 0
                harm |= any((over, lost, figures.blocked, figures.left, figures.failed))
    console.print(table)
    return harm


def _events(console: Console, bundle: Path, end: float, chance: random.Random) -> bool:
    """Send generated rows through every way in, and damaged events."""
    with console.status("events"):
        figures = generated.run(bundle, end, chance)
    table = Table("way in", "events", "failed", box=SIMPLE_HEAD)
    for way, sent in figures.sent.items():
        table.add_row(way, f"{sent:,}", f"{figures.failed[way]:,}")
    table.add_row("all", f"{sum(figures.sent.values()):,}", f"{sum(figures.failed.values()):,}")
    console.print(table)
    for word in figures.words[:5]:
        console.print(word[:1_000], markup=False)
    return bool(figures.words)


def _bundles(console: Console, bundle: Path, end: float, chance: random.Random) -> bool:
    """Load damaged bundles."""
    with console.status("bundles"):
        figures = bundles.run(bundle, end, chance)
    console.print(
        f"{figures.made:,} damaged bundles: {figures.rejected:,} rejected, {len(figures.raised)} other errors"
    )
    for word in figures.raised[:5]:
        console.print(word[:1_000], markup=False)
    return bool(figures.raised)


PARTS = {"web": (_web, 10), "events": (_events, 4), "bundles": (_bundles, 1)}
"""The attacks, and their shares of the time."""


if __name__ == "__main__":
    sys.exit(main())

"""Damage a bundle at random: loading it fails with one clear error, or it predicts as before."""

import random
import shutil
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from handler.errors import BundleError
from handler.predictor import Predictor


class Figures(NamedTuple):
    """Number of damaged bundles, of those that were rejected, and what was raised besides BundleError."""

    made: int
    rejected: int
    raised: list[str]


def run(bundle: Path, until: float, chance: random.Random) -> Figures:
    """Damage one file of a copy at a time, and load it.

    Args:
        bundle: an intact bundle.
        until: value of `time.monotonic()` at which to stop.
        chance: source of the damage.
    """
    made = rejected = 0
    raised: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "bundle"
        shutil.copytree(bundle, copy)
        files = sorted(path for path in copy.rglob("*") if path.is_file())
        while time.monotonic() < until:
            path = chance.choice(files)
            intact = path.read_bytes()
            path.write_bytes(damaged(intact, chance))
            made += 1
            try:
                Predictor(copy)
            except BundleError:
                rejected += 1
            except Exception as error:  # noqa: BLE001 - counted
                raised.append(f"{path.name}: {type(error).__name__}: {error}")
            path.write_bytes(intact)
    return Figures(made, rejected, raised)


def damaged(raw: bytes, chance: random.Random) -> bytes:
    """Return bytes of which some are changed, cut off, repeated or added."""
    place = chance.randrange(len(raw) + 1)
    end = min(len(raw), place + chance.randrange(1, 64))
    return chance.choice(
        (
            raw[:place],
            raw[:place] + raw[end:],
            raw[:end] + raw[place:],
            raw[:place] + chance.randbytes(end - place) + raw[end:],
            raw[:place] + chance.choice((b"\x00", b'"', b"{", b"-1", b"1e999", b"\xff")) + raw[place:],
        )
    )

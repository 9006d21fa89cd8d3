"""Measure how init, first request and memory grow with the size of forests and vocabularies."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from bench import measure, models
from bench.measure import ProgramError, Start
from bench.programs import BY_HAND, NOTHING, PROGRAMS, THAW
from bench.sandbox import make_event, sandboxes
from bench.subject import Subject
from model import mlmodel

SIZES = {"forest": (1, 5, 20, 80, 200), "text": (1_000, 10_000, 100_000, 1_000_000)}
"""Sizes by kind: approximate MB of tables, and number of terms."""

AXES = {"forest": "MB of bundle", "text": "terms"}

_COMPARED = (NOTHING, THAW.format("compiled"), BY_HAND["sklearn"])


class Point(NamedTuple):
    """One size of one kind of model: its size in the unit of `AXES`, and each program's starts."""

    kind: str
    size: float
    starts: dict[str, list[Start]]

    def record(self) -> dict[str, Any]:
        """Return all measurements as JSON values."""
        starts = {name: [start._asdict() for start in starts] for name, starts in self.starts.items()}
        return {"kind": self.kind, "size": self.size, "starts": starts}


def count_steps(kinds: dict[str, tuple[int, ...]], starts: int) -> int:
    """Return how often `measure_growth` calls `done`."""
    return sum(map(len, kinds.values())) * (starts + 2)


def measure_growth(
    cache: Path, kinds: dict[str, tuple[int, ...]], *, starts: int, done: Callable[[], object] = lambda: None
) -> list[Point]:
    """Train each size, stage its bundles, and measure the programs, interleaved.

    Raises:
        InitError, ModelError, ProgramError: a measurement failed.
    """
    points = []
    for kind, sizes in kinds.items():
        for size in sizes:
            name = f"{kind}-{size}"
            model = mlmodel.read(models.train_model(name, cache) / "model")
            example = model.example[0][0] if model.example else {}
            subject = Subject(models.BenchModel(name, name, model, example, []), cache / name, proved=())
            programs = [
                program for program in PROGRAMS if program.name in _COMPARED and not program.reason_unsuitable(subject)
            ]
            done()
            with sandboxes(subject, programs) as started:
                if failed := measure.warm_up(started, make_event(example)):
                    raise ProgramError("; ".join(failed.values()))
                done()
                found = measure.measure(started, make_event(example), starts=starts, requests=20, done=done)
            points.append(Point(kind, _size(subject) if kind == "forest" else size, found))
    return points


def _size(subject: Subject) -> float:
    """Return the MB of the compiled bundle, or of the native one if the model does not compile."""
    bundle = subject.bundle("compiled")
    folder = subject.bundle("native").folder if bundle.reason else bundle.folder
    return sum(path.stat().st_size for path in folder.iterdir()) / 1e6

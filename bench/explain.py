"""`python -m bench.explain`: explain one row with a compiled LightGBM model, next to LightGBM's own `pred_contrib`."""

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from bench import models
from bench.subject import Subject
from model import process
from model.errors import ModelError
from model.process import ROOT

OURS, BUDGET = "thaw", 0.5


def main() -> int:
    """Measure and print a table; return 0 unless the measurement fails."""
    console, cache = Console(width=100), ROOT / "build" / "bench"
    try:
        subject = Subject(models.load_model("lightgbm", cache), cache / "lightgbm")
        request = {
            "model": str(subject.model.folder.resolve()),
            "bundle": str(subject.bundle("compiled").folder.resolve()),
            "rows": subject.bench_model.rows[:50],
        }
        script, python = str(ROOT / "bench" / "explain_row.py"), subject.python("msgspec", own=True)
        found = process.run(python, script, request, packages=[process.HANDLER])
    except ModelError as error:
        console.print(str(error), markup=False)
        return 1
    table = Table("explains a row", "median ms", "of LightGBM's", title=subject.bench_model.title, box=SIMPLE_HEAD)
    theirs = min(seconds for name, seconds in found["seconds"].items() if name != OURS)
    for name, seconds in found["seconds"].items():
        table.add_row(name, f"{1000 * seconds:.2f}", f"{seconds / theirs:.2f}")
    console.print(table)
    ratio = found["seconds"][OURS] / theirs
    console.print(f"greatest difference of a contribution: {found['difference']:.1e}")
    console.print(f"{'kept' if ratio <= BUDGET else 'missed'}: at most {BUDGET} of LightGBM's: {ratio:.2f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

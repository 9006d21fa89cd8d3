"""What a build and a verification tell a person."""

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from model.build import Built
from model.verify import Verified

if TYPE_CHECKING:
    from model.get import Got

_MEGABYTE = 1e6
_SHOWN = 12  # columns
_LONG = 1.0  # seconds for 1,000 rows at once


def built(result: Built, console: Console) -> None:
    """Print what was built, and what was refused on the way."""
    manifest = result.manifest
    table = _table(f"{manifest.model.name} -> {result.bundle}")
    options = ", ".join(f"{name}={value}" for name, value in manifest.options.items())
    table.add_row("backend", f"[bold]{manifest.backend}[/] {options}")
    for refused in manifest.parity["refused"]:
        table.add_row("refused", f"{refused['backend']}: {refused['reason']}")
    proof = manifest.parity
    table.add_row("parity", _parity(proof["rows"], proof["identical_rows"], proof["greatest_difference"]))
    size = sum(file.bytes for file in manifest.files.values()) / _MEGABYTE
    table.add_row("files", f"{len(manifest.files)}, {size:.2f} MB")
    table.add_row("needs", (result.bundle / "requirements.txt").read_text().replace("\n", " ").strip())
    table.add_row("loads in", f"{result.load_seconds:.2f} s, warm-up included")
    if result.thousand_seconds > _LONG:
        table.add_row("[bold]slow[/]", _slow(manifest.backend, result.thousand_seconds))
    console.print(table)


def got(result: "Got", console: Console) -> None:
    """Print what a model is, where it came from and what it will be served by."""
    model, source = result.model, result.source
    table = _table(f"{model.info.name} -> {model.folder}")
    table.add_row("from", source["uri"])
    for name in ("version", "run"):
        if source[name]:
            table.add_row(name, source[name])
    table.add_row("flavor", f"{model.flavor}, saved on Python {model.python or 'unknown'}")
    table.add_row("inputs", _columns(model.signature.inputs))
    table.add_row("outputs", _columns(model.signature.outputs))
    table.add_row("size", f"{result.megabytes:.2f} MB")
    table.add_row("SHA-256", source["sha256"] or source["files_sha256"])
    table.add_row("compiles", "yes" if result.compiles is None else f"no: {result.compiles}")
    console.print(table)
    console.print("Next: [bold]make run[/] serves it, [bold]python -m model build[/] proves it", highlight=False)


def _columns(specs: list[dict[str, Any]] | None) -> str:
    if not specs:
        return "no signature"
    shown = [f"{spec['name']}: {spec['type']}" if "name" in spec else spec["type"] for spec in specs[:_SHOWN]]
    return ", ".join(shown) + (f" and {len(specs) - _SHOWN} more" if len(specs) > _SHOWN else "")


def verified(result: Verified, console: Console) -> None:
    """Print how a bundle compared."""
    table = _table(result.manifest.model.name)
    table.add_row("backend", result.manifest.backend)
    table.add_row("against", result.against)
    table.add_row("parity", _parity(result.verdict.rows, result.verdict.identical, result.verdict.difference))
    console.print(table)


def _table(title: str) -> Table:
    table = Table(title=title, show_header=False, title_justify="left")
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    return table


def _slow(backend: str, seconds: float) -> str:
    advice = "; for requests of many rows, try --backend native" if backend == "compiled" else ""
    return f"1,000 rows in one request take {seconds:.1f} s here{advice}"


def _parity(rows: int, identical: int, difference: float) -> str:
    if not rows:
        return "not proved: the model has neither signature nor input example"
    if identical == rows:
        return f"{rows:,} rows, identical to the last bit"
    return f"{rows:,} rows, {identical:,} of them identical to the last bit; greatest difference {difference:.1e}"

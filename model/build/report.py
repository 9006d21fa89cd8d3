"""Print the results of `build`, `get` and `verify` as tables, or return them for programs."""

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from handler.bundle import Answers
from handler.parity import Calls, Quantized
from model.build.bundle import Built
from model.build.verify import Verified

if TYPE_CHECKING:
    from model.get import FetchedModel

_MEGABYTE = 1e6
_SHOWN = 12  # columns
_LONG = 1.0  # seconds for 1,000 rows at once
_REASON = 300  # characters
_CHOICES = {"form", "predict_fn", "input", "answer"}  # options of a backend that are chosen by proof


def build_facts(result: Built) -> dict[str, Any]:
    """Return what programs want to know of a build."""
    proof = result.manifest.parity
    return {
        "bundle": str(result.bundle),
        "model": result.manifest.model.name,
        "backend": result.manifest.backend,
        "options": result.manifest.options,
        "rows": proof["rows"],
        "identical_rows": proof["identical_rows"],
        "greatest_difference": proof["greatest_difference"],
        "refused": proof["refused"],
        "quantized": proof.get("quantized"),
        "bytes": sum(file.bytes for file in result.manifest.files.values()),
        "seconds_to_load": result.load_seconds,
    }


def model_facts(result: "FetchedModel") -> dict[str, Any]:
    """Return what programs want to know of a model that was fetched."""
    return {
        "folder": str(result.model.folder),
        "model": result.model.info.name,
        **result.source,
        "flavor": result.model.flavor,
        "python": result.model.python,
        "compiles": result.not_compiled is None,
        "not_compiled": result.not_compiled,
    }


def verification_facts(result: Verified) -> dict[str, Any]:
    """Return what programs want to know of a verification."""
    return {
        "model": result.manifest.model.name,
        "backend": result.manifest.backend,
        "against": result.against,
        "rows": result.verdict.rows,
        "identical_rows": result.verdict.identical,
        "greatest_difference": result.verdict.difference,
    }


def print_build(result: Built, console: Console) -> None:
    """Print the bundle, its proof, and the faster backends that were refused."""
    manifest = result.manifest
    table = _table(f"{manifest.model.name} -> {result.bundle}")
    options = ", ".join(f"{name}={value}" for name, value in manifest.options.items() if name in _CHOICES)
    table.add_row("backend", f"[bold]{manifest.backend}[/] {options}")
    proof = manifest.parity
    for refused in proof["refused"]:
        table.add_row("refused", f"{refused['backend']}: {refused['reason'][:_REASON]}")
    varies = manifest.answers.varies
    compared = _proof(proof["rows"], proof["identical_rows"], proof["greatest_difference"])
    compared = f"before it was quantised: {compared}" if "quantized" in proof else compared
    unproved = bool(varies) and proof["state"] == "unproved"
    table.add_row("proof", "[bold]not proved: answers vary from call to call[/]" if unproved else compared)
    for kind in describe_answers(manifest.answers):
        table.add_row("answers", kind)
    table.add_row("versions", f"{proof['reference']['versions']}, on Python {manifest.built_with['python']}")
    table.add_row("asked", _asked(manifest.backend, proof["asked"]))
    if proof["not_asked"]:
        table.add_row("not asked", f"{len(proof['not_asked'])} rows: {proof['not_asked'][0]['reason']}")
    size = sum(file.bytes for file in manifest.files.values()) / _MEGABYTE
    table.add_row("files", f"{len(manifest.files)}, {size:.2f} MB")
    lines = (result.bundle / "requirements.txt").read_text().splitlines()
    needs = [line for line in lines if not line.startswith("-")]
    packages = needs[0] if len(needs) == 1 else f"{len(needs)} packages, {result.needs_bytes / _MEGABYTE:,.0f} MB"
    table.add_row("needs", packages)
    table.add_row("loads in", f"{result.load_seconds:.2f} s, warm-up included")
    if result.thousand_seconds > _LONG:
        table.add_row("[bold]slow[/]", _slow(manifest.backend, result.thousand_seconds))
    console.print(table)
    if quantized := proof.get("quantized"):
        console.print(_quantized(quantized))


def _quantized(quantized: Quantized) -> Table:
    """Return what was quantised, and the loss next to MLflow's answers."""
    before, after = quantized["bytes"]
    operators = ", ".join(f"{count} {name}" for name, count in quantized["operators"].items())
    title = f"quantised to 8 bits: {operators}\n{before / 1000:,.0f} kB before, {after / 1000:,.0f} kB after"
    table = Table("loss next to MLflow", "example", "probing rows", title=title, title_justify="left", min_width=60)
    losses = quantized["example"], quantized["probing"]
    table.add_row("rows", *(f"{loss['rows']:,}" for loss in losses))
    table.add_row("largest difference", *(f"{loss['greatest_difference']:.1e}" for loss in losses))
    table.add_row("mean difference", *(f"{loss['mean_difference']:.1e}" for loss in losses))
    if quantized["probing"]["labels_changed"] is not None:
        table.add_row("labels changed", *(f"{loss['labels_changed']:,}" for loss in losses))
    return table


def print_model(result: "FetchedModel", console: Console, serve: str) -> None:
    """Print what a model is, where it comes from, whether it compiles, and the command that serves it."""
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
    table.add_row("compiles", "yes" if result.not_compiled is None else f"no: {result.not_compiled}")
    console.print(table)
    console.print(f"Next: [bold]{serve}[/] proves and serves it", highlight=False, soft_wrap=True)


def _columns(specs: list[dict[str, Any]] | None) -> str:
    if not specs:
        return "no signature"
    shown = [f"{spec['name']}: {spec['type']}" if "name" in spec else spec["type"] for spec in specs[:_SHOWN]]
    return ", ".join(shown) + (f" and {len(specs) - _SHOWN} more" if len(specs) > _SHOWN else "")


def print_verification(result: Verified, console: Console) -> None:
    """Print how a bundle's predictions compare."""
    table = _table(result.manifest.model.name)
    table.add_row("backend", result.manifest.backend)
    table.add_row("against", result.against)
    table.add_row("proof", _proof(result.verdict.rows, result.verdict.identical, result.verdict.difference))
    console.print(table)


def _table(title: str) -> Table:
    table = Table(title=title, show_header=False, title_justify="left")
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    return table


def describe_answers(answers: Answers) -> list[str]:
    """Return a sentence about each way in which answers are not one steady value per row."""
    parts = [".".join(map(str, path)) for path in answers.varies if path]
    return [
        sentence
        for holds, sentence in (
            (answers.whole, "whole: the output is not one value per row; /predict responds with all of it"),
            (answers.batch, "depend on the batch: the answer for a row depends on the other rows of its request"),
            (bool(parts), f"not proved: answers vary from call to call in {', '.join(parts[:_SHOWN])}"),
        )
        if holds
    ]


def _asked(backend: str, asked: dict[str, Calls | None]) -> str:
    """Return how many calls the build has made."""
    said = [
        f"{who} {counted['calls']:,} calls, {counted['rows']:,} rows"
        for who, counted in (("MLflow", asked["mlflow"]), ("the bundle", asked["bundle"]))
        if counted and (who == "MLflow" or backend != "compiled")
    ]
    return "; ".join(said) or "nothing"


def _slow(backend: str, seconds: float) -> str:
    advice = "; for requests of many rows, try --backend native" if backend == "compiled" else ""
    return f"1,000 rows in one request take {seconds:.1f} s here{advice}"


def _proof(rows: int, identical: int, difference: float) -> str:
    if not rows:
        return "not proved: MLflow gave no answers to compare with"
    if identical == rows:
        return f"{rows:,} rows, identical to the last bit"
    return f"{rows:,} rows, {identical:,} identical to the last bit; greatest relative difference {difference:.1e}"

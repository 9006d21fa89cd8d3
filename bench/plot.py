"""Plot the figures. Plots have a background of their own, for light and dark pages."""

from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any, Literal

from bench.figures import Outcome
from bench.growth import AXES, Point
from bench.programs import BY_HAND, FASTAPI, MLFLOW, NOTHING, ONNX, SERVER, THAW, THAW_WEB
from bench.throughput import SIZES

INK, FAINT, _PAPER, _GREY, _ACCENT = "#30363d", "#e3e6ea", "#ffffff", "#b6bdc4", "#0b7285"
_LABELS = {NOTHING: "empty handler"}

# Okabe and Ito's palette for colour-blind readers; services over HTTP are dashed.
_LINES = {
    NOTHING: ("#999999", "-"),
    THAW.format("compiled"): ("#0072b2", "-"),
    THAW.format("native"): ("#56b4e9", "-"),
    **dict.fromkeys(BY_HAND.values(), ("#e69f00", "-")),
    ONNX: ("#cc79a7", "-"),
    MLFLOW: ("#d55e00", "-"),
    FASTAPI: ("#000000", "-"),
    THAW_WEB.format("compiled"): ("#0072b2", "--"),
    SERVER: ("#d55e00", "--"),
}


def plot_starts(outcome: Outcome, path: Path) -> None:
    """Draw bars of each program's init time and peak memory."""
    names = list(outcome.starts)[::-1]
    panels = (("init", "milliseconds to ready", "{:,.0f} ms"), ("peak", "peak memory", "{:,.0f} MB"))

    def draw(axes: Any) -> None:
        for axis, (field, title, form) in zip(axes.flat, panels, strict=True):
            values = [outcome.median(name, field) for name in names]
            colours = [_ACCENT if name.startswith("thaw") else _GREY for name in names]
            bars = axis.barh([_LABELS.get(name, name) for name in names], values, color=colours, height=0.62)
            axis.bar_label(bars, [form.format(value) for value in values], padding=4, color=INK)
            axis.set_title(title, loc="left", fontsize=10, color=INK)
            axis.set_xlim(0, max(values) * 1.3)
            axis.tick_params(length=0, labelbottom=False, colors=INK)
            axis.spines[:].set_visible(False)

    figure(path, (1, 2), (9, 0.5 + 0.36 * len(names)), draw, shared=(False, True))


def plot_rates(outcomes: Sequence[Outcome], path: Path) -> None:
    """Draw rows per second by rows per request, one panel per model."""
    shown = [name for name in _LINES if name != NOTHING and any(name in outcome.rates for outcome in outcomes)]

    def draw(axes: Any) -> None:
        for axis, outcome in zip(axes.flat, outcomes, strict=False):
            for name in (name for name in shown if name in outcome.rates):
                colour, dash = _LINES[name]
                values = [outcome.rate(name, size) for size in SIZES]
                axis.loglog(SIZES, values, dash, color=colour, label=name, marker="o", markersize=3.5, linewidth=1.6)
            axis.set_title(outcome.name, loc="left", fontsize=10, color=INK)
            _simplify_axes(axis)
        for axis in axes.flat[len(outcomes) :]:
            axis.set_visible(False)
        for axis in axes.flat[len(outcomes) - across : len(outcomes)]:
            axis.set_xlabel("rows per request", color=INK)
        for axis in axes[:, 0]:
            axis.set_ylabel("rows per second", color=INK)

    across = min(2, len(outcomes))
    down = -(-len(outcomes) // across)
    figure(path, (down, across), (9, 3.1 * down + 0.7), draw, legend=True, shared=(True, True))


def plot_growth(points: Sequence[Point], path: Path) -> None:
    """Draw init, first request and memory by model size, one row of panels per kind."""
    panels = (("init", "init, ms"), ("first", "first request, ms"), ("peak", "peak memory, MB"))
    kinds = list(dict.fromkeys(point.kind for point in points))

    def draw(axes: Any) -> None:
        for row, kind in zip(axes, kinds, strict=True):
            found = [point for point in points if point.kind == kind]
            for axis, (field, title) in zip(row, panels, strict=True):
                for name in found[0].starts:
                    drawn = [point for point in found if name in point.starts]
                    values = [median(getattr(start, field) for start in point.starts[name]) for point in drawn]
                    colour, dash = _LINES[name]
                    sizes = [point.size for point in drawn]
                    axis.loglog(sizes, values, dash, color=colour, label=name, marker="o", markersize=3.5)
                axis.set_title(f"{kind}: {title}", loc="left", fontsize=10, color=INK)
                axis.set_xlabel(AXES[kind], color=INK)
                _simplify_axes(axis)

    figure(path, (len(kinds), len(panels)), (9, 2.6 * len(kinds) + 0.4), draw, legend=True, shared=(False, "col"))


def _simplify_axes(axis: Any) -> None:
    """Remove spines, ticks and minor labels, and add a light grid."""
    from matplotlib.ticker import FuncFormatter, NullLocator

    for each in (axis.xaxis, axis.yaxis):
        each.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}" if value >= 1 else f"{value:g}"))
        each.set_minor_locator(NullLocator())
    axis.grid(color=FAINT, linewidth=0.8)
    axis.set_axisbelow(True)
    axis.tick_params(length=0, colors=INK)
    axis.spines[:].set_visible(False)


def figure(
    path: Path,
    shape: tuple[int, int],
    size: tuple[float, float],
    draw: Callable[[Any], None],
    *,
    legend: bool = False,
    shared: tuple[bool, bool | Literal["col"]] = (False, False),
) -> None:
    """Write a figure.

    Args:
        path: the file; its suffix selects the format.
        shape: rows and columns of panels.
        size: width and height in inches.
        draw: draws into the panels, an array of that shape.
        legend: whether to add a legend below.
        shared: whether panels share the x axis and the y axis.
    """
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot as plt

    style: Any = {"svg.hashsalt": "thaw", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 10}
    with mpl.rc_context(style):
        drawn, axes = plt.subplots(
            *shape, figsize=size, layout="constrained", squeeze=False, sharex=shared[0], sharey=shared[1]
        )
        draw(axes)
        if legend:
            lines = {line.get_label(): line for axis in axes.flat for line in axis.get_lines()}
            drawn.legend(
                list(lines.values()), list(lines), loc="outside lower center", ncols=3, frameon=False, labelcolor=INK
            )
        drawn.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None, facecolor=_PAPER)
        plt.close(drawn)

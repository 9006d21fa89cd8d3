"""The one picture of the figures: how long each program takes to be ready, and how much memory it holds."""

from pathlib import Path

from bench.report import Results, median

_PANELS = (("init", "milliseconds to ready", "{:,.0f} ms"), ("peak", "peak memory", "{:,.0f} MB"))
_LABELS = {"nothing": "a handler that does nothing"}
_ACCENT, _GREY, _INK = "#0b7285", "#b6bdc4", "#30363d"


def draw(results: Results, path: Path) -> None:
    """Write medians as bars to an SVG file."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot as plt

    names = list(results)[::-1]
    with mpl.rc_context({"svg.hashsalt": "thaw", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 10}):
        figure, axes = plt.subplots(1, 2, figsize=(9, 0.5 + 0.42 * len(names)), layout="constrained", sharey=True)
        for axis, (field, title, form) in zip(axes, _PANELS, strict=True):
            values = [median(results, name, field) for name in names]
            colours = [_ACCENT if name.startswith("thaw") else _GREY for name in names]
            bars = axis.barh([_LABELS.get(name, name) for name in names], values, color=colours, height=0.62)
            axis.bar_label(bars, [form.format(value) for value in values], padding=4, color=_INK)
            axis.set_title(title, loc="left", fontsize=10, color=_INK)
            axis.set_xlim(0, max(values) * 1.25)
            axis.tick_params(length=0, labelbottom=False, colors=_INK)
            axis.spines[:].set_visible(False)
        figure.savefig(path, metadata={"Date": None}, facecolor="white")
        plt.close(figure)

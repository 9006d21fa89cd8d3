"""What images add to their bases, as a picture."""

from collections.abc import Sequence
from pathlib import Path

from images.size import PARTS, Size

_INK, _PAPER, _FAINT = "#30363d", "#ffffff", "#e3e6ea"
# Okabe and Ito's colours, which the colour-blind can tell apart.
_COLOURS = dict(zip(PARTS, ("#56b4e9", "#0072b2", "#009e73", "#cc79a7", "#e69f00", "#d55e00", "#999999"), strict=True))
_NAMED = {"bundle": "the bundle: model and proof", "packages": "packages of the model"}


def sizes(found: Sequence[Size], path: Path) -> None:
    """Bars of megabytes, by part."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot as plt

    style = {"svg.hashsalt": "thaw", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 10}
    with mpl.rc_context(style):
        figure, axis = plt.subplots(figsize=(9, 0.9 + 0.36 * len(found)), layout="constrained")
        names, starts = [size.name for size in found], [0.0] * len(found)
        for part in PARTS:
            widths = [size.megabytes.get(part, 0.0) for size in found]
            if any(widths):
                axis.barh(names, widths, left=starts, color=_COLOURS[part], height=0.62, label=_NAMED.get(part, part))
                starts = [start + width for start, width in zip(starts, widths, strict=True)]
        for place, size in enumerate(found):
            axis.text(size.added, place, f" {size.added:,.1f} MB", va="center", color=_INK)
        axis.invert_yaxis()
        axis.set_xlim(0, 1.12 * max(size.added for size in found))
        axis.set_xlabel("MB added to the base image", color=_INK)
        axis.grid(axis="x", color=_FAINT, linewidth=0.8)
        axis.set_axisbelow(True)
        axis.tick_params(length=0, colors=_INK)
        axis.spines[:].set_visible(False)
        axis.legend(loc="lower right", frameon=False, labelcolor=_INK)
        figure.savefig(path, metadata={"Date": None}, facecolor=_PAPER)
        plt.close(figure)

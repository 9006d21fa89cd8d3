"""Plot what images add to their base images."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.plot import FAINT, INK, figure
from images.size import PARTS, Size

# Okabe and Ito's palette for colour-blind readers.
_COLOURS = dict(zip(PARTS, ("#0072b2", "#009e73", "#56b4e9", "#e69f00", "#b6bdc4"), strict=True))
_ROOM = 1.15  # of the longest bar, for the numbers at the ends


def plot_sizes(sizes: Sequence[Size], path: Path) -> None:
    """Draw a bar of megabytes for each image, divided by part."""

    def draw(axes: Any) -> None:
        axis = axes[0, 0]
        names, starts = [size.name for size in sizes], [0.0] * len(sizes)
        for part in PARTS:
            widths = [size.megabytes.get(part, 0.0) for size in sizes]
            axis.barh(names, widths, left=starts, color=_COLOURS[part], height=0.62, label=part)
            starts = [start + width for start, width in zip(starts, widths, strict=True)]
        for place, size in enumerate(sizes):
            axis.text(size.added, place, f"  {size.added:,.1f} MB", va="center", color=INK)
        axis.invert_yaxis()
        axis.set_xlim(0, _ROOM * max(size.added for size in sizes))
        axis.set_xlabel("MB added to the base image", color=INK)
        axis.grid(axis="x", color=FAINT, linewidth=0.8)
        axis.set_axisbelow(True)
        axis.tick_params(length=0, colors=INK)
        axis.spines[:].set_visible(False)
        axis.legend(loc="upper right", frameon=False, labelcolor=INK)

    figure(path, (1, 1), (9, 0.9 + 0.36 * len(sizes)), draw)

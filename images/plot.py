"""What images add to their bases, as a picture."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.plot import FAINT, INK, figure
from images.size import PARTS, Size

# Okabe and Ito's colours, which the colour-blind can tell apart.
_COLOURS = dict(zip(PARTS, ("#0072b2", "#009e73", "#56b4e9", "#e69f00", "#b6bdc4"), strict=True))
_ROOM = 1.15  # for the numbers at the ends of bars


def sizes(found: Sequence[Size], path: Path) -> None:
    """Bars of megabytes, by part."""

    def draw(axes: Any) -> None:
        axis = axes[0, 0]
        names, starts = [size.name for size in found], [0.0] * len(found)
        for part in PARTS:
            widths = [size.megabytes.get(part, 0.0) for size in found]
            axis.barh(names, widths, left=starts, color=_COLOURS[part], height=0.62, label=part)
            starts = [start + width for start, width in zip(starts, widths, strict=True)]
        for place, size in enumerate(found):
            axis.text(size.added, place, f"  {size.added:,.1f} MB", va="center", color=INK)
        axis.invert_yaxis()
        axis.set_xlim(0, _ROOM * max(size.added for size in found))
        axis.set_xlabel("MB added to the base image", color=INK)
        axis.grid(axis="x", color=FAINT, linewidth=0.8)
        axis.set_axisbelow(True)
        axis.tick_params(length=0, colors=INK)
        axis.spines[:].set_visible(False)
        axis.legend(loc="upper right", frameon=False, labelcolor=INK)

    figure(path, (1, 1), (9, 0.9 + 0.36 * len(found)), draw)

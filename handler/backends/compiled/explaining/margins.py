"""The operations after the sum: some rescale it, which keeps it a sum, and links turn it into an answer."""

from collections.abc import Callable
from typing import Any

from handler.backends.compiled.explaining.sources import Unexplained, resolved

Vector = list[float]
Rescaling = Callable[[Vector, bool], Vector]
"""A function of one number for each sum; offsets are added to expected values, not to contributions."""


def rescaling(steps: list[dict[str, Any]], arrays: list[Any]) -> Rescaling:
    """Return what the operations after a sum do to it, up to the first link.

    Args:
        steps: the described operations.
        arrays: the arrays that they refer to.

    Raises:
        Unexplained: an operation is neither of them.
    """
    found: list[Rescaling] = []
    for step in steps:
        if step["op"] in _RESCALINGS:
            found.append(_RESCALINGS[step["op"]]({key: resolved(value, arrays) for key, value in step.items()}))
        elif step["op"].startswith(_LINKS):
            break
        elif step["op"] not in _FORMS:
            raise Unexplained(f"the operation {step['op']} combines sums in a way that is not explained")

    def apply(sums: Vector, offsets: bool) -> Vector:
        for rescale in found:
            sums = rescale(sums, offsets)
        return sums

    return apply


def _divided(step: dict[str, Any]) -> Rescaling:
    return lambda sums, _: [number / step["by"] for number in sums]


def _stretched(step: dict[str, Any]) -> Rescaling:
    factors, added = step["factors"], step["offsets"]
    return lambda sums, offsets: [
        number * factor + (offset if offsets else 0.0)
        for number, factor, offset in zip(sums, factors, added, strict=True)
    ]


def _apart(_step: dict[str, Any]) -> Rescaling:
    return lambda sums, _: [sums[1] - sums[0]]


_RESCALINGS: dict[str, Callable[[dict[str, Any]], Rescaling]] = {
    "ensembles.apart": _apart,
    "scaling.stretched": _stretched,
    "trees.divided": _divided,
}

_FORMS = {"composing.column", "composing.dense", "composing.single", "composing.transposed", "linear.first"}
"""Operations that change the form of a batch, and no number."""

_LINKS = (
    "catboost.variances", "checking.", "combining.above", "combining.reaching", "elementwise.", "inverting.",
    "lightgbm.", "linear.", "links.", "xgboost_boosters.",
)  # fmt: skip
"""How the names of operations begin that turn margins into probabilities, labels, or other numbers."""

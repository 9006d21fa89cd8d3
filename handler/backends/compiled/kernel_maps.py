"""Maps that approximate kernels, and the centring of kernels (sklearn.kernel_approximation, sklearn.preprocessing)."""

import math
from typing import Any

from handler.backends.compiled.graph import RowFunction, rowwise
from handler.errors import InvalidValue


def centred(means: Any, mean: float) -> RowFunction:
    """Centre a row of a kernel: subtract the fitted means and the row's own, add the fitted `mean` (KernelCenterer)."""
    known = means.tolist()

    def apply(row: Any) -> list[float]:
        own = sum(row) / len(known)
        return [value - other - own + mean for value, other in zip(row, known, strict=True)]

    return apply


def additive_chi2(steps: int, interval: float) -> RowFunction:
    """Sample the Fourier transform of the additive chi-squared kernel (AdditiveChi2Sampler).

    The formula of Vedaldi and Zisserman, "Efficient additive kernels via explicit feature maps" (2011).

    Args:
        steps: the number of samples, the one at zero included.
        interval: their distance.
    """
    spreads = [math.cosh(math.pi * step * interval) for step in range(1, steps)]

    def apply(row: Any) -> list[float]:
        found = [math.sqrt(value * interval) for value in row]
        logarithms = [interval * math.log(value) if value else 0.0 for value in row]
        for step, spread in enumerate(spreads, 1):
            sizes = [math.sqrt(2.0 * value * interval / spread) for value in row]
            for wave in (math.cos, math.sin):
                found += [size * wave(step * value) for size, value in zip(sizes, logarithms, strict=True)]
        return found

    return apply


def shifted_logarithms(shift: float, names: list[str | None] | None) -> RowFunction:
    """Take logarithms of numbers plus a shift; refuse sums that are not positive (SkewedChi2Sampler)."""

    def apply(row: Any) -> list[float]:
        for index, value in enumerate(row):
            if value <= -shift:
                raise InvalidValue(f"not above {-shift:g}", column=names[index] if names else None)
        return [math.log(value + shift) for value in row]

    return apply


def shares(_: None = None) -> RowFunction:
    """Divide a row by its sum; where it is zero, the result is missing (LabelPropagation)."""

    def apply(row: Any) -> list[float]:
        total = sum(row)
        return [value / total for value in row] if total else [math.nan] * len(row)

    return apply


OPERATIONS = rowwise(additive_chi2=additive_chi2, centred=centred, shares=shares, shifted_logarithms=shifted_logarithms)

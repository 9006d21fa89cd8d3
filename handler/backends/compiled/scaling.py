"""Scale columns or rows (sklearn.preprocessing)."""

import math
from typing import Any

from handler.backends.compiled.functions import dot
from handler.backends.compiled.graph import Batch, Operation, RowFunction, rowwise

_TINY = 10 * math.ulp(1.0)  # a smaller norm counts as zero (_handle_zeros_in_scale)


def standardized(means: Any, scales: Any) -> Operation:
    """Subtract the means and divide by the scales (StandardScaler, RobustScaler, MaxAbsScaler)."""
    known = list(zip(means, scales, strict=True))

    def apply(columns: Batch) -> Batch:
        return [
            [(value - mean) / scale for value in column] for column, (mean, scale) in zip(columns, known, strict=True)
        ]

    return apply


def stretched(factors: Any, offsets: Any) -> Operation:
    """Multiply columns by their factors and add their offsets (MinMaxScaler)."""
    known = list(zip(factors, offsets, strict=True))

    def apply(columns: Batch) -> Batch:
        return [
            [value * factor + offset for value in column]
            for column, (factor, offset) in zip(columns, known, strict=True)
        ]

    return apply


def clipped(low: float, high: float) -> Operation:
    """Clip columns; NaN stays (numpy.clip)."""
    return lambda columns: [[low if value < low else min(value, high) for value in column] for column in columns]


def binarized(threshold: float) -> Operation:
    """Return 1 for each value above the threshold, else 0 (Binarizer)."""
    return lambda columns: [[1.0 if value > threshold else 0.0 for value in column] for column in columns]


def sparse_binarized(threshold: float) -> RowFunction:
    """Return 1 for each value of a sparse row above the threshold; drop the others (Binarizer)."""
    return lambda row: {index: 1.0 for index, value in row.items() if value > threshold}


def sparse_standardized(scales: Any) -> RowFunction:
    """Multiply a sparse row by the reciprocals of the scales (inplace_column_scale)."""
    return lambda row: {index: value * (1.0 / scales[index]) for index, value in row.items()}


def sparse_clipped(low: float, high: float) -> RowFunction:
    """Clip a sparse row; zero lies within the limits."""
    return lambda row: {index: min(max(value, low), high) for index, value in row.items()}


def normalized(norm: str, exact: bool = False) -> RowFunction:
    """Divide a row by its norm (Normalizer), unless the norm is zero or, if not `exact`, nearly zero."""
    length = _LENGTHS[norm]
    least = math.ulp(0.0) if exact else _TINY

    def apply(row: Any) -> Any:
        size = length(row)
        return row if abs(size) < least else [value / size for value in row]

    return apply


_LENGTHS: dict[str, Any] = {
    "l1": lambda row: sum(map(abs, row)),
    "l2": lambda row: math.sqrt(dot(row, row)),
    "max": lambda row: max(map(abs, row)),
    "signed max": max,
}

OPERATIONS = {
    "binarized": binarized,
    "clipped": clipped,
    "standardized": standardized,
    "stretched": stretched,
    **rowwise(
        normalized=normalized,
        sparse_binarized=sparse_binarized,
        sparse_clipped=sparse_clipped,
        sparse_standardized=sparse_standardized,
    ),
}

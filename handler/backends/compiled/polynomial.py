"""Products of columns (sklearn.preprocessing.PolynomialFeatures)."""

from operator import mul
from typing import Any

from handler.backends.compiled.graph import Batch, Operation


def products(left: Any, right: Any, skipped: int, bias: bool) -> Operation:
    """Columns and products of them.

    Args:
        left: of each product, a column or product before it: its place, the columns being the first.
        right: of each product, the column it is multiplied by.
        skipped: how many of the first are not in the result.
        bias: whether a column of ones stands before them.
    """
    pairs = list(zip(left, right, strict=True))

    def apply(columns: Batch) -> Batch:
        made = list(columns)
        for one, other in pairs:
            made.append(list(map(mul, made[one], columns[other])))
        return [[1.0] * len(made[0]), *made[skipped:]] if bias else made[skipped:]

    return apply


OPERATIONS = {"products": products}

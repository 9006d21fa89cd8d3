"""Multiply columns (sklearn.preprocessing.PolynomialFeatures)."""

from operator import mul
from typing import Any

from handler.backends.compiled.graph import Batch, Operation


def products(left: Any, right: Any, skipped: int, bias: bool) -> Operation:
    """Return columns and products of columns.

    Args:
        left: for each product, the index of its first factor, a column or an earlier product.
        right: for each product, the index of the column that it is multiplied by.
        skipped: how many of the columns and products to leave out, from the first on.
        bias: whether to prepend a column of ones.
    """
    pairs = list(zip(left, right, strict=True))

    def apply(columns: Batch) -> Batch:
        made = list(columns)
        for one, other in pairs:
            made.append(list(map(mul, made[one], columns[other])))
        return [[1.0] * len(made[0]), *made[skipped:]] if bias else made[skipped:]

    return apply


OPERATIONS = {"products": products}

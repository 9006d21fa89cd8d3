"""LightGBM's linear trees: a leaf is a weighted sum of the row's columns."""

from __future__ import annotations

from typing import Any

from .forms import Rows, Tables, chain
from .trees import number_columns

EXPORTERS: dict[str, Any] = {}


def is_linear(tree: dict[str, list[str]]) -> bool:
    """Return whether a tree's leaves are weighted sums."""
    return tree.get("is_linear", ["0"]) != ["0"]


def numbered(tree: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return a tree whose leaves hold their numbers."""
    return {**tree, "leaf_value": list(map(str, range(len(tree["leaf_value"]))))}


def linear_sums(
    leaves: dict[str, Any], trees: list[dict[str, list[str]]], outputs: int, rows: Rows, tables: Tables
) -> dict[str, Any]:
    """Return the operation that adds up weighted sums, as columns.

    Args:
        leaves: the operation from a batch to columns, one for each tree, of the numbers of the leaves.
        trees: the trees' fields.
        outputs: the number of sums, to which the trees belong in turn.
        rows: the form of the batch.
        tables: receives the numbers.
    """
    import numpy as np

    counts = [int(count) for tree in trees for count in tree.get("num_features", ["0"] * len(tree["leaf_value"]))]
    values = [float(value) for tree in trees for value in tree["leaf_value"]]
    constants = [float(value) for tree in trees for value in tree.get("leaf_const", tree["leaf_value"])]
    return chain(
        {"op": "composing.columns_union", "parts": [leaves, chain(*number_columns(rows)[0])]},
        {
            "op": "lightgbm.linear_leaves",
            "outputs": outputs,
            "firsts": tables.add(np.cumsum([0, *(len(tree["leaf_value"]) for tree in trees)])[:-1]),
            "values": tables.add(np.array(values)),
            "constants": tables.add(np.array(constants)),
            "starts": tables.add(np.cumsum([0, *counts])),
            "features": tables.add(np.array(_all("leaf_features", trees), "i4")),
            "coefficients": tables.add(np.array(_all("leaf_coeff", trees), "f8")),
        },
    )


def _all(name: str, trees: list[dict[str, list[str]]]) -> list[str]:
    return [value for tree in trees for value in tree.get(name, [])]

"""Compare explanations of compiled models with those of libraries, and with Shapley values by their definition."""

from collections.abc import Callable
from itertools import combinations
from math import comb
from typing import Any

import numpy as np
import pandas as pd
import pytest


def shapley(value: Callable[[frozenset[int]], float], players: int) -> list[float]:
    """Return the Shapley values of a game by definition: the mean gain over all subsets of the other players."""
    found = []
    for player in range(players):
        others = [other for other in range(players) if other != player]
        found.append(
            sum(
                (value(frozenset(chosen) | {player}) - value(frozenset(chosen))) / (players * comb(players - 1, size))
                for size in range(players)
                for chosen in combinations(others, size)
            )
        )
    return found


def expectation(tree: Any, row: Any, known: frozenset[int], node: int = 0) -> Any:
    """Return the mean leaf of a tree of scikit-learn for a row of which some columns are known: TreeSHAP's game."""
    left, right = tree.children_left[node], tree.children_right[node]
    if left < 0:
        return tree.value[node, 0]
    feature = tree.feature[node]
    if feature in known:
        return expectation(tree, row, known, left if np.float32(row[feature]) <= tree.threshold[node] else right)
    weights = tree.weighted_n_node_samples
    both = (weights[side] * expectation(tree, row, known, side) for side in (left, right))
    return sum(both) / weights[node]


def contributions(model: Any, frame: pd.DataFrame) -> tuple[Any, Any]:
    """Return a compiled model's contributions, as (rows, margins, columns), and its expected values.

    Also checks that both add up to the margins.
    """
    columns = {name: frame[name].tolist() for name in frame}
    found = model.explain(columns)
    values = np.array([[one.contributions for one in row] for row in found])
    expected = np.array([one.expected for one in found[0]])
    margins = np.array(model.margins(columns))
    assert margins == pytest.approx(values.sum(axis=2) + expected, rel=1e-5, abs=1e-5)
    return values, expected

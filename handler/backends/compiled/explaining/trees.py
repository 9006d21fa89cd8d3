"""Explain sums of trees: the Shapley values of the columns that their nodes test.

What is distributed is the sum for a row, less the mean over the training rows. A set of columns is worth the mean of
the leaves that the row reaches if the other columns are unknown: at a node of an unknown column, both children count,
with their shares of the training rows (Lundberg et al. 2020, From local explanations to global understanding with
explainable AI for trees, algorithm 1: `tree_path_dependent`).

In place of their algorithm 2, a Shapley value is computed as the integral over t from 0 to 1 of the multilinear
extension's slope (Owen 1972, Multilinear extensions of games): each column on the path to a leaf has the factor
`t * passes + (1 - t) * share`, where `passes` is 1 if the row passes all tests of the column, else 0, and `share` is
the part of the training rows that do. The product of factors is a polynomial in t, which Gauss and Legendre's
quadrature integrates exactly, in one walk through each tree.

`_explain.h` walks where it was compiled, `trees_in_python.py` elsewhere.
"""

from array import array
from collections.abc import Callable
from functools import partial
from itertools import chain
from typing import Any

from handler.backends.compiled import trees
from handler.backends.compiled.explaining import trees_in_python
from handler.backends.compiled.explaining.quadrature import tabulate
from handler.backends.compiled.graph import Batch
from handler.backends.compiled.trees import Trees
from handler.errors import BundleError

MOST = 128
"""Different columns on one path."""


def explainer(tables: Trees, covers: Any, players: list[int]) -> tuple[list[float], Callable[[Batch], Batch]]:
    """Return the mean of each sum, and the function from rows to columns of contributions.

    Args:
        tables: the trees, as `trees.sums` gets them.
        covers: the weight of the training rows in each node, float64.
        players: for each column of a row, and each view after them, the player that it belongs to, from 0 on.

    Returns:
        The columns hold the contribution of each player to the first sum, then of each player to the second, and so on.

    Raises:
        BundleError: the tables are inconsistent, or trees have more than 500 levels or 128 players on a path.
    """
    count = max(players) + 1
    quadrature = tabulate((min(count, MOST) + 3) // 4)
    try:
        plain = trees.plain(tables)
        if trees.kernel is None:
            return trees_in_python.explainer(plain, covers, players, count, quadrature)
        flat = plain._replace(views=array("i", chain.from_iterable(plain.views)))
        loaded = trees.kernel.load_explained(*flat, covers, array("i", players), count, quadrature)
    except (OverflowError, TypeError, ValueError) as error:
        raise BundleError(f"the bundle's tables of trees cannot be explained: {error}") from None
    return [mean for (mean,) in trees.kernel.means(loaded)], partial(trees.kernel.explain, loaded)

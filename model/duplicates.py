"""Which texts are near-duplicates of each other: copies of one article, shortened, extended or lightly edited."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

_WORDS = 5
_SHARED = 0.5
_BLOCK = 1000  # rows compared with all others at a time: bounds the memory


def groups(texts: Iterable[str]) -> NDArray[np.intp]:
    """Number the groups of near-duplicates.

    Two texts belong together when they share at least half of the shorter one's different runs of five words,
    whatever their case and punctuation, or when a chain of such texts joins them.

    Args:
        texts: n of them; one with fewer than five words counts as a single run.

    Returns:
        One group number a text, shape (n,), counted from 0.
    """
    import numpy as np
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from sklearn.feature_extraction.text import CountVectorizer

    runs = CountVectorizer(analyzer=_runs, binary=True, dtype=np.int32).fit_transform(texts).tocsr()
    sizes = np.asarray(runs.sum(axis=1)).ravel()
    left, right = [], []
    for start in range(0, len(sizes), _BLOCK):
        shared = (runs[start : start + _BLOCK] @ runs.T).tocoo()
        rows = shared.row + start
        near = shared.data >= _SHARED * np.minimum(sizes[rows], sizes[shared.col])
        left.append(rows[near])
        right.append(shared.col[near])
    pairs = np.concatenate(left), np.concatenate(right)
    graph = coo_array((np.ones(len(pairs[0]), dtype=bool), pairs), shape=(len(sizes), len(sizes)))
    _, numbers = connected_components(graph, directed=False)
    return np.asarray(numbers, dtype=np.intp)


def _runs(text: str) -> list[str]:
    words = re.findall(r"\w+", text.lower())
    return [" ".join(words[at : at + _WORDS]) for at in range(max(1, len(words) - _WORDS + 1))]

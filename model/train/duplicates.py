"""Find near-duplicates among texts: copies of one article, shortened, extended or lightly edited."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

_WORDS = 5
_SHARED = 0.5
_BLOCK = 1000  # rows compared with all others at a time, to bound the memory


def group_near_duplicates(texts: Iterable[str]) -> NDArray[np.intp]:
    """Return a group number for each text; near-duplicates have the same one.

    Two texts are near-duplicates if they share at least half of the distinct five-word sequences of the shorter one,
    without regard to case and punctuation, or if a chain of such texts connects them.

    Args:
        texts: n texts; one with fewer than five words counts as a single sequence.

    Returns:
        Group numbers, shape (n,), counted from 0.
    """
    import numpy as np
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from sklearn.feature_extraction.text import CountVectorizer

    sequences = CountVectorizer(analyzer=_word_sequences, binary=True, dtype=np.int32).fit_transform(texts).tocsr()
    sizes = np.asarray(sequences.sum(axis=1)).ravel()
    left, right = [], []
    for start in range(0, len(sizes), _BLOCK):
        shared = (sequences[start : start + _BLOCK] @ sequences.T).tocoo()
        rows = shared.row + start
        near = shared.data >= _SHARED * np.minimum(sizes[rows], sizes[shared.col])
        left.append(rows[near])
        right.append(shared.col[near])
    pairs = np.concatenate(left), np.concatenate(right)
    graph = coo_array((np.ones(len(pairs[0]), dtype=bool), pairs), shape=(len(sizes), len(sizes)))
    _, numbers = connected_components(graph, directed=False)
    return np.asarray(numbers, dtype=np.intp)


def _word_sequences(text: str) -> list[str]:
    words = re.findall(r"\w+", text.lower())
    return [" ".join(words[at : at + _WORDS]) for at in range(max(1, len(words) - _WORDS + 1))]

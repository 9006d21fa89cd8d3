"""Operations for large batches of texts: the kernel splits ASCII texts, counts their terms and adds up weights.

They take the place of operations of the same name, as those of `dense` do. Counts are not made before a sum needs them,
or something else asks for them as sparse rows. Other texts than ASCII take the way of `text`.
"""

import math
from array import array
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from handler.backends.compiled import checking, linear, text
from handler.backends.compiled.dense_rows import Apply, Rows
from handler.backends.compiled.graph import Maker, each
from handler.backends.compiled.trees import kernel

_LOGARITHMS = array("d", [0.0, *(math.log(count) + 1.0 for count in range(1, 100))])
_NORMS = {None: 0, "l1": 1, "l2": 2, "max": 3}
_NONE = memoryview(array("d"))


class Counts(Sequence[Any]):
    """Counts of the terms of texts, or their weights: sparse rows, made when they are asked for.

    Args:
        texts: the texts.
        plain: makes the rows.
        analysis: the kernel's handle of the terms, whether marks are terms, whether to lowercase, and `binary`.
        weighting: the inverse document frequencies, logarithms and norm, as the kernel takes them.
    """

    def __init__(self, texts: list[str], plain: Apply, analysis: tuple[Any, ...], weighting: Any = None) -> None:
        self._texts, self._plain, self._weighting = texts, plain, weighting
        self._terms, *self._options = self._analysis = analysis

    @cached_property
    def rows(self) -> Any:
        """The rows."""
        return self._plain(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.rows)

    def __getitem__(self, index: Any) -> Any:
        return self.rows[index]

    def weighted(self, operation: Apply, *weighting: Any) -> Any:
        """Return weights in the place of counts; `operation` gives them for sparse rows."""
        if self._weighting:
            return operation(self.rows)
        return Counts(self._texts, lambda texts: operation(self._plain(texts)), self._analysis, weighting)

    def sums(self, weights: list[Any], intercepts: Any, plain: Apply) -> Rows:
        """Return weighted sums; `plain` gives them for sparse rows."""
        made = [array("d", bytes(8 * len(self))) for _ in weights]
        weighting = self._weighting or (_NONE, _NONE, 0)
        how = *self._options, *weighting
        left = kernel.sum_terms(self._terms, self._texts, *how, weights, intercepts, made)
        for row, values in zip(left, plain(self._plain([self._texts[row] for row in left])), strict=True):
            for column, value in zip(made, values, strict=True):
                column[row] = value
        return Rows(made)


def counts(terms: list[str], analysis: dict[str, Any], binary: bool) -> Apply:
    """Count the occurrences of each known term, as `text.counts` does."""
    plain = each(text.counts(terms, analysis, binary))
    own = "prepare" in analysis or "words" in analysis
    words = not own and analysis["kind"] == "word" and analysis["token_pattern"] in (text.WORDS, text.WORDS_AND_MARKS)
    if not words or analysis["ngrams"] != [1, 1] or not set(analysis["stop_words"]).isdisjoint(terms):
        return plain
    marks, lower = analysis["token_pattern"] == text.WORDS_AND_MARKS, analysis["lowercase"]
    known = kernel.load_terms(terms), marks, lower, binary
    return lambda texts: Counts(texts, plain, known) if isinstance(texts, list) else plain(texts)


def tfidf(idf: Any, sublinear: bool, norm: str | None) -> Apply:
    """Weight counts and normalize, as `text.tfidf` does."""
    plain = each(text.tfidf(idf, sublinear, norm))
    how = _NONE if idf is None else idf, _LOGARITHMS if sublinear else _NONE, _NORMS[norm]
    return lambda rows: rows.weighted(plain, *how) if isinstance(rows, Counts) else plain(rows)


def tfidf_sum(idf: Any, sublinear: bool, norm: str | None, weights: Any, intercept: float) -> Apply:
    """Return one weighted sum of weights, as `text.tfidf_sum` does."""
    weigh = tfidf(idf, sublinear, norm)
    add = sparse_sums([weights], [intercept])
    return lambda rows: add(weigh(rows))


def sparse_sums(weights: list[Any], intercepts: Any) -> Apply:
    """Return one weighted sum of a sparse row for each output, as `linear.sparse_sums` does."""
    plain, added = each(linear.sparse_sums(weights, intercepts)), array("d", intercepts)
    return lambda rows: rows.sums(weights, added, plain) if isinstance(rows, Counts) else plain(rows)


def finite_sparse(missing: bool, float32: bool) -> Apply:
    """Refuse infinite and missing numbers in sparse rows, as `checking.finite_sparse` does; counts are finite."""
    plain = each(checking.finite_sparse(missing, float32))
    return lambda rows: rows if isinstance(rows, Counts) else plain(rows)


MAKERS: dict[str, Maker] = {
    "checking.finite_sparse": finite_sparse,
    "linear.sparse_sums": sparse_sums,
    "text.counts": counts,
    "text.tfidf": tfidf,
    "text.tfidf_sum": tfidf_sum,
}

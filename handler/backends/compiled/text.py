"""Text to weighted terms, as sklearn.feature_extraction.text does it: a sparse row is a dict, index to value."""

import math
import re
import unicodedata
from collections.abc import Callable
from typing import Any

from handler.backends.compiled.graph import RowFunction, rowwise

Tokens = Callable[[str], list[str]]


def counts(
    terms: list[str],
    analyzer: str,
    token_pattern: str,
    ngrams: list[int],
    stop_words: list[str],
    lowercase: bool,
    strip_accents: str | None,
    binary: bool,
) -> RowFunction:
    """How often each known term occurs (CountVectorizer)."""
    index_of = {term: index for index, term in enumerate(terms)}.get
    tokens = _ANALYZERS[analyzer](token_pattern, ngrams, frozenset(stop_words))
    prepare = _preparation(lowercase, strip_accents)

    def apply(text: str) -> dict[int, float]:
        found: dict[int, float] = {}
        for token in tokens(prepare(text)):
            index = index_of(token)
            if index is not None:
                found[index] = found.get(index, 0.0) + 1.0
        return dict.fromkeys(sorted(found), 1.0) if binary else dict(sorted(found.items()))

    return apply


def tfidf(idf: Any, sublinear: bool, norm: str | None) -> RowFunction:
    """Term frequencies weighted by rarity and scaled to length one (TfidfTransformer); `idf` null for none."""
    scale = NORMS[norm] if norm else None

    def apply(row: dict[int, float]) -> dict[int, float]:
        if sublinear:
            row = {index: math.log(value) + 1.0 for index, value in row.items()}
        if idf is not None:
            row = {index: value * idf[index] for index, value in row.items()}
        if scale is None or not (length := scale(row.values())):
            return row
        return {index: value / length for index, value in row.items()}

    return apply


def _l2(values: Any) -> float:
    total = 0.0
    for value in values:
        total += value * value
    return math.sqrt(total)


def _l1(values: Any) -> float:
    total = 0.0
    for value in values:
        total += abs(value)
    return total


NORMS: dict[str, Callable[[Any], float]] = {
    "l1": _l1,
    "l2": _l2,
    "max": lambda values: max(map(abs, values), default=0.0),
}


def _preparation(lowercase: bool, strip_accents: str | None) -> Callable[[str], str]:
    accents = _ACCENTS[strip_accents]
    if lowercase:
        return lambda text: accents(text.lower())
    return accents


def _strip_unicode(text: str) -> str:
    if text.isascii():
        return text
    return "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))


def _strip_ascii(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ASCII", "ignore").decode("ASCII")


_ACCENTS: dict[str | None, Callable[[str], str]] = {
    None: lambda text: text,
    "ascii": _strip_ascii,
    "unicode": _strip_unicode,
}


def _words(token_pattern: str, ngrams: list[int], stop_words: frozenset[str]) -> Tokens:
    find = re.compile(token_pattern).findall
    low, high = ngrams

    def tokens(text: str) -> list[str]:
        words = find(text)
        if stop_words:
            words = [word for word in words if word not in stop_words]
        if high == 1:
            return words
        found = list(words) if low == 1 else []
        for size in range(max(low, 2), min(high, len(words)) + 1):
            found += [" ".join(words[start : start + size]) for start in range(len(words) - size + 1)]
        return found

    return tokens


def _characters(_pattern: str, ngrams: list[int], _stop_words: frozenset[str]) -> Tokens:
    blanks = re.compile(r"\s\s+")
    low, high = ngrams

    def tokens(text: str) -> list[str]:
        text = blanks.sub(" ", text)
        return [
            text[start : start + size]
            for size in range(low, min(high, len(text)) + 1)
            for start in range(len(text) - size + 1)
        ]

    return tokens


def _characters_of_words(_pattern: str, ngrams: list[int], _stop_words: frozenset[str]) -> Tokens:
    blanks = re.compile(r"\s\s+")
    low, high = ngrams

    def tokens(text: str) -> list[str]:
        found = []
        for word in blanks.sub(" ", text).split():
            padded = f" {word} "
            for size in range(low, high + 1):
                found += [padded[start : start + size] for start in range(max(1, len(padded) - size + 1))]
                if size >= len(padded):
                    break  # a short word counts once
        return found

    return tokens


_ANALYZERS: dict[str, Callable[[str, list[int], frozenset[str]], Tokens]] = {
    "word": _words,
    "char": _characters,
    "char_wb": _characters_of_words,
}

OPERATIONS = rowwise(counts=counts, tfidf=tfidf)

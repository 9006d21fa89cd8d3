"""Turn text into weighted term counts (sklearn.feature_extraction.text): sparse rows, dicts from index to value."""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

from handler.backends.compiled.functions import quick
from handler.backends.compiled.graph import Batch, Operation, RowFunction, rowwise
from handler.errors import InvalidValue

Tokens = Callable[[str], list[str]]

WORDS = r"(?u)\b\w\w+\b"
WORDS_AND_MARKS = r"\w+|[^\w\s]"

_HASHES = 2**15
"""The number of term hashes to cache."""


def present(column: str | None) -> Operation:
    """Refuse missing texts."""

    def apply(texts: Batch) -> Batch:
        if None in texts:
            raise InvalidValue("missing text", row=texts.index(None), column=column)
        return texts

    return apply


def counts(terms: list[str], analysis: dict[str, Any], binary: bool) -> RowFunction:
    """Count the occurrences of each known term (CountVectorizer).

    Args:
        terms: the vocabulary; a term's position is its index.
        analysis: the arguments of `analyzer`.
        binary: whether each count is capped at one.
    """
    index_of = dict(zip(terms, range(len(terms)), strict=True)).get
    tokens = analyzer(**analysis)

    def apply(text: str) -> dict[int, int]:
        known = sorted([index for token in tokens(text) if (index := index_of(token)) is not None])
        if binary:
            return dict.fromkeys(known, 1)
        found: dict[int, int] = {}
        for index in known:
            found[index] = found.get(index, 0) + 1
        return found

    return apply


def hashes(width: int, analysis: dict[str, Any], alternate: bool, binary: bool) -> RowFunction:
    """Count terms by their hashes, with the hash's sign if `alternate` (HashingVectorizer)."""
    tokens = analyzer(**analysis)

    @lru_cache(_HASHES)
    def place(token: str) -> tuple[int, float]:
        value = murmurhash3(token.encode())
        index = (2**31 - width if value == -(2**31) else abs(value)) % width
        return index, -1.0 if alternate and value < 0 else 1.0

    def apply(text: str) -> dict[int, float]:
        found: dict[int, float] = {}
        for index, count in map(place, tokens(text)):
            found[index] = found.get(index, 0.0) + count
        return {index: 1.0 if binary else found[index] for index in sorted(found)}

    return apply


def murmurhash3(data: bytes) -> int:
    """Return the signed 32-bit MurmurHash3 with seed 0 (sklearn.utils.murmurhash3_32)."""
    mixed = 0
    whole = len(data) // 4 * 4
    for word in memoryview(data)[:whole].cast("I"):
        mixed ^= _scrambled(word)
        mixed = (mixed << 13 | mixed >> 19) & 0xFFFFFFFF
        mixed = mixed * 5 + 0xE6546B64 & 0xFFFFFFFF
    mixed ^= _scrambled(int.from_bytes(data[whole:], "little")) ^ len(data)
    mixed = (mixed ^ mixed >> 16) * 0x85EBCA6B & 0xFFFFFFFF
    mixed = (mixed ^ mixed >> 13) * 0xC2B2AE35 & 0xFFFFFFFF
    mixed ^= mixed >> 16
    return mixed - (mixed >> 31 << 32)


def _scrambled(word: int) -> int:
    word = word * 0xCC9E2D51 & 0xFFFFFFFF
    word = (word << 15 | word >> 17) & 0xFFFFFFFF
    return word * 0x1B873593 & 0xFFFFFFFF


def tfidf(idf: Any, sublinear: bool, norm: str | None) -> RowFunction:
    """Weight counts by inverse document frequency, null for none, and normalize (TfidfTransformer)."""
    weigh = _weighing(idf, sublinear)
    length = NORMS[norm] if norm else None

    def apply(row: dict[int, float]) -> dict[int, float]:
        values = weigh(row)
        if length and (whole := length(values)):
            values = [value / whole for value in values]
        return dict(zip(row, values, strict=True))

    return apply


def tfidf_sum(idf: Any, sublinear: bool, norm: str | None, weights: Any, intercept: float) -> RowFunction:
    """Return one weighted sum of the tf-idf weights, without building the row."""
    weigh, weights = _weighing(idf, sublinear), quick(weights)
    length = NORMS[norm] if norm else lambda _: 1.0

    def apply(row: dict[int, float]) -> list[float]:
        values = weigh(row)
        whole = length(values) or 1.0
        total = 0.0
        for index, value in zip(row, values, strict=True):
            total += value / whole * weights[index]
        return [total + intercept]

    return apply


def _weighing(idf: Any, sublinear: bool) -> Callable[[dict[int, float]], list[float]]:
    """Return the function that weights a row's counts."""
    idf = idf if idf is None else quick(idf)
    logarithms = _Logarithms((count, math.log(count) + 1.0) for count in range(1, 100))
    weighings: dict[tuple[bool, bool], Callable[[dict[int, float]], list[float]]] = {
        (False, False): lambda row: list(row.values()),
        (False, True): lambda row: [count * idf[index] for index, count in row.items()],
        (True, False): lambda row: [logarithms[count] for count in row.values()],
        (True, True): lambda row: [
            idf[index] if count == 1 else logarithms[count] * idf[index] for index, count in row.items()
        ],
    }
    return weighings[sublinear, idf is not None]


class _Logarithms(dict[float, float]):
    """One plus the logarithm of a count; those of small counts are computed in advance."""

    def __missing__(self, count: float) -> float:
        if count <= 0:
            raise InvalidValue("a term count is not positive, so that its logarithm is undefined")
        return math.log(count) + 1.0


def _l2(values: Iterable[float]) -> float:
    total = 0.0
    for value in values:
        total += value * value
    return math.sqrt(total)


def _l1(values: Iterable[float]) -> float:
    total = 0.0
    for value in values:
        total += abs(value)
    return total


NORMS: dict[str, Callable[[Any], float]] = {
    "l1": _l1,
    "l2": _l2,
    "max": lambda values: max(map(abs, values), default=0.0),
}


def analyzer(
    kind: str,
    token_pattern: str,
    ngrams: list[int],
    stop_words: list[str],
    lowercase: bool,
    strip_accents: str | None,
    prepare: Sequence[list[Any]] = (),
    words: Sequence[list[Any]] = (),
) -> Tokens:
    """Return the function that splits a text into terms (CountVectorizer.build_analyzer).

    Args:
        kind: whether terms are words, characters (`char`) or characters of words (`char_wb`).
        token_pattern: finds words.
        ngrams: the least and the most words or characters of a term.
        stop_words: are left out.
        lowercase: whether to lowercase first.
        strip_accents: how to remove accents; null to keep them.
        prepare: the steps, if any, that change a text first: names of methods of texts with their arguments.
        words: the steps, if any, that split a text in the place of `token_pattern`.
    """
    if prepare or words:
        from handler.backends.compiled.text_steps import follow
    find = follow(words) if words else _QUICK.get(token_pattern) or re.compile(token_pattern).findall
    tokens = _words(find, ngrams, frozenset(stop_words)) if kind == "word" else _CHARACTERS[kind](*ngrams)
    if prepare:
        change = follow(prepare)
        return lambda text: tokens(change(text))
    strip = _ACCENTS[strip_accents] if strip_accents else None
    if strip and lowercase:
        return lambda text: tokens(strip(text.lower()))
    if strip:
        return lambda text: tokens(strip(text))
    return (lambda text: tokens(text.lower())) if lowercase else tokens


def _strip_unicode(text: str) -> str:
    if text.isascii():
        return text
    import unicodedata

    return "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))


def _strip_ascii(text: str) -> str:
    import unicodedata

    return unicodedata.normalize("NFKD", text).encode("ASCII", "ignore").decode("ASCII")


_ACCENTS: dict[str, Callable[[str], str]] = {"ascii": _strip_ascii, "unicode": _strip_unicode}


def _words(find: Tokens, ngrams: list[int], stop_words: frozenset[str]) -> Tokens:
    low, high = ngrams
    if high == 1 and not stop_words:
        return find

    def tokens(text: str) -> list[str]:
        words = find(text)
        if stop_words:
            words = [word for word in words if word not in stop_words]
        return words if high == 1 else _ngrams(words, low, high, " ")

    return tokens


def _characters(low: int, high: int) -> Tokens:
    blanks = re.compile(r"\s\s+")
    return lambda text: _ngrams(blanks.sub(" ", text), low, high, "")


def _characters_of_words(low: int, high: int) -> Tokens:
    def tokens(text: str) -> list[str]:
        words = text.split()
        if not words:
            return words
        padded = f" {'  '.join(words)} "
        found = [ngram for ngram in _ngrams(padded, low, high, "") if "  " not in ngram]  # those within one word
        return found + [f" {word} " for word in words if len(word) + 2 < low]  # a short word gives one

    return tokens


_CHARACTERS: dict[str, Callable[[int, int], Tokens]] = {"char": _characters, "char_wb": _characters_of_words}


def _ngrams(items: Any, low: int, high: int, between: str) -> list[str]:
    """Return the n-grams of `low` to `high` items, each joined into a string."""
    found: list[str] = []
    for size in range(low, high + 1):
        found += map(between.join, zip(*(items[start:] for start in range(size)), strict=False))
    return found


def _quick(pattern: str, scan: Tokens) -> Tokens:
    """Return a tokenizer for a pattern that uses `scan`, at least twice as fast, for ASCII text."""
    return lambda text: scan(text) if text.isascii() else re.findall(pattern, text)


_LETTERS = bytes(code for code in range(128) if chr(code).isalnum() or code == ord("_"))
_BLANKS = bytes(code for code in range(128) if chr(code).isspace())
_BLANKED = bytes(code if code in _LETTERS else ord(" ") for code in range(256))


def _scan_words(text: str) -> list[str]:
    return [word for word in text.encode().translate(_BLANKED).decode().split() if len(word) > 1]


def _scan_words_and_marks(text: str) -> list[str]:
    for mark in set(text.encode().translate(None, _LETTERS + _BLANKS).decode()):
        text = text.replace(mark, f" {mark} ")
    return text.split()


_QUICK = {WORDS: _quick(r"\w\w+", _scan_words), WORDS_AND_MARKS: _quick(WORDS_AND_MARKS, _scan_words_and_marks)}

OPERATIONS = {"present": present, **rowwise(counts=counts, hashes=hashes, tfidf=tfidf, tfidf_sum=tfidf_sum)}

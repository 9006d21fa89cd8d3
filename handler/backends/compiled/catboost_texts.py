"""CatBoost's features of texts: a tokenizer splits a text, a dictionary numbers its tokens, and calcers count them.

The formulas are those of `catboost/private/libs/text_features`: bags of words, a multinomial naive Bayes classifier,
and BM25 with a class in the place of a document. A dictionary knows a token, or several in a row, by MurmurHash64A.
"""

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from handler.backends.compiled.functions import exp
from handler.backends.compiled.graph import Batch, Operation
from handler.errors import InvalidValue

Counts = list[tuple[int, int]]
"""The tokens of a text, ascending, and how often each occurs."""

REMEMBERED = 10_000
_WORD = (1 << 64) - 1
_MIXER = 0xC6A4A7935BD1E995


def features(
    name: str | None,
    tokenizers: list[dict[str, Any]],
    dictionaries: list[dict[str, Any]],
    calcers: list[dict[str, Any]],
) -> Operation:
    """Replace a column of texts by columns of numbers; refuse missing texts.

    Args:
        name: the column's name, to report.
        tokenizers: the arguments of `_tokenizer`.
        dictionaries: the number of a tokenizer, and the arguments of `_dictionary`.
        calcers: `kind`, the number of a dictionary, and the arguments of that function of `_CALCERS`; `made` are the
            tokens or classes that they make a number for.
    """
    split = [_tokenizer(**options) for options in tokenizers]
    numbered = [(one["tokenizer"], _dictionary(**_without(one, "tokenizer"))) for one in dictionaries]
    made = [(one["dictionary"], _CALCERS[one["kind"]](**_without(one, "kind", "dictionary"))) for one in calcers]

    def numbers(text: str) -> list[float]:
        tokens = [tokenize(text) for tokenize in split]
        counts = [sorted(Counter(find(tokens[place])).items()) for place, find in numbered]
        return [number for place, calculate in made for number in calculate(counts[place])]

    def apply(values: Any) -> Batch:
        for row, text in enumerate(values):
            if not isinstance(text, str):
                what = "missing value, which the model does not accept" if text is None else "not a text"
                raise InvalidValue(what, row=row, column=name)
        return list(map(list, zip(*map(numbers, values), strict=True)))

    return apply


def _without(arguments: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if name not in names}


def _tokenizer(
    delimiter: str, by_set: bool, skipping: bool, lower: list[str] | None, number: str | None
) -> Callable[[str], list[str]]:
    """Return the function that splits a text.

    Args:
        delimiter: what separates tokens.
        by_set: whether each of its characters does.
        skipping: whether empty tokens are dropped.
        lower: letters, and those that they are replaced by.
        number: what whole numbers are replaced by, an empty text to drop them, None to keep them.
    """
    same = str.maketrans(dict.fromkeys(delimiter, delimiter[0])) if by_set else {}
    delimiter = delimiter[0] if by_set else delimiter
    lowered = str.maketrans(*lower) if lower else {}

    def apply(text: str) -> list[str]:
        tokens = (text.translate(same) if same else text).split(delimiter) if text else []
        if skipping:
            tokens = [token for token in tokens if token]
        if lowered:
            tokens = [token.translate(lowered) for token in tokens]
        if number is None:
            return tokens
        replaced = [number if token.isascii() and token.isdigit() else token for token in tokens]
        return replaced if number else [new for new, old in zip(replaced, tokens, strict=True) if new or not old]

    return apply


def _dictionary(
    letters: bool,
    grams: int,
    step: int,
    end: bool,
    end_token: int,
    tokens_seed: int,
    tokens: Any,
    tokens_ids: Any,
    combinations_seed: int = 0,
    combinations: Any = (),
    combinations_ids: Any = (),
) -> Callable[[list[str]], list[int]]:
    """Return the function that numbers the tokens that are known.

    Args:
        letters: whether it knows parts of tokens, `grams` letters long.
        grams: how many tokens in a row it knows.
        step: how far apart these are.
        end: whether a text ends with one more token, or a token with a space.
        end_token: the number of the token at the end of a text.
        tokens_seed: the seed of the tokens' hashes.
        tokens: hashes, ascending int64.
        tokens_ids: their numbers.
        combinations_seed: the seed of the hashes of several tokens' numbers.
        combinations: hashes, ascending int64.
        combinations_ids: their numbers.
    """

    @lru_cache(REMEMBERED)
    def number(token: str) -> int | None:
        return _found(murmur(token.encode(), tokens_seed), tokens, tokens_ids)

    @lru_cache(REMEMBERED)
    def combined(numbers: tuple[int, ...]) -> int | None:
        joined = b"".join(one.to_bytes(4, "little") for one in numbers)
        return _found(murmur(joined, combinations_seed), combinations, combinations_ids)

    def of_letters(given: list[str]) -> list[int]:
        return _known(number(part) for token in given for part in _parts(token, grams, end))

    def of_words(given: list[str]) -> list[int]:
        return _known(map(number, given)) + [end_token] * end

    def of_several(given: list[str]) -> list[int]:
        numbers = [number(token) for token in ([*given, ""] if end else given)]
        several = zip(*(numbers[place * step :] for place in range(grams)), strict=False)
        return _known(combined(key) for key in several if None not in key)

    return of_letters if letters else of_words if grams == 1 else of_several


def _known(numbers: Any) -> list[int]:
    return [number for number in numbers if number is not None]


def _found(hashed: int, hashes: Any, ids: Any) -> int | None:
    """Return the number of a hash."""
    wanted = hashed - (hashed >> 63 << 64)
    place = bisect_left(hashes, wanted)
    return int(ids[place]) if place < len(hashes) and hashes[place] == wanted else None


def _parts(token: str, grams: int, end: bool) -> list[str]:
    """Return the parts of a token that are so many letters long; the first is one letter shorter."""
    count = len(token)
    parts = [token[: grams - 1]] if grams <= count + 1 else []
    parts += [token[start : start + grams] for start in range(count - grams + 1)]
    return [*parts, token[max(0, count + 1 - grams) :] + " "] if end and grams <= count + 2 else parts


def murmur(data: bytes, seed: int) -> int:
    """Return the hash of bytes, 64 bits (MurmurHash64A, Austin Appleby, 2008)."""
    whole = len(data) // 8 * 8
    found = seed ^ len(data) * _MIXER & _WORD
    for start in range(0, whole, 8):
        word = int.from_bytes(data[start : start + 8], "little") * _MIXER & _WORD
        found = (found ^ (word ^ word >> 47) * _MIXER & _WORD) * _MIXER & _WORD
    if whole < len(data):
        found = (found ^ int.from_bytes(data[whole:], "little")) * _MIXER & _WORD
    found = (found ^ found >> 47) * _MIXER & _WORD
    return found ^ found >> 47


def _words(made: list[int]) -> Callable[[Counts], list[float]]:
    """Return whether a text has each of some tokens."""
    places = {token: place for place, token in enumerate(made)}

    def apply(counts: Counts) -> list[float]:
        found = [0.0] * len(made)
        for token, _ in counts:
            if token in places:
                found[places[token]] = 1.0
        return found

    return apply


def _naive_bayes(
    made: list[int], counts: Any, priors: list[float], totals: list[float], prior: float
) -> Callable[[Counts], list[float]]:
    """Return the probability of each of some classes, given a text.

    Args:
        made: the classes, by number.
        counts: how often each token occurs in each class.
        priors: the logarithm of each class's weight.
        totals: the number of tokens in each class, smoothed.
        prior: what a count is increased by.
    """
    width = len(priors)
    known = len(counts) // width

    def likelihood(number: int, given: Counts) -> float:
        value, total, length = priors[number], totals[number], 0.0
        for token, repeated in given:
            length += repeated
            count = counts[token * width + number] if token < known else 0
            if not count:
                total += prior
            value += repeated * math.log(prior + count)
        return value - length * math.log(total)

    def apply(given: Counts) -> list[float]:
        values = [likelihood(number, given) for number in range(width)]
        highest = max(values)
        powers = [exp(value - highest) for value in values]
        total = 0.0
        for power in powers:
            total += power
        return [powers[number] / total for number in made]

    return apply


def _bm25(made: list[int], width: int, scores: Any) -> Callable[[Counts], list[float]]:
    """Return the score of each of some classes: the sum of what a text's tokens add to it.

    Args:
        made: the classes, by number.
        width: the number of all classes.
        scores: what each token adds to the score of each class.
    """

    def apply(counts: Counts) -> list[float]:
        found = [0.0] * width
        for token, _ in counts:
            for number, score in enumerate(scores[token * width : token * width + width]):
                found[number] += score
        return [found[number] for number in made]

    return apply


_CALCERS: dict[str, Callable[..., Callable[[Counts], list[float]]]] = {
    "bm25": _bm25,
    "naive_bayes": _naive_bayes,
    "words": _words,
}

OPERATIONS = {"features": features}

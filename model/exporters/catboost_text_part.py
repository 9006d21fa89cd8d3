"""The part `text_process` of a CatBoost model's file: tokenizers, dictionaries, and calcers.

The part is a header, then tokenizers, dictionaries and *calcers*, which turn the counts of a text's tokens into
numbers; each of these follows a small table that names it. Sources: `catboost/private/libs/text_features` (the part,
the calcers), `catboost/private/libs/text_processing` and `library/cpp/text_processing` (tokenizers, dictionaries).
"""

from __future__ import annotations

import struct
import sys
from typing import Any, Callable, NamedTuple

from . import Unsupported
from .flatbuffer import Table, root

_TOKENIZER, _DICTIONARY, _CALCER, _END = range(4)
_KEPT, _SKIPPED, _REPLACED = 1, 0, 2
"""What a tokenizer does with whole numbers."""

_BUCKET = [("hash", "<u8"), ("token", "<u4"), ("unused", "<u4")]
_NOTHING = (1 << 64) - 1
_KINDS = {1: "bm25", 2: "naive_bayes", 3: "words"}


class Calcer(NamedTuple):
    """A calcer: its type, the numbers that it makes, its parameters, and the counts of tokens in each class."""

    kind: str
    active: Any
    parameters: Table
    counts: list[Any]


class TextPart:
    """What the part of a file holds.

    Args:
        data: the part.
        options: the options of the training.

    Attributes:
        tokenizers: the options of each tokenizer.
        dictionaries: the tables of each dictionary, which gets the tokens of the tokenizer of the same number.
        calcers: the calcers by name.
        digitizers: by a calcer's name, the number of its tokenizer and dictionary.
    """

    def __init__(self, data: bytes, options: dict[str, Any]) -> None:
        reader = _Reader(data, options["data_processing_options"]["text_processing_options"]["dictionaries"])
        reader.take(16)
        header = reader.table()
        names = [header.vector(field, 16) for field in range(3)]
        tokenizers, dictionaries, calcers = (
            [several[start : start + 16] for start in range(0, len(several), 16)] for several in names
        )
        found: dict[tuple[int, bytes], Any] = {}
        kind = -1
        while kind != _END:
            part = reader.table()
            kind = part.number(0, "B")
            if kind in _READ:
                found[kind, part.fixed(1, 16)] = _READ[kind](reader)
        self.tokenizers = [found[_TOKENIZER, name] for name in tokenizers]
        self.dictionaries = [found[_DICTIONARY, name] for name in dictionaries]
        self.calcers = {name: found[_CALCER, name] for name in calcers}
        each = [number for several in header.tables(3) for number in several.array(0, "<u4").tolist()]
        made = [several.array(0, "<u4").tolist() for several in header.tables(4)]
        self.digitizers = {calcers[one]: number for number, several in zip(each, made) for one in several}


class _Reader:
    """Reads a part from its start; `dictionaries` are the options of the training."""

    def __init__(self, data: bytes, dictionaries: list[dict[str, Any]]) -> None:
        self._data = data
        self.place = 0
        self.dictionaries = dictionaries

    def take(self, size: int) -> bytes:
        """Return the next bytes."""
        self.place += size
        return self._data[self.place - size : self.place]

    def number(self, kind: str) -> Any:
        """Return a number of a kind of the module struct."""
        return struct.unpack("<" + kind, self.take(struct.calcsize(kind)))[0]

    def text(self) -> str:
        """Return a text."""
        return self.take(self.number("I")).decode()

    def table(self) -> Table:
        """Return a table of FlatBuffers."""
        return root(self.take(self.number("Q")))

    def array(self, size: int, dtype: Any) -> Any:
        """Return so many bytes as an array of numpy."""
        import numpy as np

        return np.frombuffer(self.take(size), dtype)


def _tokenizer(reader: _Reader) -> dict[str, Any]:
    """Read a tokenizer's options.

    Raises:
        Unsupported: it splits texts in another way than by a delimiter.
    """
    reader.take(32)  # the format and the name
    lower, lemmatizing, policy, number = reader.number("?"), reader.number("?"), reader.number("i"), reader.text()
    by_sense, delimiter, by_set, skipping = reader.number("i"), reader.text(), reader.number("?"), reader.number("?")
    reader.take(4 * reader.number("I") + 4)  # what only matters to a tokenizer by sense
    reader.take(4 * reader.number("I"))  # languages
    if by_sense or lemmatizing or not delimiter or (by_set and not delimiter.isascii()):
        what = "by sense" if by_sense else f"by the delimiter {delimiter!r}"
        raise Unsupported(f"CatBoost with a tokenizer {what}, lemmatizing={lemmatizing}, has no exporter")
    return {
        "delimiter": delimiter,
        "by_set": by_set,
        "skipping": skipping,
        "lower": _lower() if lower else None,
        "number": {_KEPT: None, _SKIPPED: "", _REPLACED: number}[policy],
    }


def _lower() -> list[str]:
    """Return the letters that CatBoost changes to lower case, and what it changes them to, as two texts."""
    from catboost.text_processing import Tokenizer

    letters = [chr(number) for number in range(sys.maxunicode + 1)]
    letters = [letter for letter in letters if letter != " " and not "\ud800" <= letter <= "\udfff"]
    changed = list(zip(letters, Tokenizer(lowercasing=True).tokenize(" ".join(letters))))
    if len(changed) != len(letters):
        raise Unsupported("CatBoost with a tokenizer that lowercases in another way has no exporter")
    return ["".join(several) for several in zip(*((old, new) for old, new in changed if old != new))]


def _dictionary(reader: _Reader) -> dict[str, Any]:
    """Read a dictionary's options, and its tables of hashes."""
    reader.take(32 + 16)  # the format and the name, and the inner format
    whole = reader.number("Q") - 16
    described = reader.take(reader.number("Q"))
    start = reader.place
    tokens = _hashes(reader, "tokens")
    several = reader.place < start + whole - len(described)
    combinations = _hashes(reader, "combinations") if several else {}
    return {**(_options(root(described)) if described else _lost(reader, several)), **tokens, **combinations}


def _options(described: Table) -> dict[str, Any]:
    options = described.table(1)
    letters = bool(options.number(0, "b"))
    return {
        "letters": letters,
        "grams": options.number(1, "I", 1),
        "step": options.number(2, "I") + 1,
        "end": bool(options.number(4, "b", 1)) if letters else bool(options.number(5, "b")),
        "end_token": described.number(3, "I"),
    }


def _lost(reader: _Reader, several: bool) -> dict[str, Any]:
    """Return the options of a dictionary that CatBoost loses when it un-pickles a model, from those of the training.

    Raises:
        Unsupported: several dictionaries may be meant, or one whose numbers are lost as well.
    """
    found = []
    for one in reader.dictionaries:
        letters, grams = "Letter" in one.values(), int(one["gram_order"])
        end = one["end_of_word_token_policy" if letters else "end_of_sentence_token_policy"] == "Insert"
        options = {"letters": letters, "grams": grams, "step": int(one["skip_step"]) + 1, "end": end, "end_token": -1}
        if several == (not letters and grams > 1) and options not in found:
            found.append(options)
    if len(found) != 1 or (found[0]["end"] and not found[0]["letters"]):
        raise Unsupported("CatBoost with text features, un-pickled, has lost the options of its dictionaries")
    return found[0]


def _hashes(reader: _Reader, name: str) -> dict[str, Any]:
    """Read a table of hashes, and sort it."""
    import numpy as np

    size, seed = reader.number("Q"), reader.number("Q")
    buckets = reader.array(size, _BUCKET)
    buckets = buckets[buckets["hash"] != _NOTHING]
    hashes = buckets["hash"].copy().view("<i8")
    order = np.argsort(hashes)
    return {
        f"{name}_seed": seed,
        name: hashes[order],
        f"{name}_ids": buckets["token"][order].astype("<i4"),
    }


def _calcer(reader: _Reader) -> Calcer:
    """Read a calcer."""
    reader.take(16)
    reader.number("i")
    table = reader.table()
    kind = table.number(2, "B")
    if kind not in _KINDS:
        raise Unsupported(f"CatBoost with features of texts of type {kind} has no exporter")
    counts = [] if _KINDS[kind] == "words" else [_counted(reader) for _ in range(reader.number("I"))]
    return Calcer(_KINDS[kind], table.array(1, "<u4"), table.table(3), counts)


def _counted(reader: _Reader) -> Any:
    """Read how often each token occurs in the texts of a class, as pairs."""
    reader.take(24)
    pairs = reader.array(8 * reader.number("I"), [("token", "<u4"), ("count", "<u4")])
    empty = reader.number("I")
    reader.take(4)
    return pairs[pairs["token"] != empty]


_READ: dict[int, Callable[[_Reader], Any]] = {_TOKENIZER: _tokenizer, _DICTIONARY: _dictionary, _CALCER: _calcer}

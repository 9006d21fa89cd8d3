"""CatBoost's features of texts, from the part `text_process` of a model's file.

The part is a header, then tokenizers, dictionaries and *calcers*, which turn the counts of a text's tokens into
numbers; each of these follows a small table that names it. Sources: `catboost/private/libs/text_features` (the part,
the calcers), `catboost/private/libs/text_processing` and `library/cpp/text_processing` (tokenizers, dictionaries).
"""

from __future__ import annotations

import math
import struct
import sys
from typing import Any, Callable, NamedTuple

from . import Unsupported
from .catboost_file import Model
from .flatbuffer import Table, root
from .forms import Rows, Tables, chain

PART = "text_process_v2"

_TOKENIZER, _DICTIONARY, _CALCER, _END = range(4)
_KEPT, _SKIPPED, _REPLACED = 1, 0, 2
"""What a tokenizer does with whole numbers."""

_BUCKET = [("hash", "<u8"), ("token", "<u4"), ("unused", "<u4")]
_NOTHING = (1 << 64) - 1


class _Calcer(NamedTuple):
    """A calcer: its type, the numbers that it makes, its parameters, and the counts of tokens in each class."""

    kind: str
    active: Any
    parameters: Table
    counts: list[Any]


class Texts:
    """The features that a model makes of texts.

    Args:
        model: the model.

    Attributes:
        columns: the columns of texts.
        borders: the borders of each number that is made of them, in the order that `operations` makes them in.

    Raises:
        Unsupported: the file has another form than this one reads, or features of embeddings.
    """

    def __init__(self, model: Model) -> None:
        features = model.trees.tables(12)
        self.columns = [one.number(1) for one in features]
        estimated = model.trees.tables(13)
        if any(one.number(3, "b", 1) for one in model.trees.tables(18)):
            raise Unsupported("CatBoost with embedding features has no exporter")
        if estimated and PART not in model.parts:
            raise Unsupported(f"CatBoost with text features in a file without the part {PART} has no exporter")
        self._part: Any = _Part(model.parts[PART]) if estimated else None
        self._wanted: list[dict[bytes, list[int]]] = [{} for _ in features]
        self.borders = []
        order = {one.number(0): place for place, one in enumerate(features)}
        sources = [order[one.number(0)] for one in estimated]
        if sources != sorted(sources):
            raise Unsupported("CatBoost with text features in another order than that of their columns has no exporter")
        for place, one in zip(sources, estimated):
            self._wanted[place].setdefault(one.fixed(1, 16), []).append(one.number(2))
            self.borders.append(one.array(3, "<f4"))

    def operations(self, rows: Rows, tables: Tables) -> list[dict[str, Any]]:
        """Return an operation for each column of texts, from all columns to columns of numbers.

        Raises:
            Unsupported: a column does not hold texts, or a tokenizer has an option that has no exporter.
        """
        types = rows.types or ("double",) * rows.width
        strange = {types[column] for column in self.columns} - {"string"}
        if strange:
            raise Unsupported(f"CatBoost with texts of type {', '.join(sorted(strange))} has no exporter")
        for column in self.columns:
            tables.hint(rows, column, [], "terms")  # the file has their hashes
        return [
            chain({"op": "composing.column", "index": column}, self._operation(rows.named(column), wanted, tables))
            for column, wanted in zip(self.columns, self._wanted)
        ]

    def _operation(self, name: str | None, wanted: dict[bytes, list[int]], tables: Tables) -> dict[str, Any]:
        """Return the operation from values to the columns of numbers that trees look at."""
        tokenizers: list[dict[str, Any]] = []
        dictionaries: dict[int, dict[str, Any]] = {}
        calcers = []
        for guid, places in wanted.items():
            digitizer, calcer = self._part.digitizers[guid], self._part.calcers[guid]
            if digitizer not in dictionaries:
                tokenizer = self._part.tokenizers[digitizer]
                if tokenizer not in tokenizers:
                    tokenizers.append(tokenizer)
                dictionary = {key: _added(value, tables) for key, value in self._part.dictionaries[digitizer].items()}
                dictionaries[digitizer] = {"tokenizer": tokenizers.index(tokenizer), **dictionary}
            more = {key: _added(value, tables) for key, value in _MORE[calcer.kind](calcer).items()}
            number, made = list(dictionaries).index(digitizer), calcer.active[places].tolist()
            calcers.append({"kind": calcer.kind, "dictionary": number, "made": made, **more})
        return {
            "op": "catboost_texts.features",
            "name": name,
            "tokenizers": tokenizers,
            "dictionaries": list(dictionaries.values()),
            "calcers": calcers,
        }


def _added(value: Any, tables: Tables) -> Any:
    """Return a reference to an array that is added to the tables; any other value as it is."""
    return tables.add_as(value, value.dtype.newbyteorder("<").str) if hasattr(value, "dtype") else value


class _Part:
    """What the part of a file holds.

    Attributes:
        tokenizers: the options of each tokenizer.
        dictionaries: the tables of each dictionary, which gets the tokens of the tokenizer of the same number.
        calcers: the calcers by name.
        digitizers: by a calcer's name, the number of its tokenizer and dictionary.
    """

    def __init__(self, data: bytes) -> None:
        reader = _Reader(data)
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
    """Reads a file from its start."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = 0

    def take(self, size: int) -> bytes:
        """Return the next bytes."""
        self._place += size
        return self._data[self._place - size : self._place]

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
    reader.take(32 + 16 + 8)  # the format and the name, the inner format, and the size
    described = reader.table()
    options = described.table(1)
    grams = options.number(1, "I", 1)
    letters = bool(options.number(0, "b"))
    read = {
        "letters": letters,
        "grams": grams,
        "step": options.number(2, "I") + 1,
        "end": bool(options.number(4, "b", 1)) if letters else bool(options.number(5, "b")),
        "end_token": described.number(3, "I"),
        **_hashes(reader, "tokens"),
    }
    return read if letters or grams == 1 else {**read, **_hashes(reader, "combinations")}


def _hashes(reader: _Reader, name: str) -> dict[str, Any]:
    """Read a table of hashes, and sort it."""
    import numpy as np

    size, seed = reader.number("Q"), reader.number("Q")
    buckets = reader.array(size, _BUCKET)
    buckets = buckets[buckets["hash"] != _NOTHING]
    hashes = buckets["hash"].copy().view("<i8")
    order = np.argsort(hashes)
    return {f"{name}_seed": seed, name: hashes[order], f"{name}_ids": buckets["token"][order].astype("<i4")}


def _calcer(reader: _Reader) -> _Calcer:
    """Read a calcer."""
    reader.take(16)
    reader.number("i")
    table = reader.table()
    kind = table.number(2, "B")
    if kind not in _KINDS:
        raise Unsupported(f"CatBoost with features of texts of type {kind} has no exporter")
    counts = [] if _KINDS[kind] == "words" else [_counted(reader) for _ in range(reader.number("I"))]
    return _Calcer(_KINDS[kind], table.array(1, "<u4"), table.table(3), counts)


def _counted(reader: _Reader) -> Any:
    """Read how often each token occurs in the texts of a class, as pairs."""
    reader.take(24)
    pairs = reader.array(8 * reader.number("I"), [("token", "<u4"), ("count", "<u4")])
    empty = reader.number("I")
    reader.take(4)
    return pairs[pairs["token"] != empty]


def _table_of_counts(counts: list[Any]) -> Any:
    """Return the counts as an array: tokens times classes."""
    import numpy as np

    size = max((int(pairs["token"].max()) + 1 for pairs in counts if len(pairs)), default=0)
    table = np.zeros((size, len(counts)), "<i4")
    for number, pairs in enumerate(counts):
        table[pairs["token"], number] = pairs["count"]
    return table


def _naive_bayes(calcer: _Calcer) -> dict[str, Any]:
    """Return the tables of a multinomial naive Bayes classifier (TMultinomialNaiveBayes::Compute)."""
    parameters = calcer.parameters
    prior, token_prior = parameters.number(1, "f"), parameters.number(2, "f")
    seen = token_prior * (parameters.number(3, "Q") + 1)
    return {
        "counts": _table_of_counts(calcer.counts),
        "priors": [math.log(documents + prior) for documents in parameters.array(4, "<u4").tolist()],
        "totals": [float(total) + seen for total in parameters.array(5, "<u8").tolist()],
        "prior": token_prior,
    }


def _bm25(calcer: _Calcer) -> dict[str, Any]:
    """Return what each token adds to the score of each class (TBM25::Compute)."""
    import numpy as np

    parameters = calcer.parameters
    classes, k, b, least = parameters.number(0, "I"), *(parameters.number(field, "f") for field in (1, 2, 3))
    weights = parameters.array(6, "<f8") if len(parameters.vector(6, 8)) else np.array(
        [max(math.log((classes - holding + 0.5) / (holding + 0.5)), least) for holding in range(classes + 1)]
    )  # fmt: skip
    counts = _table_of_counts(calcer.counts).astype("f8")
    with np.errstate(divide="ignore", invalid="ignore"):
        length = 1.0 - b + b * (parameters.number(4, "Q") / classes) / parameters.array(5, "<u8").astype("f8")
        scores = np.where(counts > 0, counts * (k + 1.0) / (counts + k * length), 0.0)
    added = weights[(counts > 0).sum(axis=1)][:, None] * scores
    return {"width": classes, "scores": added}


_KINDS = {1: "bm25", 2: "naive_bayes", 3: "words"}
_MORE: dict[str, Callable[[_Calcer], dict[str, Any]]] = {
    "bm25": _bm25,
    "naive_bayes": _naive_bayes,
    "words": lambda _: {},
}
"""The tables of each kind of calcer."""

_READ: dict[int, Callable[[_Reader], Any]] = {_TOKENIZER: _tokenizer, _DICTIONARY: _dictionary, _CALCER: _calcer}

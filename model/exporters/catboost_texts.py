"""CatBoost's features of texts: which of them trees look at, and the tables that the handler makes them with."""

from __future__ import annotations

import json
import math
from typing import Any, Callable

from . import Unsupported
from .catboost_file import Model
from .catboost_text_part import Calcer, TextPart
from .forms import Rows, Tables, chain

PART = "text_process_v2"


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
        self._part: Any = TextPart(model.parts[PART], json.loads(model.info["params"])) if estimated else None
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


def _table_of_counts(counts: list[Any]) -> Any:
    """Return the counts as an array: tokens times classes."""
    import numpy as np

    size = max((int(pairs["token"].max()) + 1 for pairs in counts if len(pairs)), default=0)
    table = np.zeros((size, len(counts)), "<i4")
    for number, pairs in enumerate(counts):
        table[pairs["token"], number] = pairs["count"]
    return table


def _naive_bayes(calcer: Calcer) -> dict[str, Any]:
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


def _bm25(calcer: Calcer) -> dict[str, Any]:
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


_MORE: dict[str, Callable[[Calcer], dict[str, Any]]] = {
    "bm25": _bm25,
    "naive_bayes": _naive_bayes,
    "words": lambda _: {},
}
"""The tables of each kind of calcer."""

"""sklearn.feature_extraction.text."""

from typing import Any

from . import Exported, Exporter, Rows, Tables, Unsupported, chain, option


def count_vectorizer(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """The vocabulary, in the order of its columns."""
    del method
    option(
        estimator,
        analyzer=("word", "char", "char_wb"),
        preprocessor=(None,),
        tokenizer=(None,),
        strip_accents=(None, "ascii", "unicode"),
    )
    if rows.form != "values":
        raise Unsupported(f"{type(estimator).__name__} over anything but one column of text has no exporter")
    terms = [term for term, _ in sorted(estimator.vocabulary_.items(), key=lambda entry: int(entry[1]))]
    tables.hint(rows, 0, terms, "terms")
    operation = {
        "op": "text.counts",
        "terms": terms,
        "analyzer": estimator.analyzer,
        "token_pattern": estimator.token_pattern or "",
        "ngrams": [int(size) for size in estimator.ngram_range],
        "stop_words": sorted(estimator.get_stop_words() or ()),
        "lowercase": bool(estimator.lowercase),
        "strip_accents": estimator.strip_accents,
        "binary": bool(estimator.binary),
    }
    return Exported(operation, Rows(len(terms), "sparse", _types(estimator, len(terms))))


def _types(estimator: Any, width: int) -> tuple[str, ...]:
    """Float32 where the vectorizer was told so; a count's int64 becomes float64 wherever it is used."""
    import numpy as np

    return ("float",) * width if np.dtype(estimator.dtype) == np.float32 else ()


def tfidf_transformer(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """The inverse document frequencies."""
    del method
    option(estimator, norm=(None, "l1", "l2"))
    operation = {
        "op": "text.tfidf",
        "idf": tables.add(estimator.idf_.astype("f8")) if estimator.use_idf else None,
        "sublinear": bool(estimator.sublinear_tf),
        "norm": estimator.norm,
    }
    return Exported(operation, rows)


def tfidf_vectorizer(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Counts, then their weights."""
    counts, found = count_vectorizer(estimator, method, rows, tables)
    weighted, found = tfidf_transformer(estimator._tfidf, method, found, tables)  # noqa: SLF001 - it has no other name
    return Exported(chain(counts, weighted), found)


EXPORTERS: dict[str, Exporter] = {
    "sklearn.CountVectorizer": count_vectorizer,
    "sklearn.TfidfTransformer": tfidf_transformer,
    "sklearn.TfidfVectorizer": tfidf_vectorizer,
}

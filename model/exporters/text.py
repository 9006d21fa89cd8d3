"""Text vectorizers (sklearn.feature_extraction.text)."""

from __future__ import annotations

from typing import Any

from . import Exporter, Unsupported, as_sparse, checked_rows, require_options
from .forms import Exported, Rows, Tables, chain
from .text_functions import Untold, told


def count_vectorizer(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the vocabulary, in the order of its columns."""
    import numpy as np

    present, analysis = analyzed(estimator, method, rows)
    terms = [term for term, _ in sorted(estimator.vocabulary_.items(), key=lambda entry: int(entry[1]))]
    tables.hint(rows, 0, terms, "terms")
    counts = {"op": "text.counts", "terms": terms, "analysis": analysis, "binary": bool(estimator.binary)}
    types = ("long",) * len(terms) if np.dtype(estimator.dtype).kind == "i" else ()
    return Exported(chain(present, counts), Rows(len(terms), "sparse", types, scipy=True, finite=True))


def analyzed(estimator: Any, method: str, rows: Rows) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the operation that refuses missing text, and the arguments of the analyzer."""
    import numpy as np

    name = type(estimator).__name__
    if method != "transform":
        raise Unsupported(f"{name}.{method} has no exporter")
    if rows.form != "values" or rows.types != ("string",):
        raise Unsupported(f"{name} over anything but one column of text has no exporter")
    require_options(
        estimator,
        input=("content",),
        strip_accents=(None, "ascii", "unicode"),
    )
    if np.dtype(estimator.dtype) not in (np.dtype("f8"), np.dtype("i8"), np.dtype("i4")):
        raise Unsupported(f"{name} with dtype={estimator.dtype!r} has no exporter")
    kind = "word" if callable(estimator.analyzer) else estimator.analyzer
    analysis = {
        "kind": kind,
        "token_pattern": estimator.token_pattern or "",
        "ngrams": [int(size) for size in estimator.ngram_range],
        "stop_words": sorted(estimator.get_stop_words() or ()) if kind == "word" else [],
        "lowercase": bool(estimator.lowercase),
        "strip_accents": estimator.strip_accents,
        **own_functions(estimator),
    }
    return {"op": "text.present", "column": rows.named(0)}, analysis


def own_functions(estimator: Any) -> dict[str, Any]:
    """Return the arguments of the analyzer that stand for a person's own functions, in the place of the usual ones."""
    if callable(estimator.analyzer):
        alone = {"ngrams": [1, 1], "stop_words": [], "lowercase": False, "strip_accents": None}
        return {**alone, "words": _steps(estimator, "analyzer", words=True)}
    found: dict[str, Any] = {}
    if estimator.preprocessor is not None:
        own = _steps(estimator, "preprocessor", words=False)
        found.update({"lowercase": False, "strip_accents": None, "prepare": own})
    if estimator.tokenizer is not None and estimator.analyzer == "word":
        found["words"] = _steps(estimator, "tokenizer", words=True)
    return found


def _steps(estimator: Any, option: str, *, words: bool) -> list[list[Any]]:
    """Return what the function in an option does with a text."""
    function = getattr(estimator, option)
    name = f"{type(estimator).__name__} with {option}={getattr(function, '__name__', function)}"
    try:
        found = told(function)
    except Untold as error:
        raise Unsupported(f"{name} has no exporter: {error}") from error
    if found.words != words:
        raise Unsupported(f"{name} has no exporter: it returns {'words' if found.words else 'a text'}")
    return found.steps


def hashing_vectorizer(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export hashing of terms."""
    del tables
    present, analysis = analyzed(estimator, method, rows)
    width = int(estimator.n_features)
    hashes = {
        "op": "text.hashes",
        "width": width,
        "analysis": analysis,
        "alternate": bool(estimator.alternate_sign),
        "binary": bool(estimator.binary),
    }
    scaled = {"op": "text.tfidf", "idf": None, "sublinear": False, "norm": estimator.norm}
    return Exported(
        chain(present, hashes, *([scaled] if estimator.norm else [])), Rows(width, "sparse", scipy=True, finite=True)
    )


def tfidf_transformer(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the inverse document frequencies."""
    if method != "transform":
        raise Unsupported(f"{type(estimator).__name__}.{method} has no exporter")
    require_options(estimator, norm=(None, "l1", "l2"))
    if rows.float32:
        raise Unsupported(f"{type(estimator).__name__} that computes in float32 has no exporter")
    idf = getattr(estimator, "idf_", None) if estimator.use_idf else None
    operation = {
        "op": "text.tfidf",
        "idf": None if idf is None else tables.add(idf.astype("f8")),
        "sublinear": bool(estimator.sublinear_tf),
        "norm": estimator.norm,
    }
    checks = checked_rows(rows) if rows.sparse else [*checked_rows(rows), *as_sparse(Rows(rows.width))]
    return Exported(chain(*checks, operation), Rows(rows.width, "sparse", scipy=True, finite=True))


def tfidf_vectorizer(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export counts, then their weights."""
    counts, found = count_vectorizer(estimator, method, rows, tables)
    weighted, found = tfidf_transformer(estimator._tfidf, method, found, tables)  # noqa: SLF001 - it has no other name
    return Exported(chain(counts, weighted), found)


EXPORTERS: dict[str, Exporter] = {
    "sklearn.CountVectorizer": count_vectorizer,
    "sklearn.HashingVectorizer": hashing_vectorizer,
    "sklearn.TfidfTransformer": tfidf_transformer,
    "sklearn.TfidfVectorizer": tfidf_vectorizer,
}

"""Text vectorizers give scikit-learn's answers."""

import itertools
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfTransformer, TfidfVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.utils import murmurhash3_32

from handler.backends.compiled import text

FITTED = pd.DataFrame(
    {
        "text": [
            "The quick brown fox jumps over the lazy dog, and the dog is a dog!",
            "Ein Größenvergleich: über ä, ö, ü -- und ﬁnally “quoted” words…",
            "naïve café déjà-vu; 日本語 テキスト  and\ttabs\n\nnew lines",
            "A1 b_2 c3 x 1,000.50 $5 don't can't e-mail me@example.com",
            "İstanbul ǅ ß ΑΣ ας \u2028 \x1c \x85 \u00a0 e\u0301 a\u0308",
        ]
    }
)
EDGES = pd.DataFrame(
    {"text": ["", " ", "a", "dog", "dog dog dog", "THE DOG", "\x00\x1f\x7f", "\U0001d518 😀 dog", "xyz nothing"]}
)
ASKED = pd.concat([FITTED, EDGES], ignore_index=True)


def seen(vectorizer: Any, frame: pd.DataFrame = FITTED) -> Any:
    """A pipeline whose prediction is the vectorizer's dense row: a linear model that gives each column."""
    terms = ColumnTransformer([("text", vectorizer, "text")])
    whole = make_pipeline(terms, LinearRegression()).fit(frame, np.arange(len(frame)))
    width = terms.fit_transform(frame).shape[1]
    whole[-1].coef_, whole[-1].intercept_ = np.eye(width), np.zeros(width)
    return whole


def analyses() -> list[dict[str, Any]]:
    """Options of how text is taken apart, each with one that is not the default."""
    return [
        {},
        {"ngram_range": (1, 2)},
        {"ngram_range": (2, 3)},
        {"ngram_range": (1, 3), "stop_words": "english"},
        {"stop_words": ["the", "dog"]},
        {"strip_accents": "ascii"},
        {"strip_accents": "unicode"},
        {"lowercase": False},
        {"lowercase": False, "strip_accents": "unicode"},
        {"token_pattern": r"\w+|[^\w\s]"},
        {"token_pattern": r"(?u)\b\w+\b"},
        {"token_pattern": r"(\w)\w+"},
        {"token_pattern": r"[^,;]+"},
        {"analyzer": "char"},
        {"analyzer": "char", "ngram_range": (1, 3)},
        {"analyzer": "char", "ngram_range": (4, 4), "lowercase": False},
        {"analyzer": "char_wb"},
        {"analyzer": "char_wb", "ngram_range": (1, 4)},
        {"analyzer": "char_wb", "ngram_range": (3, 5), "strip_accents": "ascii"},
        {"analyzer": "char_wb", "ngram_range": (6, 6)},
    ]


@pytest.mark.parametrize("options", analyses(), ids=str)
@pytest.mark.parametrize("kind", [CountVectorizer, HashingVectorizer])
def test_analyses(compare: Any, kind: Any, options: dict[str, Any]) -> None:
    """Every way to take text apart counts the same terms."""
    more = {"n_features": 31, "norm": None} if kind is HashingVectorizer else {}
    assert compare(seen(kind(**options, **more)), ASKED).difference == 0.0


@pytest.mark.parametrize(
    "vectorizer",
    [
        CountVectorizer(binary=True),
        CountVectorizer(dtype=np.float64),
        CountVectorizer(dtype=np.int32),
        CountVectorizer(max_features=3),
        CountVectorizer(vocabulary=["the", "a", "dog", "Dog", "the dog"]),
        CountVectorizer(vocabulary={"dog": 1, "fox": 0}, ngram_range=(1, 2)),
        CountVectorizer(vocabulary=["  ", "do", " d", "g "], analyzer="char_wb", ngram_range=(2, 2)),
        HashingVectorizer(n_features=7),
        HashingVectorizer(n_features=7, norm="l1"),
        HashingVectorizer(n_features=7, alternate_sign=False),
        HashingVectorizer(n_features=7, binary=True),
        HashingVectorizer(n_features=1),
        TfidfVectorizer(),
        TfidfVectorizer(norm="l1"),
        TfidfVectorizer(norm=None),
        TfidfVectorizer(use_idf=False),
        TfidfVectorizer(smooth_idf=False),
        TfidfVectorizer(sublinear_tf=True),
        TfidfVectorizer(binary=True, ngram_range=(1, 2)),
        TfidfVectorizer(vocabulary=["dog", "fox"]),
        Pipeline([("counts", CountVectorizer()), ("weights", TfidfTransformer(sublinear_tf=True))]),
        Pipeline([("hashes", HashingVectorizer(n_features=9, alternate_sign=False)), ("weights", TfidfTransformer())]),
    ],
    ids=lambda vectorizer: str(vectorizer)[:80],
)
@pytest.mark.filterwarnings("ignore:Upper case characters")
def test_weights(compare: Any, vectorizer: Any) -> None:
    """Counts, hashes and weights are scikit-learn's to the last bit, or a logarithm's last."""
    assert compare(seen(vectorizer), ASKED).difference <= 2**-51


@pytest.mark.filterwarnings("ignore:divide by zero")
@pytest.mark.filterwarnings("ignore:invalid value")
def test_logarithms_of_no_count(compare: Any) -> None:
    """Hashes that cancel out or are negative have no logarithm: the row is refused."""
    hashes = HashingVectorizer(n_features=2, norm=None)
    weights = TfidfTransformer(use_idf=False, sublinear_tf=True)
    asked = FITTED.loc[[index for index, row in enumerate(hashes.transform(FITTED["text"]).toarray()) if row.min() < 1]]
    assert len(asked)
    compare(_unfitted(hashes, weights), pd.concat([asked, EDGES], ignore_index=True))


def _unfitted(hashes: HashingVectorizer, weights: TfidfTransformer) -> Any:
    good = pd.DataFrame({"text": ["dog", ""]})
    whole = seen(Pipeline([("hashes", hashes.set_params(alternate_sign=False)), ("weights", weights)]), good)
    hashes.set_params(alternate_sign=True)
    whole[0].named_transformers_["text"][0].set_params(alternate_sign=True)
    return whole


def test_dense_counts(compare: Any) -> None:
    """Dense counts get the weights of sparse ones, and infinite ones are refused."""
    frame = pd.DataFrame({"a": [1.0, 0.0, 3.0], "b": [0.0, 2.0, -1.0]})
    asked = pd.concat([frame, pd.DataFrame({"a": [np.nan, np.inf, 0.0], "b": [1.0, 1.0, 0.0]})], ignore_index=True)
    compare(make_pipeline(TfidfTransformer(), LinearRegression()).fit(frame, [1, 2, 3]), asked)


@pytest.mark.parametrize(
    "vectorizer", [CountVectorizer(), HashingVectorizer(n_features=8, lowercase=False), TfidfVectorizer()]
)
def test_missing_text(compare: Any, vectorizer: Any) -> None:
    """A missing text is refused, as scikit-learn does."""
    compare(seen(vectorizer), pd.DataFrame({"text": ["dog", None, "fox"]}, dtype=object))


def test_missing_text_is_named(compiled: Any) -> None:
    """The refusal says which row and column."""
    from handler.errors import InvalidValue

    with pytest.raises(InvalidValue) as refused:
        compiled(seen(CountVectorizer()), FITTED).predict({"text": ["dog", None]}, {})
    assert (1, "text", "missing text") == (
        refused.value.row,
        refused.value.column,
        refused.value.detail,
    )


OWN = {
    "analyzer": CountVectorizer(analyzer=str.split),
    "tokenizer": CountVectorizer(tokenizer=str.split, token_pattern=None, ngram_range=(1, 2), strip_accents="unicode"),
    "methods": TfidfVectorizer(tokenizer=lambda text: text.strip().split(" "), token_pattern=None, stop_words=["dog"]),
    "preprocessor": TfidfVectorizer(preprocessor=str.upper),
    "pattern": TfidfVectorizer(preprocessor=lambda text: re.sub("[^a-z]+", " ", text.lower().replace("dog", "cat"))),
    "matches": CountVectorizer(tokenizer=re.compile(r"[A-Z]?[a-z]+").findall, token_pattern=None, lowercase=False),
    "hashed": HashingVectorizer(n_features=16, analyzer=lambda text: re.findall(r"\w", text)),
    "characters": CountVectorizer(preprocessor=str.title, analyzer="char", ngram_range=(2, 3)),
}


@pytest.mark.parametrize("name", OWN)
def test_own_functions_of_texts(compare: Any, name: str) -> None:
    """Methods of texts and patterns, one after the other, in the place of scikit-learn's."""
    compare(seen(OWN[name]), ASKED)


@pytest.mark.parametrize(
    ("vectorizer", "reason"),
    [
        (CountVectorizer(dtype=np.float32), "dtype"),
        (HashingVectorizer(n_features=8, dtype=np.float32), "dtype"),
        (TfidfVectorizer(dtype=np.float32), "dtype"),
        (CountVectorizer(analyzer=reversed), "analyzer"),
        (CountVectorizer(analyzer=str.upper), "it returns a text"),
        (CountVectorizer(tokenizer=lambda text: [word[:3] for word in text.split()], token_pattern=None), "tokenizer"),
        (CountVectorizer(preprocessor=str), "depends on the text"),
        (CountVectorizer(tokenizer=lambda text: text.split() if text else [], token_pattern=None), "a decision"),
        (CountVectorizer(strip_accents=str.upper), "strip_accents"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_refused_options(compiled: Any, vectorizer: Any, reason: str) -> None:
    """Functions of the user's and other widths of numbers are refused by name."""
    from exporters import Unsupported

    with pytest.raises(Unsupported, match=reason):
        compiled(seen(vectorizer), FITTED)


def test_other_columns_are_refused(compiled: Any) -> None:
    """A column that is not text is refused by name."""
    from exporters import Unsupported

    model = seen(CountVectorizer())
    with pytest.raises(Unsupported, match="anything but one column of text"):
        compiled(model, pd.DataFrame({"text": [1.0]}))


@pytest.mark.parametrize("pattern", [text.WORDS, text.WORDS_AND_MARKS])
def test_quick_patterns(pattern: str) -> None:
    """The fast tokenizers find the same tokens as their patterns."""
    tokens = text.analyzer("word", pattern, [1, 1], [], lowercase=False, strip_accents=None)
    letters = [*map(chr, range(160)), "é", "—", "\u2028", "日", "😀", "\u0301"]
    whole = " ".join(map("".join, itertools.product(letters, letters)))
    texts = [whole, *(f"{one}a{other}bc{one}" for one, other in itertools.product(map(chr, range(128)), repeat=2))]
    assert list(map(re.compile(pattern).findall, texts)) == list(map(tokens, texts))


def test_hash() -> None:
    """The hash is MurmurHash3's, of every length and sign."""
    random = np.random.default_rng(0)
    data = [bytes(random.integers(0, 256, size)) for size in [*range(20), 100, 1001]]
    assert [murmurhash3_32(one) for one in data] == list(map(text.murmurhash3, data))


def test_least_hash(compare: Any) -> None:
    """The least hash, which has no absolute value of 32 bits, has scikit-learn's index."""
    assert murmurhash3_32("aivlts3m") == -(2**31)
    compare(seen(HashingVectorizer(n_features=10)), pd.DataFrame({"text": ["aivlts3m", "dog aivlts3m"]}))


@pytest.mark.parametrize("target", [[0, 1, 1, 0, 1], [0, 1, 2, 0, 1]], ids=["binary", "three"])
def test_classifier(compare: Any, target: list[int]) -> None:
    """A classifier of weighted terms gives scikit-learn's probabilities."""
    terms = ColumnTransformer([("text", TfidfVectorizer(sublinear_tf=True), "text")])
    compare(make_pipeline(terms, LogisticRegression()).fit(FITTED, target), ASKED, "predict_proba")

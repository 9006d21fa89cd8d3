"""CatBoost's features of texts: bags of words, naive Bayes and BM25, of words and letters, to the last bit."""

from copy import deepcopy
from typing import Any

import numpy as np
import pandas as pd
import pytest
from catboost import CatBoost, CatBoostClassifier, CatBoostRegressor, Pool
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handler.errors import InvalidValue

RANDOM = np.random.default_rng(0)
ROWS = 300
WORDS = [
    "good", "bad", "day", "night", "sun", "rain", "moon", "42", "7", "Hello", "HELLO", "über", "Über", "ÄÖ", "東京",
    "🗞️", "the", "a", "an", "a,b", "c;d", "İz", "1.5", "a\tb",
]  # fmt: skip


def texts(count: int) -> list[str]:
    """Texts of some words; some are empty, some have two spaces between words."""
    return ["".join(f"{word}{RANDOM.choice([' ', '  '])}" for word in RANDOM.choice(WORDS, RANDOM.integers(0, 9)))
            for _ in range(count)]  # fmt: skip


FRAME = pd.DataFrame(
    {
        "x": RANDOM.normal(size=ROWS).round(2),
        "title": texts(ROWS),
        "city": RANDOM.choice(["Rome", "Oslo", "Bern"], ROWS),
        "body": texts(ROWS),
    }
)
SCORE = FRAME["title"].str.count("good") - FRAME["body"].str.count("bad") + FRAME["x"] + RANDOM.normal(size=ROWS) / 2
BINARY = (SCORE > 0).astype(int)
THREE = np.digitize(SCORE, [-0.5, 0.5])
SMALL = {"iterations": 30, "depth": 4, "verbose": False, "allow_writing_files": False, "thread_count": 1,
         "text_features": ["title", "body"], "cat_features": ["city"]}  # fmt: skip
UNSEEN = pd.DataFrame(
    {
        "x": [0.5, np.nan, 1.5, -0.5, 0.0, 0.1],
        "title": ["", " ", "never seen good", "good", "x" * 100, "good\0bad bad bad good day day"],
        "city": ["Rome"] * 6,
        "body": ["bad bad bad", "rain moon sun", "a" * 33, "the  a", "", "東京 42"],
    }
)
ASKED = pd.concat([FRAME[:60], UNSEEN], ignore_index=True)


def processing(calcers: list[str], dictionary: dict[str, str], tokenizer: dict[str, str]) -> dict[str, Any]:
    """Options with one tokenizer and one dictionary."""
    return {
        "tokenizers": [{"tokenizer_id": "T", **tokenizer}],
        "dictionaries": [{"dictionary_id": "D", "occurrence_lower_bound": "2", **dictionary}],
        "feature_processing": {
            "default": [{"dictionaries_names": ["D"], "tokenizers_names": ["T"], "feature_calcers": calcers}]
        },
    }


ALL = ["BoW", "NaiveBayes", "BM25"]
OPTIONS: dict[str, Any] = {
    "the default": None,
    "bags of words": processing(["BoW:top_tokens_count=7"], {}, {}),
    "naive Bayes": processing(["NaiveBayes"], {}, {}),
    "BM25": processing(["BM25"], {}, {}),
    "two words": processing(ALL, {"gram_order": "2"}, {}),
    "three words apart": processing(ALL, {"gram_order": "3", "skip_step": "1"}, {}),
    "letters": processing(ALL, {"token_level_type": "Letter", "gram_order": "3"}, {}),
    "letters inside": processing(
        ALL, {"token_level_type": "Letter", "gram_order": "2", "end_of_word_token_policy": "Skip"}, {}
    ),
    "single letters": processing(ALL, {"token_level_type": "Letter", "gram_order": "1"}, {}),
    "the end of a text": processing(ALL, {"end_of_sentence_token_policy": "Insert"}, {}),
    "the end of a text after a word": processing(
        ALL, {"end_of_sentence_token_policy": "Insert", "gram_order": "2"}, {}
    ),
    "lower case": processing(ALL, {}, {"lowercasing": "true"}),
    "no numbers": processing(ALL, {}, {"number_process_policy": "Skip"}),
    "one number": processing(ALL, {}, {"number_process_policy": "Replace", "number_token": "#"}),
    "another delimiter": processing(ALL, {}, {"delimiter": "  "}),
    "several delimiters": processing(ALL, {}, {"delimiter": " ,;", "split_by_set": "true"}),
    "empty tokens": processing(ALL, {"gram_order": "2"}, {"skip_empty": "false"}),
}  # fmt: skip


@pytest.mark.parametrize("name", OPTIONS)
def test_features_have_the_same_bits(compare: Any, name: str) -> None:
    """Every tokenizer, dictionary and calcer, of texts seen in training and of others."""
    model = CatBoost({**SMALL, "loss_function": "Logloss", "text_processing": OPTIONS[name]}).fit(FRAME, BINARY)
    assert 0.0 == compare(model, ASKED).difference


@pytest.mark.parametrize("params", [
    {"loss_function": "MultiClass"},
    {"loss_function": "MultiClass", "text_processing": processing(ALL, {}, {})},
    {"loss_function": "MultiClass", "grow_policy": "Lossguide"},
], ids=str)  # fmt: skip
def test_several_classes(compare: Any, params: dict[str, Any]) -> None:
    """Naive Bayes and BM25 have a number for each class."""
    model = CatBoostClassifier(**SMALL, **params).fit(FRAME, THREE)
    compare(model, ASKED)
    assert 1e-14 > compare(model, ASKED, "predict_proba").difference


def test_numbers_as_targets(compare: Any) -> None:
    """A regressor has bags of words."""
    model = CatBoostRegressor(**SMALL).fit(FRAME, SCORE)
    assert 0.0 == compare(model, ASKED).difference


def test_only_texts(compare: Any) -> None:
    """A model with no other columns."""
    model = CatBoostClassifier(**{**SMALL, "cat_features": None}).fit(FRAME[["title", "body"]], BINARY)
    assert 1e-14 > compare(model, ASKED[["title", "body"]], "predict_proba").difference


@pytest.mark.parametrize("column", ["title", "body"])
def test_missing_texts_are_refused(compare: Any, compiled: Any, column: str) -> None:
    """CatBoost refuses missing texts, also where no tree looks at them; the error names row and column."""
    frame = FRAME.assign(body=RANDOM.choice(["so what", "what so"], ROWS))
    target = (frame["title"].str.count("good") > 0).astype(int)
    model = CatBoostClassifier(**{**SMALL, "iterations": 2}).fit(frame, target)
    asked = frame[:4].copy()
    asked.loc[1, column] = None
    compare(model, asked)
    given = {name: frame[name].tolist()[:2] for name in frame}
    with pytest.raises(InvalidValue) as refused:
        compiled(model, frame).predict({**given, column: ["good", None]}, {})
    assert (1, column) == (refused.value.row, refused.value.column)


@pytest.mark.parametrize("name", ["the default", "letters", "three words apart"])
def test_unpickled_models(compare: Any, name: str) -> None:
    """CatBoost loses the options of dictionaries when it un-pickles a model; those of the training are left."""
    model = CatBoost({**SMALL, "loss_function": "Logloss", "text_processing": OPTIONS[name]}).fit(FRAME, BINARY)
    assert 0.0 == compare(deepcopy(model), ASKED).difference


def test_unpickled_models_that_lost_numbers(compiled: Any) -> None:
    """The number of the token at the end of a text is nowhere else."""
    from exporters import Unsupported

    model = CatBoostClassifier(**SMALL, text_processing=OPTIONS["the end of a text"]).fit(FRAME, BINARY)
    with pytest.raises(Unsupported, match="has lost the options of its dictionaries"):
        compiled(deepcopy(model), FRAME)


REFUSED = {
    "a tokenizer by sense": (FRAME, {"separator_type": "BySense"}),
    "texts of type long": (FRAME.assign(title=1), {}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_does_not_compile(compiled: Any, name: str) -> None:
    """The error names the option, or the type."""
    from exporters import Unsupported

    frame, tokenizer = REFUSED[name]
    model = CatBoostClassifier(**SMALL, text_processing=processing(ALL, {}, tokenizer)).fit(FRAME, BINARY)
    with pytest.raises(Unsupported, match=name):
        compiled(model, frame)


@pytest.fixture(scope="module", params=["the default", "three words apart", "letters", "lower case"])
def model(request: pytest.FixtureRequest) -> Any:
    """A model of texts."""
    params = {**SMALL, "loss_function": "Logloss", "text_processing": OPTIONS[request.param]}
    return CatBoost(params).fit(FRAME, BINARY)


ANY = st.lists(st.sampled_from(WORDS) | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)).map(" ".join)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(ANY, ANY), min_size=1, max_size=20))
def test_any_text(compare: Any, model: Any, rows: list[tuple[str, str]]) -> None:
    """Texts of any length and alphabet."""
    frame = pd.DataFrame([(0.1, title, "Rome", body) for title, body in rows], columns=FRAME.columns)
    assert 0.0 == compare(model, frame).difference


def test_explanations(explain: Any) -> None:
    """A text's contribution is that of CatBoost's `ShapValues`."""
    model = CatBoostClassifier(**SMALL).fit(FRAME, BINARY)
    rows = FRAME[:12]
    pool = Pool(rows, text_features=["title", "body"], cat_features=["city"])
    theirs = model.get_feature_importance(pool, type="ShapValues")
    values, expected = explain(model, rows, "predict_proba")
    assert theirs[:, :4] == pytest.approx(values[:, 0], rel=1e-9, abs=1e-12)
    assert theirs[0, 4] == pytest.approx(expected[0], rel=1e-9)


def test_explanations_beside_one_hot_categories(explain: Any) -> None:
    """A category's contribution depends on the category alone where trees test one column; CatBoost mixes it up."""
    model = CatBoostClassifier(**{**SMALL, "depth": 1}, one_hot_max_size=9).fit(FRAME, BINARY)
    values, _ = explain(model, FRAME[:60], "predict_proba")
    by_city = FRAME[:60].assign(added=values[:, 0, 2]).groupby("city")["added"]
    assert 1e-12 > by_city.std().max()
    assert 1 < by_city.mean().round(9).nunique()

"""Columns that go to several transformers give scikit-learn's answers."""

from typing import Any

import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer, make_column_selector, make_column_transformer
from sklearn.ensemble import StackingClassifier
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import FeatureUnion, make_pipeline, make_union
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder

from handler.errors import InvalidValue

NAN, INF = float("nan"), float("inf")

FRAME = pd.DataFrame(
    {
        "age": [31.0, NAN, 8.5, 64.0, 31.0, 12.0],
        "city": ["Ulm", "Bonn", "Ulm", "Köln", "Bonn", "Ulm"],
        "rooms": [1, 2, 2, 3, 1, 7],
        "text": ["good day", "bad day", "", "good good", "so so day", "Ünïcode 日本語"],
        "new": [True, False, True, True, False, False],
        "rate": [0.5, 0.25, 7.0, -1.0, 0.0, 9.5],
    }
)
LABELS = [0, 1, 0, 1, 1, 0]
EDGES = pd.DataFrame(
    {
        "age": [NAN, INF, -0.0, 1.0],
        "city": ["Rome", "Ulm", "", "Bonn"],
        "rooms": [-1, 0, 2, 3],
        "text": ["?", "good", "day day", "bad"],
        "new": [True, True, False, False],
        "rate": [0.0, 1.0, 1e300, NAN],
    }
)
ASKED = pd.concat([FRAME, EDGES], ignore_index=True)
SINGLE = FRAME[["age", "rate"]].astype("float32").assign(new=FRAME["new"])

UNSEEN = {"handle_unknown": "ignore"}
NUMERIC = ["age", "rate"]


def imputed() -> Any:
    """A transformer of some numbers."""
    return SimpleImputer(add_indicator=True)


def encoded() -> Any:
    """A transformer of some texts."""
    return OneHotEncoder(**UNSEEN)


SELECTORS = {
    "names": (NUMERIC, ["city"]),
    "positions": ([0, 5], [1]),
    "negative positions": ([-6, -1], [-5]),
    "slices": (slice("rooms", "rooms"), slice(1, 2)),
    "masks": ([True, False, False, False, False, True], [False, True, False, False, False, False]),
    "selectors": (make_column_selector(dtype_include="number"), make_column_selector(pattern="^city$")),
    "functions": (lambda frame: list(frame.columns[[0, 2]]), lambda _: slice(1, 2)),
    "nothing": (NUMERIC, []),
    "twice": (NUMERIC, ["city", "rooms", "new"]),
}


@pytest.mark.parametrize("selector", SELECTORS)
@pytest.mark.parametrize("remainder", ["drop", "passthrough"])
def test_selectors(compare: Any, selector: str, remainder: str) -> None:
    """Columns are found however they were selected; the others follow or are left out."""
    first, second = SELECTORS[selector]
    frame, asked = FRAME.drop(columns="text"), ASKED.drop(columns="text")
    if selector in ("negative positions", "masks", "positions"):
        frame, asked = FRAME, ASKED
    whole = make_column_transformer((imputed(), first), (encoded(), second), remainder=remainder)
    compare(whole.fit(frame), asked, "transform")


@pytest.mark.parametrize(
    "remainder",
    [
        SimpleImputer(strategy="most_frequent"),
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
    ],
)
def test_remainder(compare: Any, remainder: Any) -> None:
    """The remaining columns can have their own transformer."""
    whole = make_column_transformer((encoded(), ["city"]), ("drop", ["text"]), remainder=remainder)
    compare(whole.fit(FRAME), ASKED, "transform")


@pytest.mark.parametrize("threshold", [0.0, 1.0])
@pytest.mark.parametrize("text", [CountVectorizer(), TfidfVectorizer()])
def test_text_beside_numbers(compare: Any, text: Any, threshold: float) -> None:
    """One column, by itself, is a text vectorizer's; the rest stands beside it."""
    whole = make_column_transformer(
        (text, "text"), (encoded(), ["city"]), ("passthrough", ["rate", "rooms"]), sparse_threshold=threshold
    )
    compare(make_pipeline(whole, LogisticRegression()).fit(FRAME, LABELS), ASKED, "decision_function")


def test_weights(compare: Any) -> None:
    """A transformer's results can be weighted."""
    whole = ColumnTransformer(
        [
            ("numbers", imputed(), NUMERIC),
            ("texts", encoded(), ["city"]),
            ("others", "passthrough", ["rooms", "new"]),
            ("words", CountVectorizer(), "text"),
        ],
        transformer_weights={"numbers": 0.1, "texts": 3, "others": -2.5, "words": 0.7},
    )
    compare(whole.fit(FRAME), ASKED, "transform")


def test_nested(compare: Any) -> None:
    """Pipelines and column transformers can stand within column transformers, by names and by positions."""
    inner = make_column_transformer((SimpleImputer(), ["rate"]), remainder="passthrough")
    after = make_column_transformer((SimpleImputer(), [1, -1]), ("passthrough", slice(0, 1)))
    whole = make_column_transformer((make_pipeline(inner, after), ["age", "rooms", "rate"]), (encoded(), ["city"]))
    compare(whole.fit(FRAME), ASKED, "transform")


def test_positions_of_computed_rows(compare: Any) -> None:
    """After an imputer columns have positions alone; texts among numbers stay texts."""
    after = ColumnTransformer([("city", encoded(), [1]), ("rest", "passthrough", [0, 2])])
    whole = make_pipeline(SimpleImputer(strategy="most_frequent"), after, SimpleImputer())
    frame = FRAME[["age", "city", "rooms"]]
    compare(whole.fit(frame), ASKED[list(frame)], "transform")


@pytest.mark.parametrize("options", [{}, {"transformer_weights": {"simpleimputer": 2.5}}], ids=str)
def test_feature_union(compare: Any, options: dict[str, Any]) -> None:
    """All columns go to each transformer of a union."""
    union = make_union(SimpleImputer(), MissingIndicator(features="all"), "passthrough", "drop")
    whole = make_pipeline(union.set_params(**options), SimpleImputer())
    compare(whole.fit(FRAME[NUMERIC]), ASKED[NUMERIC], "transform")


def test_feature_union_of_texts(compare: Any) -> None:
    """Words and letters of the same text stand beside each other."""
    union = FeatureUnion(
        [("words", TfidfVectorizer()), ("letters", CountVectorizer(analyzer="char"))],
        transformer_weights={"letters": 0.5},
    )
    compare(make_column_transformer((union, "text")).fit(FRAME), ASKED, "transform")


@pytest.mark.parametrize("verbose", [True, False])
def test_pandas_output(compare: Any, verbose: bool) -> None:
    """Where transformers give DataFrames, columns are found by the names they have there and keep their types."""
    first = ColumnTransformer(
        [("rate", SimpleImputer(), ["rate"]), ("city", SimpleImputer(strategy="most_frequent"), ["city"])],
        remainder="passthrough",
        verbose_feature_names_out=verbose,
    )
    prefix = "city__" if verbose else ""
    second = make_column_transformer(
        (OneHotEncoder(sparse_output=False, **UNSEEN), [f"{prefix}city"]),
        (SimpleImputer(), make_column_selector(dtype_include="number")),
    )
    whole = make_pipeline(first, second).set_output(transform="pandas")
    frame = FRAME.drop(columns="text")
    compare(whole.fit(frame), ASKED.drop(columns="text"), "transform")


def test_other_order(compare: Any) -> None:
    """Columns that come in another order, and more of them, are found by their names."""
    whole = make_column_transformer((imputed(), NUMERIC), remainder="passthrough")
    compare(whole.fit(FRAME[["rooms", *NUMERIC]]), ASKED, "transform")


def test_float32(compare: Any) -> None:
    """Numbers of single precision stay such beside booleans."""
    columns = make_column_transformer(("passthrough", ["age"]), (SimpleImputer(), ["rate", "new"]))
    whole = make_pipeline(columns, SimpleImputer())
    compare(whole.fit(SINGLE), SINGLE, "transform", float32=True)


def test_whole_pipeline(compare: Any) -> None:
    """The usual pipeline gives the usual answers, unseen and missing values included."""
    whole = make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="median")), make_column_selector(dtype_include="number")),
        (make_pipeline(SimpleImputer(strategy="constant"), encoded()), ["city", "text"]),
        (OrdinalEncoder(), ["new"]),
    )
    asked = pd.concat([ASKED, FRAME.assign(city=None), FRAME.assign(text=[None, "bad day"] * 3)], ignore_index=True)
    compare(make_pipeline(whole, LogisticRegression()).fit(FRAME, LABELS), asked, "predict_proba")


def test_sparse_rows_refuse_missing_numbers(compare: Any) -> None:
    """A missing number among sparse rows is refused like any other."""
    whole = make_column_transformer((CountVectorizer(), "text"), ("passthrough", ["rate"]))
    verdict = compare(make_pipeline(whole, LogisticRegression()).fit(FRAME, LABELS), ASKED)
    assert len(ASKED) == verdict.rows


@pytest.mark.filterwarnings("ignore:Found unknown categories:UserWarning")
@pytest.mark.parametrize("labels", [LABELS, [0, 1, 2, 0, 1, 2]], ids=["two", "three"])
@pytest.mark.parametrize("options", [{"drop": "first"}, {"max_categories": 2}, {"dtype": int}], ids=str)
def test_sums_over_one_hot_columns(compare: Any, labels: list[int], options: dict[str, Any]) -> None:
    """A linear model's weights of one-hot columns are looked up, between columns of numbers."""
    whole = make_column_transformer(
        (SimpleImputer(), ["age"]),
        (OneHotEncoder(**UNSEEN, **options), ["city", "new"]),
        ("passthrough", ["rooms"]),
        (encoded(), ["text"]),
        ("passthrough", ["rate"]),
    )
    compare(make_pipeline(whole, LogisticRegression(C=0.1)).fit(FRAME, labels), ASKED, "decision_function")


@pytest.mark.parametrize("labels", [LABELS, [0, 1, 2, 0, 1, 2]], ids=["two", "three"])
def test_refusals_name_the_column(compiled: Any, labels: list[int]) -> None:
    """A refusal behind a column transformer names the row and the raw column."""
    whole = make_column_transformer(("passthrough", ["rooms", "rate"]), (encoded(), ["city"]))
    model = compiled(make_pipeline(whole, LogisticRegression()).fit(FRAME, labels), FRAME)
    rows = {name: [FRAME[name].tolist()[0]] * 2 for name in FRAME} | {"rate": [0.5, None]}
    with pytest.raises(InvalidValue, match="missing value") as refused:
        model.predict(rows, {})
    assert (1, "rate") == (refused.value.row, refused.value.column)


def test_datetimes_are_refused() -> None:
    """A column that is neither text nor numbers is refused by name."""
    from exporters import Unsupported, export
    from exporters.forms import Origin, Rows, Tables

    whole = make_column_transformer(("passthrough", ["rate", "rooms"])).fit(FRAME[["rate", "rooms"]])
    rows = Rows(2, "columns", ("datetime", "long"), (Origin("rate"), Origin("rooms")))
    with pytest.raises(Unsupported, match="'rate' of type datetime"):
        export(whole, "transform", rows, Tables())


@pytest.mark.parametrize(
    "model", [GaussianNB(), KNeighborsClassifier(2), StackingClassifier([("a", GaussianNB())], cv=2, passthrough=True)]
)
def test_texts_in_a_dense_array(compare: Any, model: Any) -> None:
    """Models that take no sparse matrix get texts as columns of an array."""
    parts = [("text", CountVectorizer(), "text"), ("rooms", "passthrough", ["rooms"])]
    compare(make_pipeline(ColumnTransformer(parts, sparse_threshold=0), model).fit(FRAME, LABELS), FRAME)


@pytest.mark.parametrize("method", ["predict", "predict_proba"])
def test_texts_passed_through_a_stack(compare: Any, method: str) -> None:
    """The final model gets the others' predictions beside the sparse columns of texts."""
    stack = StackingClassifier([("a", LogisticRegression())], LogisticRegression(), cv=2, passthrough=True)
    columns = make_column_transformer((CountVectorizer(), "text"), sparse_threshold=1.0)
    compare(make_pipeline(columns, stack).fit(FRAME, LABELS), FRAME, method)

"""Bare model files, as the libraries write them."""

import gzip
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from model.errors import ModelError
from model.get import FetchedModel

TABLE = load_iris(as_frame=True)
TEXTS = ["the moon is cheese", "the sun is hot", "cheese and moon", "hot and sun"]
LABELS = ["fake", "real", "fake", "real"]


class Case(NamedTuple):
    """A kind of file: the function that writes it, its name, and the flavor that it becomes."""

    write: Callable[[Path], None]
    name: str
    flavor: str


def fit_classifier() -> Any:
    """Return a fitted classifier."""
    return LogisticRegression(max_iter=1000).fit(TABLE.data, TABLE.target)


def to_pickle(path: Path) -> None:
    """Write a pickle."""
    path.write_bytes(pickle.dumps(fit_classifier()))


def to_joblib(path: Path) -> None:
    """Write a compressed file of joblib's."""
    joblib.dump(fit_classifier(), path, compress=3)


def to_skops(path: Path) -> None:
    """Write a skops file."""
    import skops.io

    skops.io.dump(fit_classifier(), path)


def to_xgboost(path: Path) -> None:
    """Write a classifier of XGBoost's."""
    import xgboost

    xgboost.XGBClassifier(n_estimators=5, max_depth=2).fit(TABLE.data, TABLE.target).save_model(path)


def to_lightgbm(path: Path) -> None:
    """Write a booster of LightGBM's that has no column names."""
    import lightgbm

    data = TABLE.data.rename(columns=lambda name: name.replace(" ", "_"))
    model = lightgbm.LGBMRegressor(n_estimators=5, num_leaves=4, verbose=-1).fit(data.to_numpy(), TABLE.target)
    model.booster_.save_model(path)


def to_onnx(path: Path) -> None:
    """Write an ONNX graph with one tensor as its input."""
    import skl2onnx

    graph = skl2onnx.to_onnx(fit_classifier(), TABLE.data.to_numpy(np.float32)[:1], options={"zipmap": False})
    path.write_bytes(graph.SerializeToString())


CASES = [
    Case(to_pickle, "m.pkl", "sklearn"),
    Case(to_joblib, "m.joblib", "sklearn"),
    Case(to_skops, "m.skops", "sklearn"),
    Case(to_xgboost, "m.ubj", "xgboost"),
    Case(to_xgboost, "m.json", "xgboost"),
    Case(to_lightgbm, "m.txt", "lightgbm"),
    Case(to_onnx, "m.onnx", "onnx"),
]


@pytest.fixture(name="example")
def _example(tmp_path: Path) -> Path:
    """Write inputs into a CSV file."""
    TABLE.data.head(4).to_csv(tmp_path / "example.csv", index=False)
    return tmp_path / "example.csv"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_file_becomes_a_model(
    case: Case, example: Path, tmp_path: Path, get_model: Callable[..., FetchedModel]
) -> None:
    """The signature comes from the example, and every kind but ONNX compiles."""
    case.write(tmp_path / case.name)
    result = get_model(tmp_path / case.name, example=example)

    assert case.flavor == result.model.flavor
    assert result.model.signature.inputs
    assert result.model.example
    assert (case.flavor == "onnx") == (result.not_compiled is not None)


def test_columns_follow_the_model(example: Path, tmp_path: Path, get_model: Callable[..., FetchedModel]) -> None:
    """Other columns of the example, such as a label, are left out, and the order is the model's."""
    table = pd.read_csv(example)[[*reversed(TABLE.data.columns)]].assign(label=1)
    table.to_csv(example, index=False)
    to_pickle(tmp_path / "m.pkl")
    inputs = get_model(tmp_path / "m.pkl", example=example).model.signature.inputs
    assert inputs is not None
    assert list(TABLE.data.columns) == [spec["name"] for spec in inputs]


def test_a_text_pipeline_takes_its_column(tmp_path: Path, get_model: Callable[..., FetchedModel]) -> None:
    """A pipeline that begins with a vectorizer receives the texts, not the table."""
    model = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(TEXTS, LABELS)
    (tmp_path / "m.pkl").write_bytes(pickle.dumps(model))
    pd.DataFrame({"text": TEXTS}).to_csv(tmp_path / "example.csv", index=False)
    result = get_model(tmp_path / "m.pkl", example=tmp_path / "example.csv")

    assert [{"text": text} for text in TEXTS] == (result.model.example or ([],))[0]
    assert None is result.not_compiled


def test_an_older_pickle_is_opened_with_its_version(
    example: Path, tmp_path: Path, get_model: Callable[..., FetchedModel]
) -> None:
    """The version is read from the file before the file is unpickled."""
    raw = pickle.dumps(fit_classifier(), protocol=0)
    import sklearn

    older = raw.replace(sklearn.__version__.encode(), b"1.7.2")
    assert older != raw
    (tmp_path / "m.pkl").write_bytes(gzip.compress(older))
    result = get_model(tmp_path / "m.pkl", example=example)

    assert "scikit-learn==1.7.2" in (result.model.folder / "requirements.txt").read_text()


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"cno_such_module\nX\n.", "needs the module no_such_module.*--requirements"),
        (b"\x80\x04K\x01.", "holds a int, which has no method predict"),
        (b"no pickle", "does not open with scikit-learn"),
        (b"", "does not open with scikit-learn"),
    ],
)
def test_unreadable_files_are_reported(
    raw: bytes, message: str, example: Path, tmp_path: Path, get_model: Callable[..., FetchedModel]
) -> None:
    """The error says in one line what is missing, and which versions were tried."""
    (tmp_path / "m.pkl").write_bytes(raw)
    with pytest.raises(ModelError, match=message):
        get_model(tmp_path / "m.pkl", example=example)
    assert {"example.csv", "m.pkl"} == {path.name for path in tmp_path.iterdir()}


def test_types_are_trusted_by_name(example: Path, tmp_path: Path, get_model: Callable[..., FetchedModel]) -> None:
    """Types other than scikit-learn's in a skops file must be named."""
    import skops.io

    class Own(LogisticRegression):  # type: ignore[misc]
        pass

    Own.__qualname__, Own.__module__ = "Own", "elsewhere"
    skops.io.dump(Own(max_iter=1000).fit(TABLE.data, TABLE.target), tmp_path / "m.skops")
    with pytest.raises(ModelError, match=r"holds the types elsewhere\.Own; if you trust them, say --trust"):
        get_model(tmp_path / "m.skops", example=example)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (None, "does not describe its inputs: give --example"),
        (pd.DataFrame({"a": [1.0]}), "lacks the column 'sepal length .cm.'; the model takes sepal length"),
        (TABLE.data.head(0), "holds no rows"),
    ],
)
def test_an_example_is_required(
    table: Any, message: str, tmp_path: Path, get_model: Callable[..., FetchedModel]
) -> None:
    """The example needs the model's columns and at least one row."""
    to_pickle(tmp_path / "m.pkl")
    if table is not None:
        table.to_csv(tmp_path / "example.csv", index=False)
    with pytest.raises(ModelError, match=message):
        get_model(tmp_path / "m.pkl", example=None if table is None else tmp_path / "example.csv")

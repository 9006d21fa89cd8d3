"""Trees and forests give scikit-learn's answers."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from samples import EXTREME, INF, NAN, sample
from sklearn import ensemble, tree
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline

from handler.backends.compiled.trees import OPERATIONS
from handler.errors import InvalidValue

SAMPLE = sample(0, 150, [*EXTREME, [NAN, NAN, NAN], [3.5e38, 0.0, 0.0], [-0.0, 5e-324, 1e-46], [0.0, 0.0, -INF]])
HOLES = SAMPLE.frame.mask(SAMPLE.random.random(SAMPLE.frame.shape) < 0.2)
FEW = {"n_estimators": 4, "random_state": 0}

REGRESSORS = [
    tree.DecisionTreeRegressor(random_state=0),
    tree.DecisionTreeRegressor(max_leaf_nodes=9, random_state=0),
    tree.DecisionTreeRegressor(ccp_alpha=0.01, criterion="absolute_error", random_state=0),
    tree.ExtraTreeRegressor(max_depth=4, random_state=0),
    ensemble.RandomForestRegressor(**FEW),
    ensemble.RandomForestRegressor(criterion="poisson", max_depth=5, **FEW),
    ensemble.ExtraTreesRegressor(bootstrap=True, max_leaf_nodes=20, **FEW),
]
CLASSIFIERS = [
    tree.DecisionTreeClassifier(max_depth=4, random_state=0),
    tree.ExtraTreeClassifier(criterion="entropy", class_weight="balanced", random_state=0),
    ensemble.RandomForestClassifier(max_leaf_nodes=12, **FEW),
    ensemble.ExtraTreesClassifier(max_depth=5, **FEW),
]


def around(estimator: Any) -> pd.DataFrame:
    """The sample's rows, its edges, and rows at the thresholds of the estimator's trees and beside them."""
    trees = getattr(estimator, "estimators_", [estimator])
    found = np.concatenate([np.ravel(each.tree_.threshold) for each in trees])[:9]
    sides = [found, np.nextafter(found, INF), np.nextafter(found, -INF), found.astype("f4")]
    values = np.concatenate([*sides, np.nextafter(found.astype("f4"), np.float32(INF))])
    rows = pd.DataFrame(np.column_stack([values, values[::-1], np.roll(values, 7)]), columns=SAMPLE.frame.columns)
    return pd.concat([SAMPLE.asked, rows], ignore_index=True)


@pytest.mark.parametrize("target", [SAMPLE.number, SAMPLE.several], ids=["one", "several"])
@pytest.mark.parametrize("estimator", REGRESSORS, ids=str)
def test_regressors(compare: Any, estimator: Any, target: Any) -> None:
    """A regressor's prediction is the mean of its trees' leaves, for one target and for several."""
    if getattr(estimator, "criterion", "") == "poisson":
        target = np.abs(target)
    estimator.fit(SAMPLE.frame, target)
    assert 0.0 == compare(estimator, around(estimator)).difference


@pytest.mark.parametrize("target", [SAMPLE.binary, SAMPLE.three], ids=["binary", "three"])
@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba"])
@pytest.mark.parametrize("estimator", CLASSIFIERS, ids=lambda estimator: type(estimator).__name__)
@pytest.mark.filterwarnings("ignore:divide by zero")
def test_classifiers(compare: Any, estimator: Any, method: str, target: Any) -> None:
    """A classifier's probabilities are the mean of its trees' shares."""
    estimator.fit(SAMPLE.frame, target)
    assert 1e-15 > compare(estimator, around(estimator), method).difference


@pytest.mark.parametrize("estimator", [REGRESSORS[0], REGRESSORS[3], REGRESSORS[4], CLASSIFIERS[2]], ids=str)
@pytest.mark.parametrize("frame", [SAMPLE.frame, HOLES], ids=["none seen", "seen"])
def test_missing_values(compare: Any, estimator: Any, frame: pd.DataFrame) -> None:
    """Missing values go where the trees have learnt, whether some were seen or not."""
    asked = pd.concat([HOLES[:30], SAMPLE.edges], ignore_index=True)
    compare(estimator.fit(frame, SAMPLE.binary), asked)


@pytest.mark.parametrize("labels", [[3, 1, 2], [2.0, -1.0, 0.0], ["b", "a", ""]], ids=["whole", "float", "text"])
def test_labels(compare: Any, labels: list[Any]) -> None:
    """Labels keep their type."""
    target = np.array(labels)[SAMPLE.random.integers(0, 3, len(SAMPLE.frame))]
    compare(tree.DecisionTreeClassifier(max_depth=3).fit(SAMPLE.frame, target), SAMPLE.asked)


def test_one_class_and_one_leaf(compare: Any) -> None:
    """A tree that never splits says the same of every row."""
    fitted = tree.DecisionTreeClassifier().fit(SAMPLE.frame, np.full(len(SAMPLE.frame), "only"))
    compare(fitted, SAMPLE.asked, "predict_proba")


def test_monotonic_constraints(compare: Any) -> None:
    """Constraints that held while fitting change nothing afterwards."""
    fitted = ensemble.RandomForestRegressor(monotonic_cst=[1, -1, 0], **FEW).fit(SAMPLE.frame, SAMPLE.number)
    compare(fitted, SAMPLE.asked)


def test_float32_columns(compare: Any) -> None:
    """Columns of float32 are compared as they are."""
    narrow = SAMPLE.frame.astype("f4")
    compare(ensemble.RandomForestRegressor(**FEW).fit(narrow, SAMPLE.number), narrow[:20])


def test_whole_numbers_and_flags(compare: Any) -> None:
    """Whole numbers and booleans count as numbers."""
    frame = pd.DataFrame({"n": np.arange(150) + 2**24, "flag": SAMPLE.binary, "x": SAMPLE.frame["a"]})
    compare(ensemble.RandomForestRegressor(**FEW).fit(frame, SAMPLE.number), frame[:20])


@pytest.mark.parametrize("method", ["predict", "predict_proba"])
def test_sparse_rows(compare: Any, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    """Sparse rows of text are written out, a block at a time."""
    from exporters import trees

    monkeypatch.setattr(trees, "DENSE", 20)
    texts = pd.DataFrame({"text": ["good day", "bad day", "so so", "good good night", "", "Ünïcode 日本語"]})
    forest = ensemble.RandomForestClassifier(**FEW)
    terms = ColumnTransformer([("text", TfidfVectorizer(), "text")], sparse_threshold=1)
    whole = make_pipeline(terms, forest)
    compare(whole.fit(texts, [1, 0, 2, 1, 0, 2]), texts, method)


@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
def test_embedding(compare: Any, sparse: bool) -> None:
    """Each tree's leaf is a one in a row of zeros."""
    trees = ensemble.RandomTreesEmbedding(max_depth=3, sparse_output=sparse, **FEW)
    compare(make_pipeline(trees, LinearRegression()).fit(SAMPLE.frame, SAMPLE.number), SAMPLE.asked)


def test_large_numbers_in_sparse_rows_are_refused() -> None:
    """Sparse rows are held to float32 as well, and the row is named."""
    make: Any = OPERATIONS["sparse_float32"]
    rounded = make()
    assert [{3: 0.10000000149011612}] == rounded([{3: 0.1}])
    with pytest.raises(InvalidValue) as refused:
        rounded([{}, {3: 1e39}])
    assert 1 == refused.value.row


def test_counts_of_older_versions(compiled: Any) -> None:
    """Trees whose nodes hold counts, as in older versions, give shares."""
    fitted = tree.DecisionTreeClassifier(max_depth=3, random_state=0).fit(SAMPLE.frame, SAMPLE.three)
    expected = fitted.predict_proba(SAMPLE.frame).tolist()
    fitted.tree_.value[:] *= fitted.tree_.weighted_n_node_samples[:, None, None]
    model = compiled(fitted, SAMPLE.frame, "predict_proba")
    got = model.predict(SAMPLE.frame.to_dict(orient="list"), {})
    assert expected == [pytest.approx(row, rel=1e-12) for row in got]


def test_several_outputs_are_refused(compiled: Any) -> None:
    """A classifier of several outputs is refused by name."""
    from exporters import Unsupported

    fitted = ensemble.RandomForestClassifier(**FEW).fit(SAMPLE.frame, np.column_stack([SAMPLE.binary, SAMPLE.three]))
    with pytest.raises(Unsupported, match="RandomForestClassifier of several outputs"):
        compiled(fitted, SAMPLE.frame)


def test_hints() -> None:
    """The proof is told of every threshold."""
    from exporters import export
    from exporters.forms import Origin, Rows, Tables

    fitted = tree.DecisionTreeRegressor(max_depth=3).fit(SAMPLE.frame, SAMPLE.number)
    tables = Tables()
    export(fitted, "predict", Rows(3, "columns", ("double",) * 3, tuple(map(Origin, "abc"))), tables)
    told = {value for hints in tables.hints.values() for value in hints["values"]}
    assert set(fitted.tree_.threshold[fitted.tree_.feature >= 0]) == told

"""Explanations are Shapley values by their definition, and come back to the columns of the input."""

from itertools import combinations
from math import comb
from typing import Any

import numpy as np
import pandas as pd
import pytest
from compiled.conftest import Explain
from hypothesis import given
from hypothesis import strategies as st
from samples import EXTREME, sample
from sklearn.compose import make_column_transformer
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    AdaBoostClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.feature_selection import SelectKBest, f_regression
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, PoissonRegressor, Ridge
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import (
    KBinsDiscretizer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PowerTransformer,
    QuantileTransformer,
    SplineTransformer,
    StandardScaler,
)
from sklearn.tree import DecisionTreeRegressor

from handler.backends.compiled.explaining import Unexplained
from handler.backends.compiled.explaining.quadrature import gauss_legendre
from handler.errors import BundleError

SAMPLE = sample(7, 300, EXTREME)
ROWS = SAMPLE.frame.iloc[:8].reset_index(drop=True)


def expectation(tree: Any, row: Any, known: frozenset[int], node: int = 0) -> Any:
    """Return the mean leaf of scikit-learn's tree for a row of which some columns are known."""
    left, right, feature = tree.children_left[node], tree.children_right[node], tree.feature[node]
    if left < 0:
        return tree.value[node, 0]
    if feature in known:
        return expectation(tree, row, known, left if np.float32(row[feature]) <= tree.threshold[node] else right)
    weights = tree.weighted_n_node_samples
    return sum(weights[side] / weights[node] * expectation(tree, row, known, side) for side in (left, right))


def shapley(tree: Any, row: Any) -> Any:
    """Return the Shapley values of a row's columns by definition, as (outputs, columns)."""
    count = len(row)
    worth = {
        frozenset(known): expectation(tree, row, frozenset(known))
        for size in range(count + 1)
        for known in combinations(range(count), size)
    }
    return np.transpose(
        [
            sum(
                (worth[known | {player}] - worth[known]) / (count * comb(count - 1, len(known)))
                for known in worth
                if player not in known
            )
            for player in range(count)
        ]
    )


def forest_values(trees: list[Any], frame: pd.DataFrame, scale: float = 1.0) -> Any:
    """Return the sum of the Shapley values of trees, as (rows, outputs, columns)."""
    return np.array([sum(shapley(tree.tree_, row) for tree in trees) * scale for row in frame.to_numpy()])


@given(st.integers(1, 5), st.integers(2, 40), st.integers(0, 2**31))
def test_points_integrate_polynomials(half: int, degree: int, seed: int) -> None:
    """With n points, the integral of every polynomial below degree 2n is exact."""
    count = 2 * half
    coefficients = np.random.default_rng(seed).normal(size=min(degree, 2 * count))
    integral = sum(weight * np.polyval(coefficients, point) for point, weight in gauss_legendre(count))
    exact = np.polyval(np.polyint(coefficients), 1.0)
    assert exact == pytest.approx(integral, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(
    "estimator",
    [DecisionTreeRegressor(), DecisionTreeRegressor(max_depth=1), RandomForestRegressor(5)],
    ids=["one tree", "one test", "a forest"],
)
def test_trees_have_shapley_values(explain: Explain, estimator: Any) -> None:
    """Contributions are Shapley values by definition, of scikit-learn's means of leaves."""
    estimator.random_state = 1
    estimator.fit(SAMPLE.frame, SAMPLE.number)
    trees = getattr(estimator, "estimators_", [estimator])
    values, expected = explain(estimator, ROWS)
    assert forest_values(trees, ROWS, 1 / len(trees)) == pytest.approx(values)
    assert np.mean([tree.tree_.value[0, 0, 0] for tree in trees]) == pytest.approx(expected[0])


@pytest.mark.parametrize("kind", [RandomForestClassifier, ExtraTreesClassifier])
def test_classes_are_explained_by_their_shares(explain: Explain, kind: Any) -> None:
    """A forest of a classifier has one explanation for each class, of the class's probability."""
    estimator = kind(4, random_state=1).fit(SAMPLE.frame, SAMPLE.three)
    values, _ = explain(estimator, ROWS, "predict_proba")
    assert forest_values(estimator.estimators_, ROWS, 1 / 4) == pytest.approx(values)


def test_gradient_boosting(explain: Explain) -> None:
    """The log-odds are explained: the learning rate times the trees."""
    estimator = GradientBoostingClassifier(n_estimators=5, random_state=1).fit(SAMPLE.frame, SAMPLE.binary)
    values, _ = explain(estimator, ROWS)
    assert forest_values(list(estimator.estimators_.ravel()), ROWS, 0.1) == pytest.approx(values)


@pytest.mark.parametrize(
    "estimator",
    [HistGradientBoostingClassifier(max_iter=10, categorical_features=[2]), AdaBoostClassifier(n_estimators=5)],
    ids=["histograms", "AdaBoost"],
)
@pytest.mark.parametrize("labels", ["binary", "three"])
def test_other_ensembles_add_up(explain: Explain, estimator: Any, labels: str) -> None:
    """The contributions of boosted ensembles of scikit-learn add up to their margins."""
    frame = SAMPLE.frame.assign(c=SAMPLE.frame["c"].clip(0).round())
    estimator.fit(frame, getattr(SAMPLE, labels))
    values, _ = explain(estimator, frame.iloc[:8].reset_index(drop=True), "predict_proba")
    assert (8, 1 if labels == "binary" else 3, 3) == values.shape


def test_linear_models(explain: Explain) -> None:
    """A coefficient times a number, less the mean if the pipeline standardizes; the intercept is expected."""
    ridge = Ridge().fit(SAMPLE.frame, SAMPLE.number)
    values, expected = explain(ridge, ROWS)
    assert ridge.coef_ * ROWS.to_numpy() == pytest.approx(values[:, 0])
    assert ridge.intercept_ == pytest.approx(expected[0])
    scaled = make_pipeline(StandardScaler(), PoissonRegressor()).fit(SAMPLE.frame, SAMPLE.number)
    values, _ = explain(scaled, ROWS)
    assert scaled[-1].coef_ * scaled[0].transform(ROWS) == pytest.approx(values[:, 0])


def test_contributions_come_back_to_the_columns(explain: Explain) -> None:
    """Through imputing, scaling, one-hot and ordinal encoding, each input column gets those of its features."""
    frame = SAMPLE.frame.assign(town=np.array(["Ulm", "Bonn", "Kiel"])[SAMPLE.random.integers(0, 3, 300)])
    frame["a"] = frame["a"].where(frame["a"] < 1)
    prepare = make_column_transformer(
        (OneHotEncoder(), ["town"]),
        (make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()), ["a", "c"]),
        (OrdinalEncoder(), ["town"]),
    )
    estimator = make_pipeline(prepare, LogisticRegression()).fit(frame, SAMPLE.binary)
    rows = frame.iloc[:12].reset_index(drop=True)
    values, expected = explain(estimator, rows, "predict_proba")
    products = prepare.transform(rows) * estimator[-1].coef_
    assert products[:, 3] + products[:, 5] == pytest.approx(values[:, 0, 0])
    assert products[:, [0, 1, 2, 6]].sum(axis=1) == pytest.approx(values[:, 0, 3])
    assert [0.0] * 12 == values[:, 0, 1].tolist()
    assert estimator[-1].intercept_ == pytest.approx(expected)


@pytest.mark.parametrize(
    "transformer",
    [
        KBinsDiscretizer(3, encode="onehot", quantile_method="averaged_inverted_cdf"),
        KBinsDiscretizer(3, encode="onehot-dense", quantile_method="averaged_inverted_cdf"),
        SplineTransformer(extrapolation="linear"),
        SplineTransformer(extrapolation="periodic", include_bias=False),
        make_union(MinMaxScaler(), PowerTransformer(), QuantileTransformer(n_quantiles=20)),
        make_pipeline(make_union(MinMaxScaler(), SplineTransformer()), SelectKBest(f_regression, k=9)),
    ],
    ids=lambda transformer: type(transformer).__name__,
)
def test_a_column_has_the_contributions_of_its_features(explain: Explain, transformer: Any) -> None:
    """If another value of one column changes nothing else, the contributions of the others stay."""
    estimator = make_pipeline(transformer, Ridge()).fit(SAMPLE.frame, SAMPLE.number)
    values, _ = explain(estimator, ROWS)
    for place, name in enumerate(SAMPLE.frame):
        others, _ = explain(estimator, ROWS.assign(**{name: ROWS[name].iloc[::-1].to_numpy()}))
        assert np.delete(values, place, axis=2) == pytest.approx(np.delete(others, place, axis=2))


def test_one_hot_features_of_trees_come_back(explain: Explain) -> None:
    """Trees on one-hot columns: the caller's column gets the sum of their contributions."""
    frame = SAMPLE.frame.assign(town=np.array(["Ulm", "Bonn", "Kiel"])[SAMPLE.random.integers(0, 3, 300)])
    prepare = make_column_transformer((OneHotEncoder(sparse_output=False), ["town"]), remainder="passthrough")
    target = SAMPLE.number + 5 * (frame["town"] == "Ulm")
    estimator = make_pipeline(prepare, DecisionTreeRegressor(max_depth=5, random_state=1)).fit(frame, target)
    rows = frame.iloc[:8].reset_index(drop=True)
    values, _ = explain(estimator, rows)
    own = np.array([shapley(estimator[-1].tree_, row)[0] for row in prepare.transform(rows)])
    assert own[:, :3].sum(axis=1) == pytest.approx(values[:, 0, 3])
    assert own[:, 3:] == pytest.approx(values[:, 0, :3])


@pytest.mark.parametrize("vectorizer", [TfidfVectorizer(), TfidfVectorizer(norm=None), CountVectorizer()])
def test_texts_name_their_terms(compiled: Any, vectorizer: Any) -> None:
    """A column of text gets the contributions of its terms, and lists the terms that contribute most."""
    texts = ["good film", "bad film", "good good story", "bad story, bad end"]
    frame = pd.DataFrame({"text": texts})
    prepare = make_column_transformer((vectorizer, "text"))
    estimator = make_pipeline(prepare, LogisticRegression()).fit(frame, [1, 0, 1, 0])
    [[found]] = compiled(estimator, frame).explain({"text": ["bad, bad, but good story"]})
    terms = found.terms[0]
    assert {"bad", "good", "story"} == set(terms)
    assert "bad" == next(iter(terms))
    assert found.contributions[0] == pytest.approx(sum(terms.values()))


def test_mixed_columns_are_refused(compiled: Any) -> None:
    """Components of several columns belong to none of them, and the error names the columns."""
    estimator = make_pipeline(PCA(2), LogisticRegression()).fit(SAMPLE.frame, SAMPLE.binary)
    with pytest.raises(Unexplained, match="a feature is computed from several columns: a, b, c"):
        compiled(estimator, SAMPLE.frame).explain({name: [0.0] for name in "abc"})


def test_very_deep_trees_are_refused(compiled: Any) -> None:
    """Each level is a call, in C and in Python."""
    frame = pd.DataFrame({"a": np.arange(700.0)})
    estimator = DecisionTreeRegressor().fit(frame, 2.0 ** np.arange(700))
    assert estimator.get_depth() > 500
    model = compiled(estimator, frame)
    for one in model.each() if hasattr(model, "each") else [model]:
        with pytest.raises(BundleError, match="levels do not fit"):
            one.explain({"a": [1.0]})

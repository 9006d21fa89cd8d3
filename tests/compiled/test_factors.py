"""Factors, topics, codes and imputed values are scikit-learn's, up to the rounding of their solvers."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from samples import MODERATE, NAN, sample
from sklearn.compose import make_column_transformer
from sklearn.decomposition import NMF, DictionaryLearning, LatentDirichletAllocation, MiniBatchNMF, SparseCoder
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.experimental import enable_iterative_imputer  # noqa: F401 - it adds IterativeImputer
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.impute import IterativeImputer, KNNImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import LabelBinarizer, LabelEncoder

SAMPLE = sample(6, 80, MODERATE)
RANDOM = SAMPLE.random
WIDE = pd.DataFrame(RANDOM.normal(size=(80, 12))).rename(columns=str)
COUNTS = pd.DataFrame(RANDOM.poisson(1.5, size=(80, 12)).astype(float)).rename(columns=str)
MISSING = pd.DataFrame(RANDOM.normal(size=(80, 4)), columns=list("abcd")).mask(RANDOM.random((80, 4)) < 0.25)
TEXTS = pd.DataFrame({"text": ["good day", "bad day", "so so day", "good good night", "", "good night, bad day"] * 3})
NOTHING = pd.DataFrame([[NAN] * 4, [NAN, 1.0, NAN, 1e6], [float("inf"), 0.0, 0.0, NAN]], columns=list("abcd"))
ASKED = pd.concat([MISSING[60:], NOTHING], ignore_index=True)
CITIES = pd.DataFrame({"city": ["Ulm", "Bonn", "Köln", "Ulm"]}, dtype=object)
CITIES_ASKED = pd.DataFrame({"city": ["Bonn", "Köln", "Bonner", "", None, "Ulm"]}, dtype=object)

pytestmark = [
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]


@pytest.mark.parametrize("options", [{}, {"alpha_W": 0.05, "l1_ratio": 0.5}, {"tol": 1e-8, "max_iter": 30}], ids=str)
def test_factors(compare: Any, options: Any) -> None:
    """Non-negative factors, with penalties, and where the solver does not converge; negative numbers are refused."""
    fitted = NMF(4, random_state=0, **options).fit(COUNTS[:60])
    compare(fitted, pd.concat([COUNTS[60:], -COUNTS[:2]], ignore_index=True), "transform")


@pytest.mark.parametrize("options", [{}, {"alpha_W": 0.05, "l1_ratio": 0.5}], ids=str)
def test_factors_by_batches(compare: Any, options: Any) -> None:
    """Multiplicative updates, which start from the mean of the batch."""
    compare(MiniBatchNMF(4, random_state=0, **options).fit(COUNTS[:60]), COUNTS[60:], "transform")


def test_topics(compare: Any) -> None:
    """Shares of topics in counts of words, of a text without any too."""
    words = make_column_transformer((CountVectorizer(), "text"))
    compare(make_pipeline(words, LatentDirichletAllocation(3, random_state=0)).fit(TEXTS), TEXTS[:6], "transform")
    compare(LatentDirichletAllocation(5, random_state=0).fit(COUNTS[:60]), COUNTS[60:], "transform")


@pytest.mark.parametrize(
    "options",
    [
        {"transform_n_nonzero_coefs": 4},
        {"transform_n_nonzero_coefs": 3, "split_sign": True},
        {"transform_algorithm": "threshold", "transform_alpha": 0.2},
        {"transform_algorithm": "threshold", "positive_code": True, "split_sign": True},
    ],
    ids=str,
)
def test_codes(compare: Any, options: Any) -> None:
    """Few atoms, or all above a threshold."""
    atoms = RANDOM.normal(size=(20, 12))
    atoms /= np.linalg.norm(atoms, axis=1, keepdims=True)
    compare(SparseCoder(atoms, **options).fit(WIDE), WIDE[:30], "transform")


def test_learned_codes(compare: Any) -> None:
    """A learned dictionary."""
    compare(DictionaryLearning(6, random_state=0, max_iter=5).fit(WIDE[:60]), WIDE[60:], "transform")


@pytest.mark.parametrize("algorithm", ["lars", "lasso_cd", "lasso_lars"])
def test_other_codes_are_refused(compiled: Any, algorithm: str) -> None:
    """Codes by paths of the lasso are named."""
    from exporters import Unsupported

    fitted = SparseCoder(np.eye(12), transform_algorithm=algorithm).fit(WIDE)
    with pytest.raises(Unsupported, match=f"transform_algorithm='{algorithm}'"):
        compiled(fitted, WIDE, "transform")


@pytest.mark.parametrize("weights", ["uniform", "distance"])
@pytest.mark.parametrize("indicated", [False, True])
def test_imputed_by_neighbours(compare: Any, weights: str, indicated: bool) -> None:
    """Means of the nearest rows with a value; of a row without values, the mean of the column."""
    fitted = KNNImputer(n_neighbors=4, weights=weights, add_indicator=indicated)
    compare(fitted.fit(MISSING[:60].assign(d=NAN) if indicated else MISSING[:60]), ASKED, "transform")


@pytest.mark.parametrize(
    "options",
    [{}, {"min_value": -0.1, "max_value": [0.1, 0.2, 0.3, 0.4], "add_indicator": True}, {"n_nearest_features": 2}],
    ids=str,
)
def test_imputed_in_rounds(compare: Any, options: Any) -> None:
    """Predictions of each column, within limits; a batch without any value keeps the means."""
    compare(IterativeImputer(random_state=0, max_iter=4, **options).fit(MISSING[:60]), ASKED, "transform")


def test_imputed_by_trees(compare: Any) -> None:
    """Any supported model may predict the missing values."""
    forest = ExtraTreesRegressor(5, random_state=0)
    compare(IterativeImputer(forest, random_state=0, max_iter=2).fit(MISSING[:60]), ASKED, "transform")


@pytest.mark.parametrize("kind", [LabelBinarizer, LabelEncoder])
@pytest.mark.filterwarnings("ignore:A column-vector y was passed")
def test_labels(compare: Any, kind: Any) -> None:
    """Numbers of labels, or columns; what was not fitted is refused, or has no column."""
    compare(kind().fit(CITIES["city"]), CITIES_ASKED, "transform")


def test_batches_stay_whole(compiled: Any) -> None:
    """The handler does not divide batches for a model whose answers depend on them."""
    for estimator, chunk in ((NMF(2), None), (LatentDirichletAllocation(2), 1000)):
        assert {chunk} == {one.chunk for one in compiled(estimator.fit(COUNTS), COUNTS, "transform").each()}

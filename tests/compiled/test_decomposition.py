"""Projections give scikit-learn's numbers."""

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA, FactorAnalysis, FastICA, IncrementalPCA, TruncatedSVD
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.kernel_approximation import Nystroem, RBFSampler
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer, StandardScaler
from sklearn.random_projection import GaussianRandomProjection, SparseRandomProjection

RANDOM = np.random.default_rng(0)
FRAME = pd.DataFrame(RANDOM.normal(size=(80, 5)) @ RANDOM.normal(size=(5, 5)), columns=list("abcde"))
FRAME["e"] += 2000  # far from zero for its size
TEXTS = pd.DataFrame(
    {"text": ["good day", "bad day", "so so", "good good night", "", "Ünïcode 日本語", "day and night", "night"]}
)
CLASSES = [1, 0, 2, 1, 0, 2, 1, 0]
EDGES = pd.DataFrame(
    [
        [0.0, -0.0, 0.0, 0.0, 5e-324],
        [1e10, -1e10, 1e10, 1e10, -1e10],
        [np.nan, 0.0, 0.0, 0.0, 0.0],
        [0.0, np.inf, 0.0, 0.0, 0.0],
    ],
    columns=FRAME.columns,
)
ASKED = pd.concat([FRAME[:15], EDGES], ignore_index=True)

DENSE = [
    FactorAnalysis(2),
    FastICA(3, random_state=0),
    FastICA(whiten=False, random_state=0, max_iter=5),
    GaussianRandomProjection(3, random_state=0),
    IncrementalPCA(2),
    PCA(),
    PCA(2, whiten=True),
    PCA(0.9),
    SparseRandomProjection(3, random_state=0),
    TruncatedSVD(3, random_state=0),
]
KERNELS = [
    Nystroem(n_components=10, random_state=0),
    Nystroem("linear", n_components=3, random_state=0),
    Nystroem("poly", n_components=10, coef0=2, degree=2, random_state=0),
    Nystroem("sigmoid", n_components=10, gamma=0.1, random_state=0),
    RBFSampler(n_components=10, random_state=0),
]
SPARSE = [
    GaussianRandomProjection(3, random_state=0),
    IncrementalPCA(2),
    PCA(2, svd_solver="arpack", random_state=0),
    RBFSampler(n_components=10, random_state=0),
    SparseRandomProjection(3, random_state=0),
    TruncatedSVD(1),
    TruncatedSVD(3, random_state=0),
    TruncatedSVD(3, algorithm="arpack", random_state=0),
]

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # numpy's, of the overflows asked for


def fitted(estimator: Any, rows: Any) -> Any:
    """The estimator, fitted as far as it gets."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return estimator.fit(rows)


@pytest.mark.parametrize("estimator", DENSE, ids=str)
def test_dense_rows(compare: Any, estimator: Any) -> None:
    """Numbers onto components; missing ones and those too large are refused."""
    compare(fitted(estimator, FRAME), ASKED, "transform")


@pytest.mark.parametrize("estimator", KERNELS, ids=str)
def test_approximate_kernels(compare: Any, estimator: Any) -> None:
    """Scaled numbers go through approximate kernels."""
    compare(make_pipeline(StandardScaler(), estimator).fit(FRAME), ASKED.drop(index=16), "transform")


@pytest.mark.parametrize("estimator", SPARSE, ids=str)
def test_sparse_rows(compare: Any, estimator: Any) -> None:
    """Terms onto components, a row without any known term included."""
    counted = ColumnTransformer([("text", TfidfVectorizer(), "text")])
    whole = make_pipeline(counted, estimator, LogisticRegression()).fit(TEXTS, CLASSES)
    compare(whole, TEXTS, "predict_proba")


def test_latent_semantic_analysis(compare: Any) -> None:
    """Terms, components, lengths of one, and a model."""
    counted = ColumnTransformer([("text", CountVectorizer(), "text")])
    whole = make_pipeline(counted, TruncatedSVD(4, random_state=0), Normalizer(), LogisticRegression())
    compare(whole.fit(TEXTS, CLASSES), TEXTS)


def test_between_a_scaler_and_a_model(compare: Any) -> None:
    """Components of scaled numbers."""
    whole = make_pipeline(StandardScaler(), PCA(3), LogisticRegression()).fit(FRAME, FRAME["a"] > 0)
    compare(whole, ASKED, "predict_proba")


@pytest.mark.parametrize("estimator", [PCA(2), TruncatedSVD(2), FastICA(2, random_state=0)], ids=str)
def test_float32_is_refused(compiled: Any, estimator: Any) -> None:
    """Components that are found in float32 are refused by name."""
    from exporters import Unsupported

    narrow = FRAME.astype("float32")
    with pytest.raises(Unsupported, match=r"that computes in float32"):
        compiled(fitted(estimator, narrow), narrow, "transform")


@pytest.mark.parametrize(
    "estimator", [Nystroem("cosine", n_components=5), Nystroem("poly", n_components=5, degree=2.5)], ids=str
)
def test_other_kernels_are_refused(compiled: Any, estimator: Any) -> None:
    """Kernels that are not known are refused by name."""
    from exporters import Unsupported

    with pytest.raises(Unsupported, match="Nystroem"):
        compiled(fitted(estimator, FRAME.abs()), FRAME, "transform")

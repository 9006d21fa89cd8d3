"""Neighbours and clusters give scikit-learn's answers."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from samples import MODERATE, sample
from sklearn import cluster, neighbors
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PowerTransformer
from sklearn.svm import SVC

from model.build.rows import generate

SAMPLE = sample(2, 90, MODERATE)
RANDOM = SAMPLE.random
FRAME = SAMPLE.frame
BINARY = SAMPLE.binary
THREE = SAMPLE.three
NUMBER = SAMPLE.number
SEVERAL = SAMPLE.several
EDGES = SAMPLE.edges
ASKED = SAMPLE.asked
GRID = pd.DataFrame(RANDOM.integers(0, 4, size=(90, 3)).astype(float), columns=["a", "b", "c"])
TEXTS = pd.DataFrame({"text": ["good day", "bad day", "so so day", "good good night", "", "ÜNÏ 日本語"]})


@pytest.mark.parametrize("weights", ["uniform", "distance"])
@pytest.mark.parametrize("metric", ["euclidean", "manhattan"])
@pytest.mark.parametrize("rows", [FRAME, GRID], ids=["spread", "tied"])
@pytest.mark.parametrize("method", ["predict", "predict_proba"])
def test_neighbour_classifiers(compare: Any, weights: str, metric: str, rows: Any, method: str) -> None:
    """The nearest neighbours' classes, those of a k-d tree found in its own order where distances tie."""
    model = neighbors.KNeighborsClassifier(4, weights=weights, metric=metric, leaf_size=5).fit(rows, THREE)
    compare(model, pd.concat([rows[:30], EDGES, FRAME[:15] * 1.3], ignore_index=True), method)


@pytest.mark.parametrize("weights", ["uniform", "distance"])
@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("target", [NUMBER, SEVERAL], ids=["one", "two"])
def test_neighbour_regressors(compare: Any, weights: str, p: int, target: Any) -> None:
    """The nearest neighbours' mean, weighted or not."""
    model = neighbors.KNeighborsRegressor(5, weights=weights, p=p, leaf_size=5).fit(GRID, target)
    compare(model, pd.concat([GRID[:30], EDGES, FRAME[:15] * 1.3], ignore_index=True))


@pytest.mark.parametrize("options", [{"p": 1, "weights": "distance"}, {"p": 2}], ids=str)
def test_brute_force(compare: Any, options: Any) -> None:
    """Neighbours found by brute force are those of a tree."""
    compare(neighbors.KNeighborsRegressor(3, algorithm="brute", **options).fit(FRAME, NUMBER), ASKED)


def test_too_many_neighbours(compiled: Any) -> None:
    """More fitted points than pay are refused, saying how many."""
    from exporters import Unsupported

    many = pd.DataFrame(RANDOM.normal(size=(7000, 3)), columns=["a", "b", "c"])
    with pytest.raises(Unsupported, match="KNeighborsRegressor with 21,000 numbers in fitted points is too large"):
        compiled(neighbors.KNeighborsRegressor().fit(many, many["a"]), many)


@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba", "decision_function"])
@pytest.mark.parametrize("priors", ["uniform", "empirical"])
@pytest.mark.parametrize("target", [BINARY, THREE], ids=["binary", "three"])
def test_centroids(compare: Any, method: str, priors: str, target: Any) -> None:
    """The class of the nearest centroid, or the scores and probabilities that its distance gives."""
    compare(neighbors.NearestCentroid(priors=priors).fit(FRAME, target), ASKED, method)


def test_centroids_by_manhattan_distance(compare: Any) -> None:
    """Centroids may be near by the sum of differences."""
    compare(neighbors.NearestCentroid(metric="manhattan").fit(FRAME, THREE), ASKED)


@pytest.mark.parametrize("method", ["predict", "transform"])
@pytest.mark.parametrize("kind", [cluster.KMeans, cluster.MiniBatchKMeans])
def test_clusters(compare: Any, kind: Any, method: str) -> None:
    """The nearest cluster's number, and the distances to all."""
    compare(kind(4, n_init=2, random_state=0).fit(FRAME), ASKED, method)


def test_clusters_of_sparse_rows(compare: Any) -> None:
    """Sparse rows of text are as good as dense ones."""
    terms = ColumnTransformer([("text", TfidfVectorizer(), "text")])
    compare(make_pipeline(terms, cluster.KMeans(2, random_state=0)).fit(TEXTS, [1, 0, 2, 1, 0, 2]), TEXTS)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "last",
    [neighbors.KNeighborsClassifier(), neighbors.KNeighborsClassifier(weights="distance"), SVC(), LogisticRegression()],
    ids=str,
)
def test_neighbours_of_projected_powers(compare: Any, last: Any, seed: int) -> None:
    """After a power transform and a projection, the rows of a proof have scikit-learn's answers."""
    random = np.random.default_rng(seed)
    skewed = [
        random.exponential(100, 90),
        random.normal(50, 5, 90),
        random.beta(2, 8, 90),
        random.integers(2000, 2020, 90),
    ]
    frame = pd.DataFrame(np.column_stack(skewed), columns=list("abcd"))
    model = make_pipeline(PowerTransformer(), PCA(3), last).fit(frame, random.choice(THREE, 90))
    inputs = [{"name": name, "type": "double"} for name in frame]
    asked, _ = generate(inputs, frame[:1].to_dict("records"), hints_of(model, frame))
    compare(model, pd.DataFrame(asked[:: len(asked) // 150], dtype=float))


def hints_of(model: Any, frame: pd.DataFrame) -> Any:
    """What an export tells the proof."""
    from exporters import export
    from exporters.forms import Origin, Rows, Tables

    tables = Tables()
    export(model, "predict", Rows(4, "columns", ("double",) * 4, tuple(map(Origin, frame))), tables)
    return {name: {**tables.hints.get(name, {}), **({"near": []} if tables.near else {})} for name in frame}

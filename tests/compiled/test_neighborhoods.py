"""What is computed from neighbours, and clusters in trees, are scikit-learn's."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from samples import MODERATE, sample
from sklearn import cluster, manifold, neighbors

SAMPLE = sample(4, 90, MODERATE)
FRAME, THREE, NUMBER, SEVERAL = SAMPLE.frame[:70], SAMPLE.three[:70], SAMPLE.number[:70], SAMPLE.several[:70]
ASKED = pd.concat([SAMPLE.frame[70:], SAMPLE.edges], ignore_index=True)
GRID = pd.DataFrame(SAMPLE.random.integers(0, 4, size=(90, 3)).astype(float), columns=["a", "b", "c"])

pytestmark = [
    pytest.mark.filterwarnings("ignore:One or more samples have no neighbors:UserWarning"),
    pytest.mark.filterwarnings("ignore:X does not have valid feature names:UserWarning"),  # LocalOutlierFactor's own
]


@pytest.mark.parametrize("method", ["predict", "predict_proba"])
@pytest.mark.parametrize("weights", ["uniform", "distance"])
@pytest.mark.parametrize("outlier", [None, "perhaps"])
@pytest.mark.parametrize("p", [1, 2])
def test_radius_classifiers(compare: Any, method: str, weights: str, outlier: Any, p: int) -> None:
    """The vote within a radius, the points at the very radius included; a row without neighbours may be refused."""
    model = neighbors.RadiusNeighborsClassifier(1.0, p=p, weights=weights, outlier_label=outlier, leaf_size=5)
    compare(model.fit(GRID[:70], THREE), pd.concat([GRID[70:], ASKED], ignore_index=True), method)


@pytest.mark.parametrize("weights", ["uniform", "distance"])
@pytest.mark.parametrize("target", [NUMBER, SEVERAL], ids=["one", "two"])
def test_radius_regressors(compare: Any, weights: str, target: Any) -> None:
    """The mean within a radius, missing where there is no neighbour."""
    compare(neighbors.RadiusNeighborsRegressor(1.0, weights=weights).fit(FRAME, target), ASKED)


@pytest.mark.parametrize("mode", ["connectivity", "distance"])
@pytest.mark.parametrize("kind", [neighbors.KNeighborsTransformer, neighbors.RadiusNeighborsTransformer])
def test_graphs(compare: Any, kind: Any, mode: str) -> None:
    """The distances from the neighbours, or ones, at their places."""
    compare(kind(mode=mode).fit(FRAME), ASKED, "transform")


@pytest.mark.parametrize("method", ["decision_function", "predict", "score_samples"])
@pytest.mark.parametrize("contamination", ["auto", 0.1])
def test_outliers(compare: Any, contamination: Any, method: str) -> None:
    """The local outlier factor, and what it decides."""
    model = neighbors.LocalOutlierFactor(7, novelty=True, contamination=contamination)
    compare(model.fit(FRAME), ASKED, method)


@pytest.mark.parametrize(
    "model",
    [manifold.Isomap(n_neighbors=8), manifold.LocallyLinearEmbedding(n_neighbors=9, eigen_solver="dense")],
    ids=["isomap", "locally linear"],
)
def test_maps(compare: Any, model: Any) -> None:
    """Where a new row lies on the map."""
    compare(model.fit(FRAME), ASKED, "transform")


@pytest.mark.parametrize("method", ["predict", "transform"])
@pytest.mark.parametrize("kind", [cluster.Birch, cluster.BisectingKMeans])
def test_clusters_in_trees(compare: Any, kind: Any, method: str) -> None:
    """The label of the nearest, and the distances to all."""
    compare(kind(n_clusters=5).fit(FRAME), ASKED, method)


def test_groups_of_features(compare: Any, compiled: Any) -> None:
    """The mean of each group; other functions are refused."""
    from exporters import Unsupported

    compare(cluster.FeatureAgglomeration(2).fit(FRAME), ASKED, "transform")
    with pytest.raises(Unsupported, match="by anything but numpy"):
        compiled(cluster.FeatureAgglomeration(2, pooling_func=np.max).fit(FRAME), FRAME, "transform")

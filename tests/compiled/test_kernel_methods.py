"""Methods that compare rows with fitted rows by a kernel give scikit-learn's answers."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from samples import MODERATE, sample
from sklearn.decomposition import KernelPCA
from sklearn.gaussian_process import GaussianProcessClassifier, GaussianProcessRegressor, kernels
from sklearn.kernel_approximation import AdditiveChi2Sampler, SkewedChi2Sampler
from sklearn.kernel_ridge import KernelRidge
from sklearn.mixture import BayesianGaussianMixture, GaussianMixture
from sklearn.semi_supervised import LabelPropagation, LabelSpreading

SAMPLE = sample(3, 60, MODERATE)
FRAME, NUMBER, SEVERAL, BINARY = SAMPLE.frame[:40], SAMPLE.number[:40], SAMPLE.several[:40], SAMPLE.binary[:40]
NAMES = SAMPLE.three[:40]
ASKED = pd.concat([SAMPLE.frame[40:], SAMPLE.edges], ignore_index=True)
POSITIVE = ASKED.abs()

pytestmark = pytest.mark.filterwarnings(
    "ignore::RuntimeWarning",  # numpy's, of what is far from everything
    "ignore::sklearn.exceptions.ConvergenceWarning",
)

KERNELS: list[dict[str, Any]] = [
    {"kernel": "rbf", "gamma": 0.3},
    {"kernel": "poly", "degree": 2, "coef0": 0.5},
    {"kernel": "laplacian"},
    {"kernel": "cosine"},
    {"kernel": "sigmoid", "gamma": 0.1},
]


@pytest.mark.parametrize("options", KERNELS, ids=str)
@pytest.mark.parametrize("target", [NUMBER, SEVERAL], ids=["one", "two"])
def test_kernel_ridge(compare: Any, options: Any, target: Any) -> None:
    """The sum of each kernel, for one target and for two."""
    compare(KernelRidge(**options).fit(FRAME, target), ASKED)


@pytest.mark.parametrize("options", [options for options in KERNELS if options["kernel"] != "laplacian"], ids=str)
def test_kernel_pca(compare: Any, options: Any) -> None:
    """The projection of each kernel."""
    compare(KernelPCA(2, **options).fit(FRAME), ASKED, "transform")


@pytest.mark.parametrize("method", ["predict", "predict_proba"])
@pytest.mark.parametrize("kind", [LabelPropagation, LabelSpreading])
@pytest.mark.parametrize("kernel", ["rbf", "knn"])
def test_label_propagation(compare: Any, kind: Any, kernel: str, method: str) -> None:
    """Labels of some rows, spread by either kernel; far from all rows there are no probabilities."""
    known = np.where(np.arange(40) % 3 == 0, np.digitize(FRAME["a"], [-0.5, 0.5]), -1)
    compare(kind(kernel=kernel).fit(FRAME, known), ASKED, method)


@pytest.mark.parametrize("method", ["predict", "predict_proba"])
@pytest.mark.parametrize("shape", ["full", "tied", "diag", "spherical"])
@pytest.mark.parametrize("kind", [GaussianMixture, BayesianGaussianMixture])
def test_mixtures(compare: Any, kind: Any, shape: str, method: str) -> None:
    """The most likely component, and the probabilities, for each form of the covariances."""
    compare(kind(n_components=3, covariance_type=shape, random_state=0).fit(FRAME), ASKED, method)


@pytest.mark.parametrize(
    "kernel",
    [
        1.5 * kernels.RBF([1.0, 2.0, 0.5]) + kernels.WhiteKernel(0.1),
        kernels.Matern(nu=0.5) + kernels.Matern(nu=1.5) + kernels.Matern(nu=2.5) + kernels.Matern(nu=np.inf),
        kernels.RationalQuadratic(alpha=0.5) * kernels.ExpSineSquared(periodicity=3.0),
        kernels.DotProduct() + kernels.RBF() ** 2,
    ],
    ids=str,
)
@pytest.mark.parametrize("target", [NUMBER, SEVERAL], ids=["one", "two"])
def test_gaussian_processes(compare: Any, kernel: Any, target: Any) -> None:
    """The mean by sums, products and powers of kernels."""
    model = GaussianProcessRegressor(kernel, alpha=1.0, optimizer=None, normalize_y=True)
    compare(model.fit(FRAME, target), ASKED)


@pytest.mark.parametrize("method", ["predict", "predict_proba"])
@pytest.mark.parametrize(
    ("target", "several"), [(BINARY, "one_vs_rest"), (NAMES, "one_vs_rest"), (NAMES, "one_vs_one")]
)
def test_gaussian_process_classifiers(compare: Any, target: Any, several: str, method: str) -> None:
    """Labels and probabilities of two and of three classes."""
    if (several, method) == ("one_vs_one", "predict_proba"):
        pytest.skip("scikit-learn has none")
    model = GaussianProcessClassifier(1.0 * kernels.RBF(), optimizer=None, multi_class=several)
    compare(model.fit(FRAME, target), ASKED, method)


@pytest.mark.parametrize("kernel", [kernels.Matern(nu=3.5), kernels.PairwiseKernel()], ids=str)
def test_other_kernels_are_refused(compiled: Any, kernel: Any) -> None:
    """A kernel without an operation is named."""
    from exporters import Unsupported

    with pytest.raises(Unsupported, match=r"the kernel .* has no exporter"):
        compiled(GaussianProcessRegressor(kernel, optimizer=None).fit(FRAME, NUMBER), FRAME)


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_additive_chi_squared(compare: Any, steps: int) -> None:
    """Each number of samples; negative numbers are refused."""
    compare(AdditiveChi2Sampler(sample_steps=steps).fit(FRAME.abs()), pd.concat([POSITIVE, ASKED]), "transform")


def test_skewed_chi_squared(compare: Any) -> None:
    """Numbers up to minus the skewedness are refused."""
    edges = pd.DataFrame([[-0.5, 0.0, 0.0], [np.nextafter(-0.5, 0), 0.0, 0.0]], columns=list(FRAME))
    fitted = SkewedChi2Sampler(skewedness=0.5, random_state=0).fit(FRAME.abs())
    compare(fitted, pd.concat([ASKED, edges], ignore_index=True), "transform")

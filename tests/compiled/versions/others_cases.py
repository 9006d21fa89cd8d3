"""Kernel methods, mixtures, neighbourhoods, clusters, factors, codes and imputers by models."""

from __future__ import annotations

from cases import PREDICTIONS, TRANSFORMED, Case, each

BOTH = ("predict", "transform")
CHANCES = ("predict", "predict_proba")

CASES = [
    Case("AdditiveChi2Sampler()", "none", TRANSFORMED, "positive"),
    Case("AffinityPropagation(random_state=0)", "none", PREDICTIONS, "moderate", where="scikit-learn>=0.23"),
    *each("BayesianGaussianMixture(n_components=3, random_state=0)", "GaussianMixture(3, random_state=0)",
          target="none", methods=CHANCES, frame="moderate"),
    *each("GaussianMixture(3, covariance_type='tied', random_state=0)",
          "GaussianMixture(3, covariance_type='diag', random_state=0)", target="none", frame="moderate"),
    Case("BernoulliRBM(4, n_iter=2, random_state=0)", "none", TRANSFORMED, "moderate"),
    Case("Birch(n_clusters=4)", "none", PREDICTIONS, "moderate"),
    Case("BisectingKMeans(4, random_state=0)", "none", PREDICTIONS, "moderate", where="scikit-learn>=1.1"),
    Case("FeatureAgglomeration(2)", "none", TRANSFORMED, "moderate"),
    Case("GaussianProcessClassifier()", "binary", CHANCES, "moderate", within=1e-9),
    Case("GaussianProcessRegressor(alpha=0.1)", frame="moderate", within=1e-9),
    Case("Isomap(n_neighbors=8)", "none", TRANSFORMED, "moderate", within=1e-9),
    Case("KernelPCA(2, kernel='rbf')", "none", TRANSFORMED, "moderate", within=1e-9),
    Case("KernelRidge(kernel='rbf')", frame="moderate", within=1e-9),
    Case("KNNImputer(n_neighbors=3)", "none", TRANSFORMED, "moderate"),
    Case("LatentDirichletAllocation(3, random_state=0)", "none", TRANSFORMED, "positive", within=1e-9),
    Case("LocalOutlierFactor(7, novelty=True)", "none", ("predict", "decision_function"), "moderate"),
    Case("LocallyLinearEmbedding(n_neighbors=9, eigen_solver='dense')", "none", TRANSFORMED, "moderate", within=1e-9),
    Case("MeanShift()", "none", PREDICTIONS, "moderate"),
    Case("NMF(2, init='nndsvda', max_iter=50)", "none", TRANSFORMED, "positive", within=1e-9,
         refused={"scikit-learn<1.1": "has no exporter"}),
    Case("NeighborhoodComponentsAnalysis(2, max_iter=5, random_state=0)", "three", TRANSFORMED, "moderate"),
    Case("RadiusNeighborsRegressor(2.0)", frame="moderate"),
    Case("SkewedChi2Sampler(random_state=0)", "none", TRANSFORMED, "positive"),
]  # fmt: skip

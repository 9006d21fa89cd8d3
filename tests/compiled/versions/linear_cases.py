"""Linear models, discriminants, naive Bayes, support vectors, neighbours, clusters and networks."""

from __future__ import annotations

from cases import DECISIONS, EVERYTHING, PROBABILITIES, TRANSFORMED, Case, each

FEW = "random_state=0, max_iter=20"
TARGETS = ("binary", "three")
TEXT = "make_column_transformer((TfidfVectorizer(), 'text'))"
COUNTS = "make_column_transformer((CountVectorizer(), 'text'))"

LINEAR = [
    *each(
        "ARDRegression()",
        "BayesianRidge()",
        "ElasticNet(0.01)",
        "ElasticNetCV(cv=2)",
        "GammaRegressor()",
        "HuberRegressor()",
        "Lars()",
        "LarsCV(cv=2)",
        "Lasso(0.1)",
        "LassoCV(cv=2)",
        "LassoLars(0.01)",
        "LassoLarsCV(cv=2)",
        "LassoLarsIC()",
        "LinearRegression(fit_intercept=False)",
        "OrthogonalMatchingPursuit()",
        "OrthogonalMatchingPursuitCV(cv=2)",
        "PoissonRegressor()",
        "RANSACRegressor(random_state=0)",
        "Ridge()",
        "RidgeCV()",
        "SGDRegressor(random_state=0)",
        "TheilSenRegressor(random_state=0)",
        "TweedieRegressor(power=0)",
        "TweedieRegressor(power=1.5)",
        "TweedieRegressor(power=2, link='identity')",
        "LinearSVR(random_state=0)",
    ),
    Case("QuantileRegressor(alpha=0.01, solver='highs')", where="scikit-learn>=1.0"),
    Case("PassiveAggressiveRegressor(random_state=0)"),
    Case("LinearRegression()", frame="whole", within=1e-9),
    Case("Ridge()", frame="float32", refused={"": "computes in float32"}),
    # The option went with version 1.2.
    *each(
        "Ridge(normalize=True)",
        "LinearRegression(normalize=True)",
        "Lasso(0.1, normalize=True)",
        where="scikit-learn<1.2",
    ),
    *each(
        "LinearRegression()",
        "Lars()",
        "MultiTaskElasticNet(0.1)",
        "MultiTaskElasticNetCV(cv=2)",
        "MultiTaskLasso(0.1)",
        "MultiTaskLassoCV(cv=2)",
        "Ridge()",
        target="several",
    ),
    *[
        Case(f"{kind}({components})", target)
        for kind, components, target in (
            ("PLSRegression", "", "number"),
            ("PLSRegression", "", "several"),
            ("CCA", "n_components=1", "several"),
            ("PLSCanonical", "n_components=1", "several"),
        )
    ],
    *[
        Case(f"{classifier}", target, DECISIONS)
        for target in TARGETS
        for classifier in (
            "Perceptron()",
            "RidgeClassifier()",
            "RidgeClassifierCV()",
            "SGDClassifier(random_state=0)",
            "LinearSVC(random_state=0)",
            "PassiveAggressiveClassifier(random_state=0)",
        )
    ],
    *[
        Case(f"LogisticRegression({options})", target, EVERYTHING, where=where)
        for target in TARGETS
        for options, where in (
            ("", ""),
            ("solver='liblinear'", "" if target == "binary" else "scikit-learn<1.8"),
            ("multi_class='ovr'", "scikit-learn<1.8"),
            ("multi_class='multinomial'", "scikit-learn<1.8"),
        )
    ],
    *[Case("LogisticRegressionCV(Cs=2, cv=2)", target, EVERYTHING) for target in TARGETS],
    *[
        Case(f"SGDClassifier(loss='{loss}', random_state=0)", target, EVERYTHING, where=where)
        for target in TARGETS
        for loss, where in (("log", "scikit-learn<1.3"), ("log_loss", "scikit-learn>=1.1"), ("modified_huber", ""))
    ],
    Case("RidgeClassifier()", "labels", where="scikit-learn>=1.0"),
    Case("SGDOneClassSVM(random_state=0)", "none", DECISIONS, where="scikit-learn>=1.0"),
    Case("LogisticRegression()", "three", frame="float32", refused={"scikit-learn>=1.9": "computes in float32"}),
    Case(f"make_pipeline({TEXT}, LogisticRegression())", "three", ("predict", "predict_proba"), "text"),
]

DISCRIMINANTS = [
    *[
        Case(expression, target, EVERYTHING)
        for target in TARGETS
        for expression in (
            "LinearDiscriminantAnalysis()", "LinearDiscriminantAnalysis(solver='lsqr')",
            "LinearDiscriminantAnalysis(solver='eigen', shrinkage='auto')", "QuadraticDiscriminantAnalysis()",
            "QuadraticDiscriminantAnalysis(reg_param=0.1)",
        )
    ],
    *each("LinearDiscriminantAnalysis()", "LinearDiscriminantAnalysis(solver='eigen')", target="three",
          methods=TRANSFORMED),
]  # fmt: skip

BAYES = [
    *[
        Case(f"GaussianNB({options})", target, PROBABILITIES)
        for target in TARGETS
        for options in ("", "var_smoothing=0.1")
    ],
    *[
        Case(expression, target, PROBABILITIES, "counts")
        for target in TARGETS
        for expression in (
            "MultinomialNB()",
            "MultinomialNB(alpha=0.1, fit_prior=False)",
            "ComplementNB(norm=True)",
            "BernoulliNB(binarize=1.0)",
            "BernoulliNB(binarize=None)",
            "CategoricalNB()",
        )
    ],
    *each("MultinomialNB()", "ComplementNB()", target="one", methods=PROBABILITIES, frame="counts"),
    *[
        Case(f"make_pipeline({COUNTS}, {kind}())", "three", PROBABILITIES, "text")
        for kind in ("MultinomialNB", "ComplementNB", "BernoulliNB")
    ],
]

KERNELS = [
    *[
        Case(f"{kind}, kernel='{kernel}')", target, DECISIONS, "moderate")
        for target in TARGETS
        for kernel in ("linear", "poly", "rbf", "sigmoid")
        for kind in ("SVC(C=2", "NuSVC(nu=0.2")
    ],
    *each(
        "SVC(decision_function_shape='ovo')",
        "SVC(break_ties=True)",
        target="three",
        methods=DECISIONS,
        frame="moderate",
    ),
    *[Case("SVC(probability=True, random_state=0)", target, PROBABILITIES, "moderate") for target in TARGETS],
    *[
        Case(f"{kind}(kernel='{kernel}', degree=2, coef0=0.5)", frame="moderate")
        for kernel in ("linear", "poly", "rbf", "sigmoid")
        for kind in ("SVR", "NuSVR")
    ],
    Case("OneClassSVM()", "none", DECISIONS, "moderate"),
    Case(f"make_pipeline({TEXT}, SVC())", "three", frame="text"),
]

NEIGHBORS = [
    *[
        Case(f"KNeighborsClassifier(4, weights='{weights}', p={p}, leaf_size=5)", "three", ("predict", "predict_proba"),
             frame)
        for weights in ("uniform", "distance")
        for p in (1, 2)
        for frame in ("moderate", "counts")
    ],
    *[
        Case(f"KNeighborsRegressor(5, weights='{weights}', leaf_size=5)", target, frame="moderate")
        for weights in ("uniform", "distance")
        for target in ("number", "several")
    ],
    Case("KNeighborsRegressor(3, algorithm='brute')", frame="moderate"),
    Case("KNeighborsRegressor(3, algorithm='brute', p=1, weights='distance')", frame="moderate"),
    Case("NearestCentroid()", "three", frame="moderate"),
    Case("NearestCentroid(metric='manhattan')", "three", frame="moderate"),
    Case("NearestCentroid(priors='empirical')", "three", EVERYTHING, "moderate", where="scikit-learn>=1.6"),
    *each("KMeans(4, n_init=2, random_state=0)", "MiniBatchKMeans(4, n_init=2, random_state=0)", target="none",
          methods=("predict", "transform"), frame="moderate"),
    Case(f"make_pipeline({TEXT}, KMeans(2, n_init=2, random_state=0))", "none", frame="text"),
]  # fmt: skip

NETWORKS = [
    *[
        Case(f"MLPClassifier((6, 4), activation='{activation}', {FEW})", target, PROBABILITIES, "moderate")
        for target in TARGETS
        for activation in ("identity", "logistic", "relu", "tanh")
    ],
    Case(f"MLPClassifier(6, {FEW})", "labels", ("predict", "predict_proba"), "moderate"),
    *[Case(f"MLPRegressor(hidden_layer_sizes=6, {FEW})", target, frame="moderate") for target in ("number", "several")],
    Case(f"MLPRegressor(loss='poisson', hidden_layer_sizes=6, {FEW})", frame="moderate", where="scikit-learn>=1.7"),
]

CASES = [*LINEAR, *DISCRIMINANTS, *BAYES, *KERNELS, *NEIGHBORS, *NETWORKS]

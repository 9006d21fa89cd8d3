"""Scalers, encoders, imputers, texts, projections and selections."""

from __future__ import annotations

from cases import TRANSFORMED, Case, each

TEXT = "make_column_transformer((TfidfVectorizer(), 'text'))"
UNKNOWN = "handle_unknown='use_encoded_value', unknown_value=-1"


SCALING = [
    *[
        Case(expression, "none", TRANSFORMED)
        for expression in (
            "StandardScaler()",
            "StandardScaler(with_mean=False)",
            "StandardScaler(with_std=False)",
            "MinMaxScaler()",
            "MinMaxScaler((-1, 3), clip=True)",
            "MaxAbsScaler()",
            "RobustScaler()",
            "RobustScaler(with_centering=False, unit_variance=True)",
            "RobustScaler(with_scaling=False, quantile_range=(10, 60))",
            "Normalizer()",
            "Normalizer('l1')",
            "Normalizer('max')",
            "Binarizer()",
            "Binarizer(threshold=-0.3)",
            "PowerTransformer()",
            "PowerTransformer(standardize=False)",
            "QuantileTransformer(n_quantiles=7)",
            "QuantileTransformer(n_quantiles=100, output_distribution='normal')",
        )
    ],
    Case("MaxAbsScaler(clip=True)", "none", TRANSFORMED, where="scikit-learn>=1.8"),
    Case("StandardScaler()", "none", TRANSFORMED, "whole"),
    *each(
        "StandardScaler()",
        "RobustScaler()",
        "MinMaxScaler()",
        "MaxAbsScaler()",
        target="none",
        methods=TRANSFORMED,
        frame="float32",
        within=0.0,
    ),
    Case("Normalizer()", "none", TRANSFORMED, "float32", refused={"": "computes in float32"}),
    Case("Binarizer(threshold=0.5)", "none", TRANSFORMED, "float32"),
    *each(
        "PowerTransformer('box-cox')",
        "PowerTransformer('box-cox', standardize=False)",
        target="none",
        methods=TRANSFORMED,
        frame="positive",
    ),
    *[
        Case(f"make_pipeline({TEXT}, {scaler}, LogisticRegression())", "three", ("predict_proba",), "text")
        for scaler in (
            "StandardScaler(with_mean=False)",
            "MaxAbsScaler()",
            "RobustScaler(with_centering=False)",
            "Normalizer('l1')",
            "Binarizer(threshold=0.3)",
        )
    ],
    *[
        Case(f"KBinsDiscretizer([3, 5, 2], encode='{encode}', strategy='{strategy}')", "none", TRANSFORMED)
        for encode in ("onehot", "onehot-dense", "ordinal")
        for strategy in ("uniform", "quantile", "kmeans")
    ],
    *each(
        "PolynomialFeatures(3)",
        "PolynomialFeatures(2, interaction_only=True, include_bias=False)",
        target="none",
        methods=TRANSFORMED,
    ),
    Case("PolynomialFeatures((2, 3))", "none", TRANSFORMED, where="scikit-learn>=1.0"),
    Case(
        f"make_pipeline({TEXT}, PolynomialFeatures(2, interaction_only=True), LogisticRegression())",
        "three",
        ("predict_proba",),
        "text",
        refused={"scikit-learn<1.5": "sparse rows"},
    ),
    *[
        Case(
            f"SplineTransformer(5, {degree}, extrapolation='{extrapolation}')",
            "none",
            TRANSFORMED,
            where="scikit-learn>=1.0",
        )
        for degree in (2, 3)
        for extrapolation in ("constant", "continue", "error", "linear", "periodic")
    ],
    Case("make_pipeline(SplineTransformer(sparse_output=True), LinearRegression())", where="scikit-learn>=1.3"),
    *[
        Case(f"FunctionTransformer({function})", "none", TRANSFORMED, "positive")
        for function in ("np.log1p", "np.sqrt", "np.square", "np.abs", "special.expit", "np.arctan", "np.cbrt")
    ],
    *each(
        "FunctionTransformer(np.log1p, validate=True)",
        "make_pipeline(FunctionTransformer(), StandardScaler())",
        target="none",
        methods=TRANSFORMED,
        frame="positive",
    ),
    Case("make_pipeline(FunctionTransformer(np.ravel), CountVectorizer(), LinearRegression())", frame="text"),
]

ENCODING = [
    *[
        Case(f"OneHotEncoder({options})", "none", TRANSFORMED, frame, where="scikit-learn>=0.24" if null else "")
        for frame in ("cities", "categories", "whole")
        for options in ("", "handle_unknown='ignore'", "drop='first'", "drop='if_binary'", "dtype='int64'")
        for null in [frame == "categories" and "ignore" in options]  # a column of a single None is one of NaN
    ],
    *[
        Case(f"OneHotEncoder({options})", "none", TRANSFORMED, frame)
        for frame in ("missing cities", "missing kinds")
        for options in ("", "handle_unknown='ignore'", "drop='first'")
    ],
    Case("OneHotEncoder(sparse=False)", "none", TRANSFORMED, "cities", where="scikit-learn<1.4"),
    Case("OneHotEncoder(sparse_output=False)", "none", TRANSFORMED, "cities", where="scikit-learn>=1.2"),
    Case(
        "OneHotEncoder(handle_unknown='ignore', drop='first')", "none", TRANSFORMED, "cities", where="scikit-learn>=1.0"
    ),
    *[
        Case(f"OneHotEncoder({options})", "none", TRANSFORMED, "cities", where=where)
        for options, where in (
            ("max_categories=2, handle_unknown='infrequent_if_exist'", "scikit-learn>=1.1"),
            ("min_frequency=20, handle_unknown='ignore'", "scikit-learn>=1.1"),
            ("max_categories=2, drop='first', handle_unknown='infrequent_if_exist'", "scikit-learn>=1.1"),
            ("max_categories=2, handle_unknown='warn'", "scikit-learn>=1.6"),
        )
    ],
    *[
        Case(f"OrdinalEncoder({options})", "none", TRANSFORMED, frame)
        for frame in ("cities", "categories", "whole")
        for options in ("", UNKNOWN, "handle_unknown='use_encoded_value', unknown_value=NAN")
    ],
    *[
        Case(f"OrdinalEncoder({options})", "none", TRANSFORMED, frame, where=where)
        for frame in ("missing cities", "missing kinds")
        for options, where in (
            ("", "" if frame == "missing cities" else "scikit-learn>=1.0"),
            (UNKNOWN, "" if frame == "missing cities" else "scikit-learn>=1.0"),
            (f"encoded_missing_value=-2, {UNKNOWN}", "scikit-learn>=1.1"),
            (f"max_categories=2, {UNKNOWN}", "scikit-learn>=1.3"),
        )
    ],
    *[
        Case("TargetEncoder(cv=2)", target, TRANSFORMED, frame, where=where)
        for frame in ("cities", "missing cities")
        for target, where in (
            ("binary", "scikit-learn>=1.3"),
            ("number", "scikit-learn>=1.3"),
            ("three", "scikit-learn>=1.4"),
        )
    ],
    *[
        Case(
            f"make_pipeline(SimpleImputer({strategy}), OneHotEncoder(handle_unknown='ignore'))",
            "none",
            TRANSFORMED,
            frame,
        )
        for strategy in ("strategy='most_frequent'", "strategy='constant', fill_value='?'")
        for frame in ("missing cities",)
    ],
]

IMPUTING = [
    *[
        Case(f"SimpleImputer(strategy='{strategy}'{options})", "none", TRANSFORMED, frame, where=where)
        for strategy in ("mean", "median", "most_frequent", "constant")
        for options, frame, where in (
            ("", "holes", ""), (", add_indicator=True", "holes", ""), (", missing_values=-1.0", "numbers", ""),
            (", keep_empty_features=True", "holes", "scikit-learn>=1.2"), ("", "integers", ""), ("", "float32", ""),
        )
    ],
    *[
        Case(f"SimpleImputer(strategy={options})", "none", TRANSFORMED, frame)
        for frame in ("missing cities", "mixed")
        for options in ("'most_frequent'", "'most_frequent', add_indicator=True", "'constant', fill_value='?'")
    ],
    *[
        Case(f"MissingIndicator({options})", "none", TRANSFORMED, "holes")
        for options in ("", "features='all'", "error_on_new=False")
    ],
]  # fmt: skip

TEXTS = [
    *[
        Case(f"make_pipeline(make_column_transformer(({vectorizer}, 'text')), {last})", frame="text")
        for last in ("LinearRegression()",)
        for vectorizer in (
            "CountVectorizer()", "CountVectorizer(binary=True, ngram_range=(1, 2))", "CountVectorizer(dtype=np.int32)",
            "CountVectorizer(stop_words='english', strip_accents='unicode')", "CountVectorizer(analyzer='char')",
            "CountVectorizer(analyzer='char_wb', ngram_range=(1, 3), strip_accents='ascii', lowercase=False)",
            "CountVectorizer(token_pattern=r'[^,;]+')", "HashingVectorizer(n_features=31)",
            "HashingVectorizer(n_features=31, norm=None, alternate_sign=False)", "TfidfVectorizer()",
            "TfidfVectorizer(norm='l1')", "TfidfVectorizer(norm=None, smooth_idf=False)",
            "TfidfVectorizer(use_idf=False)", "TfidfVectorizer(sublinear_tf=True)",
            "TfidfVectorizer(vocabulary=['good', 'day', 'words'])",
            "make_pipeline(CountVectorizer(), TfidfTransformer(sublinear_tf=True))",
            "make_pipeline(HashingVectorizer(n_features=31, alternate_sign=False), TfidfTransformer())",
        )
    ],
    Case(f"make_pipeline({TEXT}, LogisticRegression())", "binary", ("predict_proba",), "text"),
    Case("make_pipeline(TfidfTransformer(), LinearRegression())", frame="counts"),
    *[
        Case(f"make_pipeline(make_column_transformer((CountVectorizer({own}), 'text')), Ridge())", frame="text")
        for own in ("tokenizer=str.split", "analyzer=str.split", "preprocessor=str.title")
    ],
    Case("make_pipeline(make_column_transformer((CountVectorizer(analyzer=sorted), 'text')), Ridge())",
         frame="text", refused={"": "analyzer=sorted has no exporter"}),
]  # fmt: skip

PROJECTIONS = [
    *[
        Case(expression, "none", TRANSFORMED, "moderate", within=1e-9)
        for expression in (
            "FactorAnalysis(2)", "FastICA(2, random_state=0)", "FastICA(whiten=False, random_state=0, max_iter=5)",
            "GaussianRandomProjection(2, random_state=0)", "IncrementalPCA(2)", "PCA()", "PCA(2, whiten=True)",
            "PCA(0.9)", "SparseRandomProjection(2, random_state=0)", "TruncatedSVD(2, random_state=0)",
            "Nystroem(n_components=10, random_state=0)", "Nystroem('linear', n_components=2, random_state=0)",
            "Nystroem('poly', n_components=10, coef0=2, degree=2, random_state=0)",
            "Nystroem('polynomial', n_components=10, coef0=2, degree=2, gamma=0.1, random_state=0)",
            "Nystroem('sigmoid', n_components=10, gamma=0.1, random_state=0)",
            "RBFSampler(n_components=10, random_state=0)",
        )
    ],
    Case("RBFSampler(gamma='scale', n_components=10, random_state=0)", "none", TRANSFORMED, "moderate",
         where="scikit-learn>=1.2"),
    Case("PCA(2)", "none", TRANSFORMED, "float32", refused={"": "computes in float32"}),
    *[
        Case(f"make_pipeline({TEXT}, {reducer}, LogisticRegression())", "three", ("predict_proba",), "text")
        for reducer in ("TruncatedSVD(3, random_state=0)", "SparseRandomProjection(3, random_state=0)",
                        "GaussianRandomProjection(3, random_state=0)", "RBFSampler(n_components=5, random_state=0)")
    ],
    Case(f"make_pipeline({TEXT}, PCA(2, svd_solver='arpack', random_state=0), LogisticRegression())", "three",
         ("predict_proba",), "text", where="scikit-learn>=1.4"),
]  # fmt: skip

SELECTIONS = [
    *[
        Case(expression, "classes", TRANSFORMED)
        for expression in (
            "GenericUnivariateSelect(mode='k_best', param=2)", "RFE(LogisticRegression(), n_features_to_select=2)",
            "RFECV(LogisticRegression(), cv=2)", "SelectFdr()", "SelectFpr()", "SelectFromModel(LogisticRegression())",
            "SelectFwe()", "SelectKBest(k=2)", "SelectPercentile(percentile=70)", "VarianceThreshold(0.9)",
            "SequentialFeatureSelector(GaussianNB(), n_features_to_select=2, cv=2)",
        )
    ],
    Case("RFE(LogisticRegression(), n_features_to_select=2)", "classes",
         ("predict", "predict_proba", "predict_log_proba", "decision_function")),
    *[
        Case(f"make_pipeline({TEXT}, {selector}, LogisticRegression())", "three", ("predict_proba",), "text")
        for selector in ("SelectKBest(chi2, k=3)", "VarianceThreshold(0.01)")
    ],
    Case("make_pipeline(VarianceThreshold(0.2), LinearRegression())", frame="whole", within=1e-9),
    Case("SelectKBest(k=2)", "classes", TRANSFORMED, "float32"),
]  # fmt: skip

CASES = [*SCALING, *ENCODING, *IMPUTING, *TEXTS, *PROJECTIONS, *SELECTIONS]

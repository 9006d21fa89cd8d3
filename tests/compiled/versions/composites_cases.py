"""Estimators made of estimators: pipelines, votes, calibration, searches, thresholds and targets."""

from __future__ import annotations

from cases import DECISIONS, PROBABILITIES, TRANSFORMED, Case, each

TARGETS = ("binary", "three")
BOTH = ("predict", "predict_proba")
NAMED = "[('a', LogisticRegression()), ('b', GaussianNB()), ('c', LogisticRegression(C=0.01)), ('d', 'drop')]"
NUMERIC = "['age', 'rate']"
ENCODED = "OneHotEncoder(handle_unknown='ignore')"
USUAL = (
    f"make_column_transformer((make_pipeline(SimpleImputer(strategy='median'), StandardScaler()), {NUMERIC}), "
    f"(make_pipeline(SimpleImputer(strategy='constant', fill_value='?'), {ENCODED}), ['city']), "
    "('passthrough', ['rooms', 'new']))"
)

VOTES = [
    *[
        Case(f"VotingClassifier({NAMED}, voting='soft', weights={weights})", target, BOTH)
        for target in TARGETS
        for weights in (None, [1, 2, 0.5, 3])
    ],
    *[Case(f"VotingClassifier({NAMED})", target) for target in TARGETS],
    Case("VotingRegressor([('a', LinearRegression()), ('b', Ridge())], weights=[1, 0.25])"),
    *[
        Case(f"StackingClassifier({NAMED}, LogisticRegression(), cv=2, passthrough={passed})", target,
             (*BOTH, "decision_function", "transform"))
        for target in TARGETS
        for passed in (False, True)
    ],
    Case("StackingClassifier([('a', Perceptron()), ('b', RidgeClassifier())], cv=2, stack_method='predict')", "three"),
    Case("StackingRegressor([('a', Ridge()), ('b', LinearRegression())], Ridge(), cv=2, passthrough=True)"),
    *[
        Case(f"{meta}({estimator}{options})", target, methods, "moderate")
        for target in TARGETS
        for estimator in ("RidgeClassifier()", "GaussianNB()", "LogisticRegression()")
        for meta, options, methods in (
            ("OneVsRestClassifier", "", ("predict",)), ("OneVsOneClassifier", "", DECISIONS),
            ("OutputCodeClassifier", ", random_state=0", ("predict",)),
        )
    ],
    *[
        Case("OneVsRestClassifier(LogisticRegression())", target, ("predict_proba", "decision_function"))
        for target in TARGETS
    ],
    Case("OneVsRestClassifier(LogisticRegression())", "labels", (*BOTH, "decision_function")),
    Case("OneVsRestClassifier(Ridge())", "three"),
    Case("OneVsRestClassifier(DecisionTreeClassifier(max_depth=2, random_state=0))", "three"),  # many equal scores
    Case("MultiOutputRegressor(Ridge())", "several"),
    Case("MultiOutputClassifier(LogisticRegression())", "labels"),
    Case("RegressorChain(Ridge(), order=[1, 0])", "several"),
    Case("ClassifierChain(LogisticRegression(), order=[2, 0, 1])", "labels", (*BOTH, "decision_function")),
    Case("ClassifierChain(LogisticRegression(), chain_method='predict_proba')", "labels", PROBABILITIES,
         where="scikit-learn>=1.5"),
]  # fmt: skip

AROUND = [
    *[
        Case(f"CalibratedClassifierCV({estimator}, method='{method}', ensemble={ensemble}, cv=2)", target, BOTH,
             "moderate")
        for target in TARGETS
        for estimator in ("GaussianNB()", "RidgeClassifier()")
        for method in ("sigmoid", "isotonic")
        for ensemble in (True, False)
    ],
    Case("CalibratedClassifierCV(GaussianNB(), method='temperature', cv=2)", "three", BOTH, "moderate",
         where="scikit-learn>=1.8"),
    Case("CalibratedClassifierCV(GaussianNB().fit(frame, target), cv='prefit')", "three", BOTH, "moderate",
         where="scikit-learn<1.8"),
    *[
        Case(f"IsotonicRegression(out_of_bounds='{outside}', increasing={up})", target, frame="line", within=0.0)
        for outside in ("clip", "nan", "raise")
        for up, target in ((True, "number"), (False, "signed"))
    ],
    Case("FixedThresholdClassifier(LogisticRegression(), threshold=0.3)", "zero or one", BOTH,
         where="scikit-learn>=1.5"),
    Case("TunedThresholdClassifierCV(LogisticRegression(), cv=2, thresholds=5)", "zero or one",
         where="scikit-learn>=1.5"),
    Case("FrozenEstimator(LogisticRegression().fit(frame, target))", "three", BOTH, where="scikit-learn>=1.6"),
    *[Case(f"DummyClassifier(strategy='{strategy}')", "three", BOTH) for strategy in ("most_frequent", "prior")],
    Case("DummyClassifier(strategy='uniform')", "three", ("predict_proba",)),
    Case("DummyClassifier(strategy='stratified')", "three", refused={"": "predicts at random"}),
    Case("DummyRegressor(strategy='median')", "several"),
    *each("GridSearchCV(Ridge(), {'alpha': [0.1, 10]}, cv=2)",
          "RandomizedSearchCV(Ridge(), {'alpha': [0.1, 10]}, n_iter=2, cv=2)",
          "HalvingGridSearchCV(Ridge(), {'alpha': [0.1, 10]}, cv=2)",
          "HalvingRandomSearchCV(Ridge(), {'alpha': [0.1, 10]}, cv=2, n_candidates=2)"),
    Case("SelfTrainingClassifier(LogisticRegression())", "some", BOTH),
    *[
        Case(f"TransformedTargetRegressor(LinearRegression(), {options})", target)
        for target in ("number", "several")
        for options in (
            "transformer=StandardScaler()", "transformer=MinMaxScaler()", "transformer=RobustScaler()",
            "transformer=MaxAbsScaler()",
        )
    ],
    *each("TransformedTargetRegressor(LinearRegression(), func=np.log1p, inverse_func=np.expm1)",
          "TransformedTargetRegressor(LinearRegression(), transformer=PowerTransformer())",
          "TransformedTargetRegressor(LinearRegression(), transformer=PowerTransformer('box-cox'))"),
    Case("EllipticEnvelope(random_state=0)", "none", ("predict", "decision_function", "score_samples")),
]  # fmt: skip

COLUMNS = [
    Case(f"make_pipeline({USUAL}, LogisticRegression())", "binary", (*BOTH, "decision_function"), "mixed"),
    Case(f"make_pipeline({USUAL}, LogisticRegression())", "three", BOTH, "mixed"),
    Case(f"make_pipeline({USUAL}, RandomForestClassifier(4, random_state=0))", "three", BOTH, "mixed"),
    *[
        Case(f"make_column_transformer((SimpleImputer(), {selector}), remainder='{remainder}')", "none", TRANSFORMED,
             "mixed")
        for remainder in ("drop", "passthrough")
        for selector in ("['age', 'rate']", "[0, 5]", "[-6, -1]", "slice('rooms', 'rooms')", "lambda frame: ['age']",
                         "[True, False, False, False, False, True]", "make_column_selector(dtype_include='float64')")
    ],
    Case("make_column_transformer((OneHotEncoder(), []), (SimpleImputer(), ['age']))", "none", TRANSFORMED, "mixed"),
    Case("make_column_transformer((OrdinalEncoder(), ['rooms']), ('drop', ['text', 'city', 'new']), "
         "remainder=SimpleImputer(add_indicator=True))", "none", TRANSFORMED, "mixed"),
    *[
        Case(f"make_pipeline(make_column_transformer((TfidfVectorizer(), 'text'), ({ENCODED}, ['new']), "
             f"('passthrough', ['rate', 'rooms']), sparse_threshold={threshold}), LogisticRegression())", "binary",
             ("decision_function",), "mixed")
        for threshold in (0.0, 1.0)
    ],
    Case("ColumnTransformer([('n', SimpleImputer(), ['age']), ('w', CountVectorizer(), 'text')], "
         "transformer_weights={'n': 0.1, 'w': 3})", "none", TRANSFORMED, "mixed"),
    Case("make_pipeline(make_union(SimpleImputer(), MissingIndicator(features='all')), SimpleImputer())", "none",
         TRANSFORMED, "holes"),
    Case("FeatureUnion([('a', 'passthrough'), ('b', StandardScaler())])", "none", TRANSFORMED,
         where="scikit-learn>=1.1"),
    Case("make_pipeline(SimpleImputer(strategy='most_frequent'), "
         f"ColumnTransformer([('c', {ENCODED}, [1]), ('r', 'passthrough', [0, 2])]))", "none", TRANSFORMED, "mixed"),
    Case("make_pipeline(make_column_transformer((SimpleImputer(), ['age']), remainder='drop'), "
         "StandardScaler()).set_output(transform='pandas')", "none", TRANSFORMED, "mixed", where="scikit-learn>=1.2"),
    Case("make_pipeline('passthrough', StandardScaler(), None, Ridge())"),
]  # fmt: skip

CASES = [*VOTES, *AROUND, *COLUMNS]

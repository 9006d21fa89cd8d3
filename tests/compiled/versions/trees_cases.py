"""Trees, forests and gradient boosting of scikit-learn."""

from __future__ import annotations

from cases import EVERYTHING, PROBABILITIES, TRANSFORMED, Case, each

FEW = "n_estimators=4, random_state=0"
BRIEF = "max_iter=6, min_samples_leaf=5, random_state=0"
TREE = "DecisionTreeClassifier(max_depth=3, random_state=0)"
EXACT = 0.0

CASES = [
    *each(
        "DecisionTreeRegressor(random_state=0)",
        "DecisionTreeRegressor(max_leaf_nodes=9, ccp_alpha=0.01, random_state=0)",
        "ExtraTreeRegressor(max_depth=4, random_state=0)",
        f"RandomForestRegressor({FEW})",
        f"ExtraTreesRegressor(bootstrap=True, max_leaf_nodes=20, {FEW})",
        within=EXACT,
    ),
    Case("DecisionTreeRegressor(criterion='poisson', random_state=0)", within=EXACT),
    Case(f"RandomForestRegressor(criterion='absolute_error', {FEW})", where="scikit-learn>=1.0", within=EXACT),
    Case(f"RandomForestRegressor(criterion='mae', {FEW})", where="scikit-learn<1.2", within=EXACT),
    Case(f"RandomForestRegressor({FEW})", "several", within=EXACT),
    Case(f"RandomForestRegressor({FEW})", frame="whole", within=EXACT),
    Case(f"RandomForestRegressor({FEW})", frame="float32", within=EXACT),
    Case(f"RandomForestRegressor(max_features='auto', {FEW})", where="scikit-learn<1.3", within=EXACT),
    Case(f"RandomForestRegressor(monotonic_cst=[1, -1, 0], {FEW})", where="scikit-learn>=1.4", within=EXACT),
    Case("DecisionTreeClassifier(max_depth=4, random_state=0)", "three", PROBABILITIES),
    Case("DecisionTreeClassifier(max_depth=4, random_state=0)", "binary", PROBABILITIES),
    Case("DecisionTreeClassifier()", "one", ("predict", "predict_proba")),
    Case("ExtraTreeClassifier(criterion='entropy', class_weight='balanced', random_state=0)", "three", PROBABILITIES),
    Case(f"RandomForestClassifier(max_leaf_nodes=12, {FEW})", "three", PROBABILITIES),
    Case(f"ExtraTreesClassifier(max_depth=5, {FEW})", "binary", PROBABILITIES),
    Case(f"RandomForestClassifier({FEW})", "labels", refused={"": "several outputs"}),
    Case(
        f"make_pipeline(make_column_transformer((TfidfVectorizer(), 'text')), RandomForestClassifier({FEW}))",
        "three", ("predict", "predict_proba"), "text",
    ),
    # Trees take missing values from 1.3 on, forests from 1.4, trees that split at random from 1.6.
    Case("DecisionTreeRegressor(random_state=0)", frame="holes", where="scikit-learn>=1.3", within=EXACT),
    Case("DecisionTreeClassifier(random_state=0)", "three", PROBABILITIES, "holes", where="scikit-learn>=1.3"),
    Case(f"RandomForestRegressor({FEW})", frame="holes", where="scikit-learn>=1.4", within=EXACT),
    Case("ExtraTreeRegressor(random_state=0)", frame="holes", where="scikit-learn>=1.6", within=EXACT),
    Case(f"make_pipeline(RandomTreesEmbedding(max_depth=3, {FEW}), LinearRegression())"),
    Case(f"RandomTreesEmbedding(max_depth=3, sparse_output=False, {FEW})", "none", TRANSFORMED),
    # Gradient boosting.
    *each(
        f"GradientBoostingRegressor({FEW})",
        f"GradientBoostingRegressor(loss='huber', max_leaf_nodes=5, {FEW})",
        f"GradientBoostingRegressor(loss='quantile', alpha=0.8, init='zero', {FEW})",
        f"GradientBoostingRegressor(init=DummyRegressor(strategy='median'), {FEW})",
        f"GradientBoostingRegressor(init=DecisionTreeRegressor(max_depth=2, random_state=0), {FEW})",
        f"GradientBoostingRegressor(n_iter_no_change=2, tol=0.1, subsample=0.7, {FEW})",
    ),
    *each(f"GradientBoostingRegressor(loss='ls', {FEW})", f"GradientBoostingRegressor(loss='lad', {FEW})",
          where="scikit-learn<1.2"),
    *each(f"GradientBoostingRegressor(loss='squared_error', {FEW})",
          f"GradientBoostingRegressor(loss='absolute_error', {FEW})", where="scikit-learn>=1.0"),
    *[
        Case(f"GradientBoostingClassifier({options}{FEW})", target, EVERYTHING)
        for target in ("binary", "three")
        for options in ("", "init='zero', max_depth=1, ", "init=DummyClassifier(strategy='prior'), ")
    ],
    Case(f"GradientBoostingClassifier(init={TREE}, {FEW})", "binary", EVERYTHING),
    Case(f"GradientBoostingClassifier(init={TREE}, {FEW})", "three", EVERYTHING,
         refused={"scikit-learn<1.4": "with init="}),
    Case(f"GradientBoostingClassifier(init=LogisticRegression(), {FEW})", "binary",
         refused={"scikit-learn>=1.9": "computes in float32"}),
    Case(f"GradientBoostingClassifier(loss='deviance', {FEW})", "binary", EVERYTHING, where="scikit-learn<1.3"),
    Case(f"GradientBoostingClassifier(loss='log_loss', {FEW})", "three", EVERYTHING, where="scikit-learn>=1.1"),
    Case(f"GradientBoostingClassifier(loss='exponential', {FEW})", "binary", EVERYTHING),
    Case(f"GradientBoostingClassifier(loss='exponential', init={TREE}, {FEW})", "binary", EVERYTHING),
    *[
        Case(f"make_pipeline(make_column_transformer((TfidfVectorizer(), 'text')), {boosted})", "binary", frame="text")
        for boosted in (f"GradientBoostingClassifier({FEW})", f"GradientBoostingRegressor({FEW})")
    ],
    # Gradient boosting of histograms.
    *[
        Case(f"HistGradientBoostingRegressor({options}{BRIEF})", frame=frame)
        for frame in ("numbers", "holes", "whole", "float32")
        for options in ("", "early_stopping=True, n_iter_no_change=2, ")
    ],
    Case(f"HistGradientBoostingRegressor(loss='poisson', {BRIEF})"),
    Case(f"HistGradientBoostingRegressor(monotonic_cst=[1, 0, 0], max_depth=3, {BRIEF})"),
    Case(f"HistGradientBoostingRegressor(loss='least_squares', {BRIEF})", where="scikit-learn<1.2"),
    Case(f"HistGradientBoostingRegressor(loss='least_absolute_deviation', {BRIEF})", where="scikit-learn<1.2"),
    Case(f"HistGradientBoostingRegressor(loss='absolute_error', {BRIEF})", where="scikit-learn>=1.0"),
    Case(f"HistGradientBoostingRegressor(loss='quantile', quantile=0.7, {BRIEF})", where="scikit-learn>=1.1"),
    Case(f"HistGradientBoostingRegressor(loss='gamma', {BRIEF})", where="scikit-learn>=1.3"),
    *[
        Case(f"HistGradientBoostingClassifier({options}{BRIEF})", target,
             ("predict", "predict_proba", "decision_function"))
        for target in ("binary", "three")
        for options in ("", "early_stopping=True, max_leaf_nodes=5, ")
    ],
    *[
        Case(f"HistGradientBoostingClassifier(loss='{loss}', {BRIEF})", target, where=where)
        for loss, target, where in (
            ("auto", "three", "scikit-learn<1.3"), ("binary_crossentropy", "binary", "scikit-learn<1.3"),
            ("categorical_crossentropy", "three", "scikit-learn<1.3"), ("log_loss", "three", "scikit-learn>=1.1"),
        )
    ],
    Case(f"HistGradientBoostingClassifier(categorical_features=[3], {BRIEF})", "three",
         ("predict", "predict_proba"), "kinds"),
    Case(f"HistGradientBoostingClassifier(categorical_features=['kind'], {BRIEF})", "binary",
         ("predict", "predict_proba"), "kinds", where="scikit-learn>=1.2"),
    Case(f"HistGradientBoostingRegressor(categorical_features=[0, 1], {BRIEF})", frame="missing kinds"),
    # Ensembles of any estimator.
    *[
        Case(f"AdaBoostClassifier({member}, n_estimators=3, {options}random_state=0)", target, EVERYTHING, where=where)
        for target in ("binary", "three")
        for member in (TREE, "LogisticRegression()")
        for options, where in (("", ""), ("algorithm='SAMME', ", "scikit-learn<1.8"),
                               ("algorithm='SAMME.R', ", "scikit-learn<1.6"))
    ],
    *each(
        *(
            f"AdaBoostRegressor({member}, n_estimators=3, random_state=0)"
            for member in ("None", "DecisionTreeRegressor(random_state=0)", "LinearRegression()")
        )
    ),
    *each(
        *(
            f"BaggingRegressor({member}, {options}n_estimators=3, random_state=0)"
            for member in ("None", "LinearRegression()")
            for options in ("", "max_features=2, ", "bootstrap_features=True, ")
        )
    ),
    Case("BaggingRegressor(LinearRegression(), n_estimators=3, random_state=0)", "several"),
    *[
        Case(f"BaggingClassifier({member}, max_features=2, n_estimators=3, random_state=0)", target, PROBABILITIES)
        for target in ("binary", "three")
        for member in (TREE, "LogisticRegression()", "RidgeClassifier()")
    ],
    Case("BaggingClassifier(LogisticRegression(), n_estimators=3, random_state=0)", "three", ("decision_function",)),
    Case("BaggingRegressor(n_estimators=3, random_state=0)", frame="holes", where="scikit-learn>=1.3"),
    *[
        Case(f"IsolationForest({options}n_estimators=3, random_state=0)", "none",
             ("predict", "decision_function", "score_samples"))
        for options in ("", "contamination=0.2, ", "max_features=2, max_samples=30, ")
    ],
    Case("IsolationForest(max_samples=1, n_estimators=3, random_state=0)", "none", ("predict", "score_samples"),
         refused={"scikit-learn<1.0": "single samples"}),
    Case("IsolationForest(n_estimators=3, random_state=0)", "none", frame="holes", where="scikit-learn>=1.6"),
]  # fmt: skip

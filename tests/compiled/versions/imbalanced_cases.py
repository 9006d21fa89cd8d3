"""imbalanced-learn: ensembles, and pipelines with samplers."""

from __future__ import annotations

from cases import EVERYTHING, PROBABILITIES, Case

IMBALANCED = "imbalanced-learn>=0.8"
UNDER = "imblearn.under_sampling.RandomUnderSampler(random_state=0)"
PIPELINE = "imblearn.pipeline.make_pipeline"
FEW = "n_estimators=5, random_state=0"
PREPARED = (
    "make_column_transformer((SimpleImputer(), ['age', 'rate']), (OneHotEncoder(handle_unknown='ignore'), ['city']))"
)


def inner(estimator: str) -> str:
    """Return an ensemble's option for its members, by its name before and after 0.10."""
    name = "estimator"
    known = f"hasattr(imblearn.ensemble.BalancedBaggingClassifier(), '{name}')"
    return f"**{{'{name}' if {known} else 'base_{name}': {estimator}}}"


CASES = [
    *[
        Case(f"imblearn.ensemble.{expression}", target, methods, frame, where=IMBALANCED)
        for target in ("binary", "three")
        for expression, methods, frame in (
            (f"BalancedRandomForestClassifier({FEW})", PROBABILITIES, "numbers"),
            (f"BalancedRandomForestClassifier({FEW}, bootstrap=False, replacement=True, sampling_strategy='all')",
             PROBABILITIES, "numbers"),
            (f"BalancedBaggingClassifier({FEW})", PROBABILITIES, "numbers"),
            (f"BalancedBaggingClassifier({FEW}, max_features=2, {inner('LogisticRegression()')})",
             ("predict", "predict_proba"), "moderate"),
            (f"BalancedBaggingClassifier({FEW}, {inner('make_pipeline(StandardScaler(), LinearSVC())')})",
             ("predict", "predict_proba"), "moderate"),
            ("EasyEnsembleClassifier(n_estimators=2, random_state=0)", ("predict", "predict_proba"), "numbers"),
            (f"RUSBoostClassifier({FEW})", EVERYTHING, "numbers"),
            (f"RUSBoostClassifier({FEW}, {inner('DecisionTreeClassifier(max_depth=2)')})", PROBABILITIES, "numbers"),
        )
    ],
    *[
        Case(f"{PIPELINE}({steps})", "binary", ("predict", "predict_proba"), frame, where=IMBALANCED)
        for steps, frame in (
            (f"StandardScaler(), {UNDER}, LogisticRegression()", "moderate"),
            ("imblearn.over_sampling.SMOTE(random_state=0), GaussianNB()", "numbers"),
            ("imblearn.combine.SMOTEENN(random_state=0), MinMaxScaler(), RandomForestClassifier(5)", "numbers"),
            ("imblearn.FunctionSampler(), 'passthrough', LogisticRegression()", "moderate"),
            (f"{PREPARED}, {UNDER}, LogisticRegression()", "mixed"),
            (f"{PREPARED}, {UNDER}, imblearn.ensemble.BalancedRandomForestClassifier({FEW})", "mixed"),
            (f"StandardScaler(), imblearn.pipeline.make_pipeline({UNDER}, LogisticRegression())", "moderate"),
            (f"{UNDER}, lightgbm.LGBMClassifier(n_estimators=4, verbose=-1)", "holes"),
        )
    ],
    Case(f"GridSearchCV(imblearn.pipeline.Pipeline([('s', {UNDER}), ('m', LogisticRegression())]), {{'m__C': [1, 2]}})",
         "binary", EVERYTHING, "moderate", where=IMBALANCED),
    Case(f"{PIPELINE}(imblearn.FunctionSampler(validate=False), xgboost.XGBRegressor(n_estimators=4))", "binary",
         frame="holes", where=IMBALANCED),
    Case(f"{PIPELINE}(category_encoders.TargetEncoder(), SimpleImputer(), {UNDER}, LogisticRegression())", "binary",
          ("predict", "predict_proba"), "mixed", where=IMBALANCED),
    Case(f"{PIPELINE}({UNDER}, StandardScaler())", "binary", ("transform",), where=IMBALANCED),
]  # fmt: skip

"""XGBoost's and LightGBM's models, by themselves and behind transformers."""

from __future__ import annotations

from cases import Case

FEW = "n_estimators=4, max_depth=3, n_jobs=1"
LEAVES = "n_estimators=4, num_leaves=8, min_child_samples=5, n_jobs=1, verbose=-1"
BOTH = ("predict", "predict_proba")
ONE_ULP = 2**-23
TEXT = "make_column_transformer((CountVectorizer(), 'text'))"
WEIGHTED = "make_column_transformer((TfidfVectorizer(), 'text'))"
XGBOOST, LIGHTGBM = "xgboost>=1", "lightgbm>=3"
ACCURATE = 0.0


def train(**options: str) -> str:
    """A small xgboost.Booster."""
    given = "".join(f", {name}={value}" for name, value in options.items())
    return f"xgboost.train(dict(max_depth=3, nthread=1{given}), xgboost.DMatrix(frame, target), 4)"


def boost(**options: str) -> str:
    """A small lightgbm.Booster."""
    more = "".join(f", {name}={value}" for name, value in options.items())
    given = f"dict(verbose=-1, num_threads=1, num_leaves=8, min_data_in_leaf=5{more})"
    return f"lightgbm.train({given}, lightgbm.Dataset(frame, target), 4)"


XGBOOSTERS = [
    *[
        Case(train(objective=f"'{objective}'"), target, frame="holes", where=where, within=within)
        for objective, target, where, within in (
            ("reg:squarederror", "number", XGBOOST, ACCURATE), ("binary:logitraw", "zero or one", XGBOOST, ACCURATE),
            ("binary:hinge", "zero or one", XGBOOST, ACCURATE), ("reg:pseudohubererror", "number", XGBOOST, ACCURATE),
            ("reg:squaredlogerror", "number", XGBOOST, ACCURATE), ("reg:absoluteerror", "number", "xgboost>=1.7", 0.0),
            ("binary:logistic", "zero or one", XGBOOST, ONE_ULP), ("reg:logistic", "zero or one", XGBOOST, ONE_ULP),
            ("count:poisson", "number", XGBOOST, ONE_ULP), ("reg:gamma", "number", XGBOOST, ONE_ULP),
            ("reg:tweedie", "number", XGBOOST, ONE_ULP), ("survival:cox", "number", XGBOOST, ONE_ULP),
        )
    ],
    *[
        Case(train(objective=f"'{objective}'", num_class="3", booster=f"'{booster}'"), "classes", frame="holes",
             where=XGBOOST, within=ONE_ULP)
        for objective in ("multi:softprob", "multi:softmax")
        for booster in ("gbtree", "dart", "gblinear")
    ],
    *[
        Case(train(**options), "zero or one", frame="holes", where=XGBOOST, within=ACCURATE)
        for options in (
            {"booster": "'dart'", "rate_drop": "0.5", "seed": "1"}, {"num_parallel_tree": "3", "subsample": "0.5"},
            {"tree_method": "'exact'"}, {"tree_method": "'approx'"}, {"base_score": "1e6"}, {"booster": "'gblinear'"},
            {"tree_method": "'hist'", "grow_policy": "'lossguide'", "max_leaves": "7"},
            {"objective": "'rank:pairwise'"}, {"min_child_weight": "1e9"},
        )
    ],
    Case(train(multi_strategy="'one_output_per_tree'"), "several", frame="holes", where="xgboost>=1.6",
         within=ACCURATE),
    Case(train(multi_strategy="'multi_output_tree'", tree_method="'hist'"), "several", frame="holes",
         where="xgboost>=1.6", within=ACCURATE),
    Case("xgboost.train(dict(max_depth=4, nthread=1, tree_method='hist'), xgboost.DMatrix(frame, target, "
         "feature_types=['q', 'q', 'q', 'c'], enable_categorical=True), 4)", frame="kinds", where="xgboost>=1.5",
         refused={"xgboost>=1.6,<1.7": "categories before 1.7"}, within=ACCURATE),
    *[
        Case(f"xgboost.XGBRegressor({FEW}{options})", "signed", frame=frame, where=XGBOOST, within=ACCURATE)
        for options, frame in (
            ("", "numbers"), ("", "holes"), ("", "whole"), ("", "float32"), (", missing=0.0", "numbers"),
            (", booster='dart', rate_drop=0.5", "holes"),
        )
    ],
    Case("xgboost.XGBRegressor(n_estimators=4, booster='gblinear', n_jobs=1)", frame="moderate", where=XGBOOST,
         within=ONE_ULP),
    Case(f"xgboost.XGBRFRegressor({FEW})", frame="holes", where=XGBOOST, within=ACCURATE),
    Case(f"xgboost.XGBRegressor({FEW}, eval_metric='rmse', early_stopping_rounds=2)", frame="holes",
         where=XGBOOST, fit="eval_set=[(frame, target[::-1])], verbose=False", within=ACCURATE),
    Case(f"xgboost.XGBRegressor({FEW})", frame="holes", where=f"{XGBOOST},<2.1",
         fit="eval_set=[(frame, target[::-1])], verbose=False, early_stopping_rounds=2", within=ACCURATE),
    *[
        Case(f"xgboost.{kind}({FEW}{options})", target, BOTH, "holes", where=XGBOOST, within=2 * ONE_ULP)
        for target in ("zero or one", "classes")
        for kind, options in (("XGBClassifier", ""), ("XGBRFClassifier", ""),
                              ("XGBClassifier", ", booster='dart', rate_drop=0.5"))
    ],
    Case(f"xgboost.XGBClassifier({FEW})", "labels", BOTH, "holes", where="xgboost>=1.6", within=ONE_ULP),
    *[
        Case(f"xgboost.XGBClassifier({FEW})", target, BOTH, "holes", where=where, within=2 * ONE_ULP)
        for target, where in (("binary", XGBOOST), ("three", "xgboost<1.6"))
    ],
    Case(f"xgboost.XGBRanker({FEW})", "ranks", frame="holes", where=XGBOOST, fit="group=[30] * 3", within=ACCURATE),
    *[
        Case(f"make_pipeline({TEXT}, xgboost.XGBClassifier({options}))", "zero or one", BOTH, "text", where=XGBOOST,
             within=ONE_ULP)
        for options in (f"{FEW}, min_child_weight=0", "n_estimators=4, booster='gblinear', n_jobs=1")
    ],
    Case(f"make_pipeline(StandardScaler(), xgboost.XGBRegressor({FEW}))", where=XGBOOST, within=ACCURATE),
]  # fmt: skip

LIGHT = [
    *[
        Case(boost(objective=f"'{objective}'", **options), target, frame="holes", where=LIGHTGBM, within=ACCURATE)
        for objective, target, options in (
            ("fair", "number", {}), ("huber", "number", {}), ("mape", "number", {}), ("quantile", "number", {}),
            ("regression", "number", {}), ("regression_l1", "number", {}),
            ("regression", "signed", {"reg_sqrt": "True"}), ("binary", "zero or one", {"sigmoid": "1.7"}),
            ("cross_entropy", "zero or one", {}), ("cross_entropy_lambda", "zero or one", {}), ("gamma", "number", {}),
            ("poisson", "number", {}), ("tweedie", "number", {}), ("multiclass", "classes", {"num_class": "3"}),
            ("multiclassova", "classes", {"num_class": "3", "sigmoid": "0.6"}),
        )
    ],
    *[
        Case(boost(boosting=f"'{boosting}'", **options), frame="numbers", where=LIGHTGBM, within=ACCURATE)
        for boosting, options in (
            ("dart", {}), ("goss", {}), ("rf", {"bagging_freq": "1", "bagging_fraction": "0.6"}),
        )
    ],
    *[
        Case(boost(**options), frame=frame, where=LIGHTGBM, within=ACCURATE)
        for frame in ("holes", "counts")
        for options in ({"zero_as_missing": "True"}, {"use_missing": "False"})
    ],
    Case("lightgbm.train(dict(verbose=-1, num_threads=1, min_data_in_leaf=5, cat_smooth=1, min_data_per_group=1), "
         "lightgbm.Dataset(frame, target, categorical_feature=[3]), 4)", "signed", frame="kinds", where=LIGHTGBM,
         within=ACCURATE),
    *[Case(boost(linear_tree="True"), frame=frame, where=LIGHTGBM) for frame in ("numbers", "holes", "kinds")],
    Case(f"lightgbm.LGBMClassifier({LEAVES}, linear_tree=True)", "three", BOTH, "holes", where=LIGHTGBM),
    *[
        Case(f"lightgbm.LGBMClassifier({LEAVES})", target, BOTH, frame, where=LIGHTGBM, within=ACCURATE)
        for target in ("binary", "three")
        for frame in ("holes", "whole", "float32")
    ],
    Case(f"lightgbm.LGBMRegressor({LEAVES})", frame="holes", where=LIGHTGBM, within=ACCURATE),
    Case(f"lightgbm.LGBMRanker({LEAVES})", "ranks", frame="holes", where=LIGHTGBM, fit="group=[30] * 3",
         within=ACCURATE),
    Case(f"make_pipeline({WEIGHTED}, lightgbm.LGBMClassifier({LEAVES}))", "zero or one", BOTH, "text", where=LIGHTGBM,
         within=ACCURATE),
    Case(f"make_pipeline(StandardScaler(), lightgbm.LGBMRegressor({LEAVES}))", where=LIGHTGBM, within=ACCURATE),
]  # fmt: skip

CASES = [*XGBOOSTERS, *LIGHT]

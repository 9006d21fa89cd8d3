"""CatBoost's models, by themselves and behind transformers."""

from __future__ import annotations

from cases import Case

FEW = "iterations=6, depth=3, random_seed=0, thread_count=1, verbose=False, allow_writing_files=False"
BOTH = ("predict", "predict_proba", "predict_log_proba")
CATBOOST = "catboost>=0.26"
ACCURATE = 0.0
CHOSEN = "cat_features=['city', 'rooms', 'text']"
TEXTS = "cat_features=['city', 'rooms'], text_features=['text']"
ONE_HOT = "make_column_transformer((OneHotEncoder(handle_unknown='ignore'), ['city']))"

CASES = [
    *[
        Case(f"catboost.CatBoostRegressor({FEW}, loss_function='{loss}')", "positive", frame="holes", where=CATBOOST,
             within=within)
        for loss, within in (
            ("RMSE", ACCURATE), ("MAE", ACCURATE), ("Quantile:alpha=0.3", ACCURATE), ("Poisson", 1e-14),
            ("Tweedie:variance_power=1.5", 1e-14), ("RMSEWithUncertainty", 1e-14),
        )
    ],
    *[
        Case(f"catboost.CatBoostRegressor({FEW}{options})", frame=frame, where=CATBOOST, within=ACCURATE)
        for frame in ("holes", "whole", "float32")
        for options in ("", ", grow_policy='Depthwise'", ", nan_mode='Max'")
    ],
    *[
        Case(f"catboost.CatBoostClassifier({FEW}, loss_function='{loss}')", target, BOTH, "holes", where=CATBOOST,
             within=1e-14)
        for loss, target in (
            ("Logloss", "binary"), ("Logloss", "zero or one"), ("MultiClass", "three"),
            ("MultiClassOneVsAll", "classes"),
        )
    ],
    Case(f"catboost.CatBoostClassifier({FEW}, loss_function='MultiLogloss')", "labels", BOTH, "holes",
         where="catboost>=1", within=1e-14),
    Case(f"catboost.CatBoostRegressor({FEW}, loss_function='MultiRMSE')", "several", frame="holes", where=CATBOOST,
         within=ACCURATE),
    Case(f"catboost.CatBoostRanker({FEW})", "ranks", frame="holes", where=CATBOOST,
         fit="group_id=np.repeat(np.arange(3), 30)", within=ACCURATE),
    *[
        Case(f"catboost.CatBoostRegressor({FEW}{options})", "signed", frame="mixed", where=CATBOOST, fit=CHOSEN,
             within=ACCURATE)
        for options in (
            "", ", one_hot_max_size=20", ", max_ctr_complexity=3", ", grow_policy='Lossguide'",
            ", simple_ctr=['Borders:TargetBorderCount=3:Prior=1', 'Borders:TargetBorderCount=1:Prior=2']",
            ", simple_ctr=['Buckets:Prior=0.5', 'BinarizedTargetMeanValue:Prior=0.5', 'Counter:Prior=0.5']",
        )
    ],
    Case(f"catboost.CatBoostClassifier({FEW})", "three", BOTH, "mixed", where=CATBOOST, fit=CHOSEN, within=1e-14),
    *[
        Case(f"catboost.CatBoostClassifier({FEW}{loss})", target, BOTH, "mixed", where=CATBOOST, fit=TEXTS,
             within=1e-14)
        for loss, target in (("", "zero or one"), (", loss_function='MultiClass'", "three"))
    ],
    Case(f"make_pipeline({ONE_HOT}, catboost.CatBoostClassifier({FEW}))", "zero or one", BOTH, "mixed",
         where=CATBOOST, within=1e-14),
    Case(f"make_pipeline(StandardScaler(), catboost.CatBoostRegressor({FEW}))", where=CATBOOST, within=ACCURATE),
]  # fmt: skip

"""interpret: explainable boosting machines."""

from __future__ import annotations

from cases import DECISIONS, Case

INTERPRET = "interpret-core>=0.5"
FEW = "max_rounds=20, n_jobs=1, outer_bags=2"
BOTH = (*DECISIONS, "predict_proba")

CASES = [
    *[
        Case(f"interpret.glassbox.ExplainableBoostingRegressor({FEW}{options})", target, frame=frame, where=INTERPRET)
        for target, options in (
            ("signed", ""), ("signed", ", interactions=0"), ("positive", ", objective='poisson_deviance'"),
        )
        for frame in ("holes", "mixed", "whole")
    ],
    *[
        Case(f"interpret.glassbox.ExplainableBoostingClassifier({FEW}{options})", target, BOTH, frame, where=INTERPRET)
        for target, options in (("binary", ""), ("three", ", interactions=0"), ("zero or one", ", max_bins=8"))
        for frame in ("holes", "mixed", "cities")
    ],
    Case(f"make_pipeline(StandardScaler(), interpret.glassbox.ExplainableBoostingRegressor({FEW}))", "signed",
         frame="holes", where=INTERPRET),
    Case(f"interpret.glassbox.ExplainableBoostingRegressor({FEW}, feature_types=['nominal', 'continuous'])", "signed",
         frame="categories", where=INTERPRET),
]  # fmt: skip

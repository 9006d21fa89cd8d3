"""category_encoders, with their options, and behind and before other steps."""

from __future__ import annotations

from cases import TRANSFORMED, Case

CE = "category_encoders"
ENCODERS = "category-encoders>=2.3"
NUMBERS = "(SimpleImputer(), ['age', 'rate'])"
FILLED = f"make_pipeline(SimpleImputer(strategy='most_frequent'), {CE}.BinaryEncoder())"
BLIND = ("BackwardDifferenceEncoder", "BaseNEncoder", "BinaryEncoder", "CountEncoder", "HelmertEncoder",
         "OneHotEncoder", "OrdinalEncoder", "PolynomialEncoder", "SumEncoder")  # fmt: skip
"""The encoders that do not look at the target."""

SUPERVISED = ("CatBoostEncoder", "GLMMEncoder", "JamesSteinEncoder", "LeaveOneOutEncoder", "MEstimateEncoder",
              "QuantileEncoder", "SummaryEncoder", "TargetEncoder", "WOEEncoder")  # fmt: skip
LATER = {"QuantileEncoder": "2.4", "SummaryEncoder": "2.4", "RankHotEncoder": "2.6", "GrayEncoder": "2.6",
         "CountTargetEncoder": "2.10"}  # fmt: skip
OPTIONS = ("", "handle_unknown='return_nan', handle_missing='return_nan'",
           "handle_unknown='error', handle_missing='error'")  # fmt: skip
MIXED = "cols=['city', 'rooms', 'text']"


def encoder(name: str, options: str = "", frame: str = "mixed", target: str = "zero or one") -> Case:
    """Return the case of an encoder whose numbers pass, missing ones too, through another step."""
    expression = f"make_pipeline(category_encoders.{name}({options}), StandardScaler())"
    return Case(expression, target, TRANSFORMED, frame, where=f"category-encoders>={LATER.get(name, '2.3')}")


ALONE = ("CatBoostEncoder", "LeaveOneOutEncoder")
"""What these give for a missing text depends on the other rows, with pandas 3."""


def frames(name: str, options: str) -> tuple[str, ...]:
    """Return the rows that an encoder with some options is fitted to."""
    whole = "'error'" in options or (name in ALONE and not options)
    return ("cities",) if whole else ("cities", "missing cities")


CASES = [
    *[
        encoder(name, options, frame)
        for name in (*BLIND, *SUPERVISED)
        for options in OPTIONS
        for frame in frames(name, options)
    ],
    *[encoder(name, MIXED) for name in sorted({*BLIND, *SUPERVISED, *LATER} - {*ALONE})],
    *[
        encoder(name, f"{MIXED}, return_df=False, drop_invariant=True")
        for name in ("BinaryEncoder", "MEstimateEncoder")
    ],
    *[
        encoder(name, f"{MIXED}, handle_unknown='indicator', handle_missing='indicator'")
        for name in ("BackwardDifferenceEncoder", "BaseNEncoder", "BinaryEncoder", "HelmertEncoder", "OneHotEncoder")
    ],
    *[
        encoder(expression, f"{MIXED}, {options}")
        for expression, options in (
            ("BaseNEncoder", "base=3"), ("BaseNEncoder", "base=1"), ("OneHotEncoder", "use_cat_names=True"),
            ("CountEncoder", "normalize=True"), ("CountEncoder", "min_group_size=20, min_group_name='few'"),
            ("CountEncoder", "handle_unknown=-7, handle_missing='return_nan'"),
            ("CountEncoder", "combine_min_nan_groups='force', min_group_size=20"),
            ("TargetEncoder", "min_samples_leaf=1, smoothing=2.0"), ("JamesSteinEncoder", "model='binary'"),
            ("JamesSteinEncoder", "model='pooled'"), ("MEstimateEncoder", "m=3.0, randomized=True"),
            ("WOEEncoder", "regularization=0.5"),
        )
    ],
    *[
        encoder(name, f"{MIXED}, drop_invariant=True, handle_unknown='value'", target=target)
        for name, target in (("TargetEncoder", "signed"), ("QuantileEncoder", "positive"), ("GLMMEncoder", "signed"),
                             ("JamesSteinEncoder", "signed"), ("MEstimateEncoder", "signed"))
    ],
    encoder("OrdinalEncoder", "cols=['kind'], handle_missing='return_nan'", "kinds"),
    encoder("TargetEncoder", "cols=['kind'], handle_unknown='error'", "kinds"),
    encoder("OneHotEncoder", "cols=['kind', 'size']", "missing kinds"),
    encoder("HashingEncoder", "max_process=1", "cities"),
    encoder("HashingEncoder", "cols=['city', 'text'], n_components=5, hash_method='sha1', max_process=1"),
    encoder("OneHotEncoder", "", "numbers"),
    encoder("OneHotEncoder", "cols=['n']", "whole"),
    encoder("HelmertEncoder", "cols=['n']", "whole"),
    *[
        Case(f"{CE}.{expression}", "zero or one", TRANSFORMED, "mixed", where=f"category-encoders>={since}",
             refused={"": reason})
        for expression, since, reason in (
            ("OrdinalEncoder(handle_unknown=lambda value, known: 7)", "2.3", "function for handle_unknown"),
            ("TargetEncoder(cols=['city', 'text'], composite_cols=[('city', 'text')])", "2.11", "composite_cols"),
            ("MultiHotEncoder(cols=['text'])", "2.11", "MultiHotEncoder"),
            ("HashingEncoder(cols=['age'], max_process=1)", "2.3", "not text"),
        )
    ],
    encoder("wrapper.PolynomialWrapper", "category_encoders.TargetEncoder(cols=['city', 'text'])", target="classes"),
    encoder("wrapper.NestedCVWrapper", "category_encoders.MEstimateEncoder(cols=['city', 'text'])"),
    *[
        Case(f"make_pipeline({steps})", "zero or one", ("predict", "predict_proba"), "mixed", where=ENCODERS)
        for steps in (
            f"{CE}.OneHotEncoder({MIXED}), SimpleImputer(), LogisticRegression()",
            f"{CE}.CatBoostEncoder({MIXED}), HistGradientBoostingClassifier(max_iter=5)",
            f"{CE}.OrdinalEncoder(), lightgbm.LGBMClassifier(n_estimators=4, verbose=-1)",
            f"make_column_transformer(({CE}.TargetEncoder(), ['city', 'text']), {NUMBERS}), LogisticRegression()",
            f"make_column_transformer(({FILLED}, ['city', 'text']), {NUMBERS}), RandomForestClassifier(5)",
            f"make_column_transformer(({CE}.WOEEncoder(cols=['city']), ['city', 'rooms'])), GaussianNB()",
            f"{CE}.HashingEncoder(max_process=1), SimpleImputer(), LogisticRegression()",
        )
    ],
]  # fmt: skip

"""category_encoders, with their options, and behind and before other steps."""

from __future__ import annotations

from cases import TRANSFORMED, Case

ENCODERS = "category-encoders>=2.3"
BLIND = ("BackwardDifferenceEncoder", "BaseNEncoder", "BinaryEncoder", "CountEncoder", "HelmertEncoder", "OneHotEncoder",
         "OrdinalEncoder", "PolynomialEncoder", "SumEncoder")  # fmt: skip
"""The encoders that do not look at the target."""

SUPERVISED = ("CatBoostEncoder", "GLMMEncoder", "JamesSteinEncoder", "LeaveOneOutEncoder", "MEstimateEncoder",
              "QuantileEncoder", "SummaryEncoder", "TargetEncoder", "WOEEncoder")  # fmt: skip
LATER = {"QuantileEncoder": "2.3", "SummaryEncoder": "2.3", "RankHotEncoder": "2.6", "GrayEncoder": "2.6"}
OPTIONS = ("", "handle_unknown='return_nan', handle_missing='return_nan'",
           "handle_unknown='error', handle_missing='error'")  # fmt: skip
MIXED = "cols=['city', 'rooms', 'text']"


def encoder(name: str, options: str = "", **more: object) -> Case:
    """Return the case of an encoder alone."""
    return Case(f"category_encoders.{name}({options})", "zero or one", TRANSFORMED, where=ENCODERS, **more)  # type: ignore[arg-type]


CASES = [
    *[
        encoder(name, options, frame=frame)
        for name in (*BLIND, *SUPERVISED)
        for options in OPTIONS
        for frame in ("cities", "missing cities")
    ],
]

"""Write `model.txt`, LightGBM's text format, for its C API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from writers import Unsupported, Written, answers_of


def write(estimator: Any, bundle: Path, request: dict[str, Any]) -> Written:
    """Write the booster, up to the best iteration if training stopped early."""
    answer = answers_of(estimator, request["predict_fn"], "LGBM")
    booster = getattr(estimator, "booster_", estimator)
    if callable(getattr(estimator, "objective_", None)):
        answer = "values"  # a custom objective only has scores
    asked = [name for name in getattr(estimator, "_other_params", {}) if "pred" in name]
    if asked:
        raise Unsupported(f"{type(estimator).__name__} with {', '.join(asked)} has no form but its pickle")
    booster.save_model(str(bundle / "model.txt"))
    return Written(["lightgbm"], {"answer": answer})


WRITERS = {"lightgbm": write}

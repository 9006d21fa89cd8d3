"""Write `model.ubj`, XGBoost's UBJSON, for its C API."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from writers import Unsupported, Written, answers_of


def write(estimator: Any, bundle: Path, request: dict[str, Any]) -> Written:
    """Write the booster and the options with which its estimator predicts."""
    import xgboost

    name = type(estimator).__name__
    answer = answers_of(estimator, request["predict_fn"], "XGBRF" if name.startswith("XGBRF") else "XGB")
    booster = estimator
    options: dict[str, Any] = {"by": "dmatrix", "missing": None, "iterations": [0, 0]}
    if name != "Booster":
        _refuse_unknown(estimator, answer, [spec.get("name") for spec in request["inputs"]])
        booster, options = estimator.get_booster(), _asked(estimator)
    if tuple(map(int, xgboost.__version__.split(".")[:2])) < (1, 6):
        raise Unsupported(
            f"{name} of XGBoost {xgboost.__version__}, which does not write UBJSON, has no form but its pickle"
        )
    if "c" in (booster.feature_types or []):
        raise Unsupported(f"{name} with categorical features has no form but its pickle")
    booster.save_model(str(bundle / "model.ubj"))
    return Written(["xgboost"], {"answer": answer, **options})


def _asked(estimator: Any) -> dict[str, Any]:
    """Return the options with which `XGBModel.predict` calls its booster."""
    linear = estimator.booster == "gblinear"
    plain = not linear and getattr(estimator, "predictor", None) in (None, "auto")
    missing = float(estimator.missing)
    try:
        iterations = [0, 0 if linear else int(estimator.best_iteration) + 1]
    except AttributeError:
        iterations = [0, 0]
    return {
        "by": "array" if plain else "dmatrix",
        "missing": None if math.isnan(missing) else missing,
        "iterations": iterations,
    }


def _refuse_unknown(estimator: Any, answer: str, columns: list[Any]) -> None:
    """Refuse models whose methods post-process predictions."""
    import numpy as np

    softmax = answer == "probabilities" and estimator.objective == "multi:softmax"
    several = answer == "labels" and estimator.predict(np.zeros((1, estimator.n_features_in_))).ndim > 1
    reasons = {"the objective multi:softmax": softmax, "several labels": several, "a column qid": "qid" in columns}
    for reason, holds in reasons.items():
        if holds:
            raise Unsupported(f"{type(estimator).__name__} with {reason} has no form but its pickle")


WRITERS = {"xgboost": write}

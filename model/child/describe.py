"""Say which columns a fitted estimator takes, where the model has no signature that does.

Request: `model` (MLflow's folder) and `flavor`. Result: `columns`, their names in order; numbers from 0 where the
estimator only knows how many there are, empty where it does not know.
"""

from __future__ import annotations

from typing import Any

from .export import load
from .serving import Record, serve


def describe(request: dict[str, Any], _record: Record) -> dict[str, Any]:
    """Load the model by its flavor, and read the names or the number of its columns."""
    model = load(request["flavor"], request["model"])
    names = getattr(model, "feature_names_in_", None)  # scikit-learn from 1.0 on
    if names is None:
        names = getattr(model, "feature_names", None)  # XGBoost
    if names is None and callable(getattr(model, "feature_name", None)):  # LightGBM
        names = model.feature_name()
    weights = getattr(model, "coef_", None)  # scikit-learn before 0.24 has nothing else
    count = getattr(model, "n_features_in_", None) or getattr(model, "n_features_", None)
    count = count or (0 if weights is None else weights.shape[-1])
    return {"columns": [str(name) for name in (range(count) if names is None else names)]}


if __name__ == "__main__":
    serve(describe)

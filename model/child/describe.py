"""Say which columns a fitted estimator takes, where the model has no signature that does.

It takes a `DescribeRequest` and gives a `DescribeResult` (see `contract`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .export import load
from .serving import Record, serve

if TYPE_CHECKING:
    from .contract import DescribeRequest, DescribeResult


def describe(request: DescribeRequest, _record: Record) -> DescribeResult:
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

"""sklearn.covariance."""

from __future__ import annotations

from typing import Any

from . import Exporter, checked_rows, refuse_sparse, unsupported_method
from .forms import VALUES, Exported, Rows, Tables, chain
from .linear import refuse_float32


def elliptic_envelope(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the distance of a row from the centre as a score, or 1 inside of the ellipse and -1 outside."""
    if method not in ("decision_function", "predict", "score_samples"):
        raise unsupported_method(estimator, method)
    refuse_float32(estimator, rows, cast=False)
    refuse_sparse(estimator, rows)
    score = {
        "op": "covariance.score",
        "means": estimator.location_.tolist(),
        "precision": [tables.add(weights) for weights in estimator.get_precision()],
        "offset": 0.0 if method == "score_samples" else float(estimator.offset_),
    }
    decided = {"op": "combining.reaching", "least": 0.0, "classes": [-1, 1]}
    return Exported(chain(*checked_rows(rows), score, *([decided] if method == "predict" else [])), VALUES)


EXPORTERS: dict[str, Exporter] = {"sklearn.EllipticEnvelope": elliptic_envelope}

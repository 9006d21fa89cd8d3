"""sklearn.covariance."""

from typing import Any

from . import VALUES, Exported, Exporter, Rows, Tables, Unsupported, chain, checked, unknown
from .linear import doubles


def elliptic_envelope(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """How far a row is from the middle, as a score; 1 for a row within the ellipse, -1 outside."""
    if method not in ("decision_function", "predict", "score_samples"):
        raise unknown(estimator, method)
    doubles(estimator, rows, cast=False)
    if rows.sparse:
        raise Unsupported(f"{type(estimator).__name__} of sparse rows has no exporter")
    score = {
        "op": "covariance.score",
        "means": estimator.location_.tolist(),
        "precision": [tables.add(weights) for weights in estimator.get_precision()],
        "offset": 0.0 if method == "score_samples" else float(estimator.offset_),
    }
    decided = {"op": "combining.reaching", "least": 0.0, "classes": [-1, 1]}
    return Exported(chain(*checked(rows), score, *([decided] if method == "predict" else [])), VALUES)


EXPORTERS: dict[str, Exporter] = {"sklearn.EllipticEnvelope": elliptic_envelope}

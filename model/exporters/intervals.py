"""How uncertain the forecasts of a state space model are: their variance at each step after the sample."""

from __future__ import annotations

from typing import Any

from .forms import Tables
from .recursions import constant, linear


def variances(results: Any, tables: Tables) -> dict[str, Any]:
    """Return the operation for the variances of forecasts, as many as it is asked for.

    Let w be the weights of today's state in a later forecast: w = Z at first, then w T. The variance is w P w' for the
    variance P of today's state, plus R Q R' in the place of P for each step between, plus H. Each of the two matrices
    is written as F F', so that a variance is a sum of squares.

    J. Durbin and S. J. Koopman, Time Series Analysis by State Space Methods, 2nd edition, section 4.11.
    """
    import numpy as np

    filtered = results.filter_results
    design, transition = constant(filtered.design, results), constant(filtered.transition, results)
    selection, scatter = constant(filtered.selection, results), constant(filtered.state_cov, results)
    known = _factor(np.asarray(filtered.predicted_state_cov)[..., -1])
    added = _factor(selection @ scatter @ selection.T)
    system = np.vstack([known.T, added.T, transition.T])
    unused = np.zeros((len(system), 3))
    return {
        "op": "periods.variances",
        "parts": linear(system, design[0], unused, 1, results, tables),
        "known": known.shape[1],
        "noise": float(constant(filtered.obs_cov, results)[0, 0]),
    }


def _factor(matrix: Any) -> Any:
    """Return F with F F' = matrix, without columns that are nearly zero; its rows have scales of their own."""
    import numpy as np

    scales = np.sqrt(np.maximum(np.diagonal(matrix), 0.0))
    inverse = np.divide(1.0, scales, out=np.zeros_like(scales), where=scales > 0)
    values, vectors = np.linalg.eigh(matrix * inverse[:, None] * inverse)
    kept = values > np.finfo(float).eps * len(values)
    return scales[:, None] * vectors[:, kept] * np.sqrt(values[kept])

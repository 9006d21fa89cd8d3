"""sklearn.preprocessing.PowerTransformer."""

from __future__ import annotations

from typing import Any

from . import Exporter, checked_columns, require_options, unsupported_method
from .forms import Exported, Rows, Tables, chain
from .linear import refuse_float32
from .scaling import Inverse, columnwise, standard_scaler


def power_transformer(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the powers, then the standardization of the results."""
    if method != "transform":
        raise unsupported_method(estimator, method)
    require_options(estimator, method=("yeo-johnson", "box-cox"))
    refuse_float32(estimator, rows, cast=False)
    operation: dict[str, Any] = {"lambdas": tables.add(estimator.lambdas_)}
    if estimator.method == "box-cox":
        operation.update(op="power.box_cox", names=[rows.named(index) for index in range(rows.width)])
        inverse = _box_cox_inverse
    else:
        operation.update(op="power.yeo_johnson", exact=not hasattr(estimator, "_yeo_johnson_transform"))
        inverse = _yeo_johnson_inverse
    found = columnwise(rows, [inverse(power) for power in estimator.lambdas_.tolist()])
    steps = [*checked_columns(rows, missing=True), operation]
    if estimator.standardize:
        scaled, found = standard_scaler(estimator._scaler, method, found, tables)  # noqa: SLF001 - it has no other name
        steps.append(scaled)
    return Exported(chain(*steps), found)


def _box_cox_inverse(power: float) -> Inverse:
    from scipy.special import inv_boxcox

    return lambda value: float(inv_boxcox(value, power))


def _yeo_johnson_inverse(power: float) -> Inverse:
    """Return the inverse: that of Box-Cox on either side of zero."""
    from scipy.special import inv_boxcox1p

    return lambda value: float(inv_boxcox1p(value, power) if value >= 0 else -inv_boxcox1p(-value, 2 - power))


EXPORTERS: dict[str, Exporter] = {"sklearn.PowerTransformer": power_transformer}

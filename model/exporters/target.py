"""TransformedTargetRegressor (sklearn.compose): predictions through the inverse of a transformation."""

from __future__ import annotations

from typing import Any

from . import Exporter, Unsupported, export, unsupported_method
from .combining import part, single_column
from .forms import Exported, Rows, Tables, chain
from .linear import refuse_float32
from .quantile import quantiles


def regressor(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the regressor's prediction through the inverse transformation of its target."""
    if method != "predict":
        raise unsupported_method(estimator, method)
    made = part(estimator.regressor_, method, rows, tables)
    refuse_float32(estimator, made.rows, cast=False)
    whole = Exported(chain(made.operation, *inverse_of(estimator.transformer_, made.rows, tables)), made.rows)
    return single_column(whole) if estimator._training_dim == 1 and made.rows.width == 1 else whole  # noqa: SLF001


def inverse_of(transformer: Any, rows: Rows, tables: Tables) -> list[dict[str, Any]]:
    """Export a transformer's `inverse_transform`."""
    inverse = INVERSES.get(type(transformer).__name__)
    if inverse is None or not type(transformer).__module__.startswith("sklearn."):
        raise Unsupported(f"{type(transformer).__name__}.inverse_transform has no exporter")
    found: list[dict[str, Any]] = inverse(transformer, rows, tables)
    return found


def pipeline(transformer: Any, rows: Rows, tables: Tables) -> list[dict[str, Any]]:
    """Export the inverses of a pipeline's steps, the last step first."""
    known = [step for _, step in reversed(transformer.steps) if step not in (None, "passthrough")]
    return [operation for step in known for operation in inverse_of(step, rows, tables)]


def function(transformer: Any, rows: Rows, tables: Tables) -> list[dict[str, Any]]:
    """Export the inverse function of a FunctionTransformer."""
    from sklearn.preprocessing import FunctionTransformer

    backwards = FunctionTransformer(
        transformer.inverse_func, validate=transformer.validate, kw_args=transformer.inv_kw_args
    )
    return [export(backwards, "transform", rows, tables).operation]


def finite(rows: Rows) -> dict[str, Any]:
    """Return the operation that refuses infinite predictions."""
    return {"op": "checking.finite", "missing": True, "float32": False, "names": [None] * rows.width}


def steps(*wanted: tuple[str, str, str | None]) -> Any:
    """Return an exporter of arithmetic with fitted numbers: operator, attribute, and the option that enables it."""

    def inverse(transformer: Any, rows: Rows, tables: Tables) -> list[dict[str, Any]]:
        found = [finite(rows)]
        for operator, attribute, option in wanted:
            if option is None or getattr(transformer, option):
                numbers = tables.add(getattr(transformer, attribute))
                found.append({"op": "inverting.arithmetic", "operator": operator, "numbers": numbers})
        return found

    return inverse


def power(transformer: Any, rows: Rows, tables: Tables) -> list[dict[str, Any]]:
    """Export the inverse of a power transform."""
    scaled = inverse_of(transformer._scaler, rows, tables) if transformer.standardize else []  # noqa: SLF001
    lambdas = tables.add(transformer.lambdas_)
    method = {"box-cox": "box_cox", "yeo-johnson": "yeo_johnson"}[transformer.method]
    return [finite(rows), *scaled, {"op": f"inverting.{method}", "lambdas": lambdas}]


def quantile(transformer: Any, rows: Rows, tables: Tables) -> list[dict[str, Any]]:
    """Export the inverse of a quantile transform."""
    return [finite(rows), quantiles(transformer, tables, inverse=True)]


INVERSES: dict[str, Any] = {
    "FunctionTransformer": function,
    "MaxAbsScaler": steps(("multiply", "scale_", None)),
    "MinMaxScaler": steps(("subtract", "min_", None), ("divide", "scale_", None)),
    "Pipeline": pipeline,
    "PowerTransformer": power,
    "QuantileTransformer": quantile,
    "RobustScaler": steps(("multiply", "scale_", "with_scaling"), ("add", "center_", "with_centering")),
    "StandardScaler": steps(("multiply", "scale_", "with_std"), ("add", "mean_", "with_mean")),
}
"""The exporter of `inverse_transform`, by the class of the transformer."""

EXPORTERS: dict[str, Exporter] = {"sklearn.TransformedTargetRegressor": regressor}

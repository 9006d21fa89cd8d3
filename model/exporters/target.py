"""sklearn.compose.TransformedTargetRegressor: predictions led back through a transformer or a function."""

from typing import Any

from . import Exported, Exporter, Rows, Tables, Unsupported, chain, unknown
from .combining import part, single

FUNCTIONS = (
    "arcsinh", "cbrt", "exp", "exp2", "expm1", "log", "log10", "log1p", "log2", "negative", "reciprocal", "sinh",
    "sqrt", "square",
)  # fmt: skip
"""Functions of numpy that have an operation of their name."""


def regressor(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """The regressor's prediction through the inverse of what its target went through."""
    if method != "predict":
        raise unknown(estimator, method)
    made = part(estimator.regressor_, method, rows, tables)
    transformer = estimator.transformer_
    inverse = INVERSES.get(type(transformer).__name__)
    if inverse is None or not type(transformer).__module__.startswith("sklearn."):
        raise Unsupported(f"{type(estimator).__name__} with {type(transformer).__name__} has no exporter")
    whole = Exported(chain(made.operation, *inverse(transformer, made.rows)), made.rows)
    return single(whole) if estimator._training_dim == 1 and made.rows.width == 1 else whole  # noqa: SLF001


def finite(rows: Rows, *, missing: bool) -> dict[str, Any]:
    """The operation that refuses predictions that the transformer refuses."""
    return {"op": "checking.finite", "missing": missing, "float32": False, "names": [None] * rows.width}


def function(transformer: Any, rows: Rows) -> list[dict[str, Any]]:
    """A function of numpy by its name."""
    import numpy as np

    inverse = transformer.inverse_func
    checks = [finite(rows, missing=False)] if transformer.validate else []
    if inverse is None:
        return checks
    names = [name for name in FUNCTIONS if inverse is getattr(np, name)]
    if not names or transformer.inv_kw_args:
        raise Unsupported(f"the function {getattr(inverse, '__name__', inverse)} has no exporter")
    return [*checks, {"op": "inverting.function", "name": names[0]}]


def steps(*wanted: tuple[str, str, str | None]) -> Any:
    """An inverse that is arithmetic with fitted numbers: operator, attribute, and the option that turns it on."""

    def inverse(transformer: Any, rows: Rows) -> list[dict[str, Any]]:
        found = [finite(rows, missing=True)]
        for operator, attribute, option in wanted:
            if option is None or getattr(transformer, option):
                numbers = getattr(transformer, attribute).tolist()
                found.append({"op": "inverting.arithmetic", "operator": operator, "numbers": numbers})
        return found

    return inverse


def power(transformer: Any, rows: Rows) -> list[dict[str, Any]]:
    """The inverse of a power of each column."""
    scaled = INVERSES["StandardScaler"](transformer._scaler, rows) if transformer.standardize else []  # noqa: SLF001
    lambdas = [float(value) for value in transformer.lambdas_]
    method = {"box-cox": "box_cox", "yeo-johnson": "yeo_johnson"}[transformer.method]
    return [finite(rows, missing=True), *scaled, {"op": f"inverting.{method}", "lambdas": lambdas}]


INVERSES: dict[str, Any] = {
    "FunctionTransformer": function,
    "MaxAbsScaler": steps(("multiply", "scale_", None)),
    "MinMaxScaler": steps(("subtract", "min_", None), ("divide", "scale_", None)),
    "PowerTransformer": power,
    "RobustScaler": steps(("multiply", "scale_", "with_scaling"), ("add", "center_", "with_centering")),
    "StandardScaler": steps(("multiply", "scale_", "with_std"), ("add", "mean_", "with_mean")),
}
"""From the class of a transformer to what makes operations of its inverse."""

EXPORTERS: dict[str, Exporter] = {"sklearn.TransformedTargetRegressor": regressor}

"""FunctionTransformer (sklearn.preprocessing) with functions of numpy and scipy."""

from __future__ import annotations

from typing import Any

from . import Exporter, Unsupported, as_columns, checked_columns, require_options, traced, unsupported_method
from .forms import Exported, Rows, Tables, chain
from .scaling import Inverse, columnwise

_REAL = ("arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctanh", "cbrt", "cos", "cosh", "deg2rad", "exp",
         "exp2", "expit", "expm1", "log", "log10", "log1p", "log2", "logit", "rad2deg", "sin", "sinh", "sqrt", "tan",
         "tanh")  # fmt: skip
_WHOLE = ("ceil", "floor", "rint", "sign", "trunc")
_SIZES = ("absolute", "fabs", "negative")
_PRODUCTS = ("reciprocal", "square")

FUNCTIONS = frozenset((*_REAL, *_WHOLE, *_SIZES, *_PRODUCTS))
"""Names of the functions that are known."""

SAME_AS_FLOAT64 = {
    "double": (*_REAL, *_WHOLE, *_SIZES, *_PRODUCTS),
    "float": (*_WHOLE, *_SIZES),  # the others compute in float32
    "integer": (*_REAL, *_WHOLE, "fabs"),  # the others wrap around, or divide without remainder
    "long": (*_REAL, *_WHOLE, "fabs"),
}
"""Functions that give the same as on float64, by the type of their input."""

_INVERSES = {
    "arcsinh": "sinh", "arctan": "tan", "deg2rad": "rad2deg", "exp": "log", "exp2": "log2", "expm1": "log1p",
    "log": "exp", "log1p": "expm1", "log2": "exp2", "negative": "negative", "rad2deg": "deg2rad",
    "reciprocal": "reciprocal", "sinh": "arcsinh", "sqrt": "square", "square": "sqrt", "tanh": "arctanh",
}  # fmt: skip


def function_transformer(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export a function by its name."""
    if method != "transform":
        raise unsupported_method(estimator, method)
    if _is_ravel(estimator) and rows.form == "columns" and rows.width == 1:
        return Exported(chain({"op": "composing.column", "index": 0}), rows.pick([0], "values"))
    if estimator.func is None and not estimator.validate:
        return Exported(chain(), rows)
    if rows.sparse or rows.form == "values":
        raise Unsupported(f"FunctionTransformer of {rows.form} has no exporter")
    if estimator.func is None:
        types = ("float",) * rows.width if rows.float32 else ()
        return Exported(chain(*checked_columns(rows)), rows._replace(form="columns", types=types))
    name = _name(estimator.func)
    if name is None:
        return _traced(estimator, rows, tables)
    require_options(estimator, kw_args=(None, {}))
    for kind in set(rows.types):
        if name not in SAME_AS_FLOAT64.get(kind, ()):
            raise Unsupported(f"FunctionTransformer of {name} and columns of type {kind} has no exporter")
    steps = checked_columns(rows) if estimator.validate else as_columns(rows)
    found = columnwise(rows, [_inverse(name)] * rows.width)
    if "float" in rows.types:
        found = found._replace(types=tuple("float" if kind == "float" else "double" for kind in rows.types))
    return Exported(chain(*steps, {"op": "elementwise.applied", "function": name}), found)


def _is_ravel(estimator: Any) -> bool:
    """Return whether it flattens a single column, as text vectorizers need it."""
    import numpy as np

    return estimator.func is np.ravel and not estimator.validate


def _traced(estimator: Any, rows: Rows, tables: Tables) -> Exported:
    """Export what a person's own function does with a table or an array."""
    what = f"FunctionTransformer of {getattr(estimator.func, '__name__', repr(estimator.func))}"
    found = traced(estimator.func, what, rows, tables, options=estimator.kw_args, array=estimator.validate)
    steps = checked_columns(rows) if estimator.validate else as_columns(rows)
    return Exported(chain(*steps, found.operation), found.rows)


def _name(function: Any) -> str | None:
    """Return the name of a known function of numpy or scipy; None for any other."""
    import numpy as np
    from scipy import special

    for name in SAME_AS_FLOAT64["double"]:
        if function is getattr(np, name, None) or function is getattr(special, name, None):
            return name
    return None


def _inverse(name: str) -> Inverse:
    import numpy as np

    undo = getattr(np, _INVERSES.get(name, "positive"))

    def inverse(value: Any) -> float:
        with np.errstate(all="ignore"):
            return float(undo(value))

    return inverse


EXPORTERS: dict[str, Exporter] = {"sklearn.FunctionTransformer": function_transformer}

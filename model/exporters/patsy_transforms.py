"""Transforms of patsy that remember what they were fitted to: splines, centering and scaling."""

from __future__ import annotations

import ast
from typing import Any, NamedTuple

from . import Unsupported
from .forms import Rows, Tables


class Call(NamedTuple):
    """A call of a transform in a formula.

    Attributes:
        transform: patsy's transform, with its state.
        code: the factor in the formula.
        node: the parsed call.
        width: the number of the factor's columns.
        rows: the form of the model's input.
        place: the place of the column that is transformed.
    """

    transform: Any
    code: str
    node: ast.Call
    width: int
    rows: Rows
    place: int


def transformed(call: Call, tables: Tables) -> list[dict[str, Any]]:
    """Return the operations from a column of numbers to the columns of the factor.

    Raises:
        Unsupported: the transform, or one of its options, has no exporter.
    """
    make = _TRANSFORMS.get(type(call.transform).__name__)
    if make is None:
        raise Unsupported(f"{call.code} in a formula has no exporter")
    operations: list[dict[str, Any]] = make(call, tables)
    return operations


def _b_splines(call: Call, tables: Tables) -> list[dict[str, Any]]:
    """Export `bs`, which refuses numbers outside of its knots, and without an intercept has no first spline."""
    knots, degree = call.transform._all_knots, int(call.transform._degree)  # noqa: SLF001 - they have no other name
    tables.hint(call.rows, call.place, knots[degree : len(knots) - degree])
    count = len(knots) - degree - 1
    names = [call.rows.named(call.place)]
    return [
        {"op": "splines.within", "knots": [tables.add(knots)], "degree": degree, "bias": True, "names": names},
        {"op": "composing.transposed"},
        {"op": "composing.columns", "indices": list(range(count - call.width, count))},
    ]


def _cubic_splines(call: Call, tables: Tables) -> list[dict[str, Any]]:
    """Export `cr` and `cc`: values and second derivatives at the knots give a spline.

    S. Wood, Generalized Additive Models (2006), section 4.1.2.
    """
    import numpy as np
    from patsy import mgcv_cubic_splines as patsy
    from scipy import linalg

    transform = call.transform
    knots, constraints, cyclic = transform._all_knots, transform._constraints, transform._cyclic  # noqa: SLF001
    curvatures = (patsy._get_cyclic_f if cyclic else patsy._get_natural_f)(knots)  # noqa: SLF001
    values = np.identity(len(curvatures))
    if constraints is not None:
        values = linalg.qr(np.transpose(constraints))[0][:, constraints.shape[0] :]
    tables.hint(call.rows, call.place, knots)
    return [
        {
            "op": "splines.cubic",
            "knots": tables.add(knots),
            "values": [tables.add(column) for column in values.T],
            "curvatures": [tables.add(column) for column in (curvatures @ values).T],
            "cyclic": bool(cyclic),
        }
    ]


def _centered(call: Call, tables: Tables) -> list[dict[str, Any]]:
    return _scaled(call, call.transform._sum / call.transform._count, 1.0, tables)  # noqa: SLF001


def _standardized(call: Call, tables: Tables) -> list[dict[str, Any]]:
    if len(call.node.args) > 1 or call.node.keywords:
        raise Unsupported(f"the options in {call.code} in a formula have no exporter")
    known = call.transform
    return _scaled(call, known.current_mean, (known.current_M2 / known.current_n) ** 0.5, tables)


def _scaled(call: Call, mean: Any, scale: Any, tables: Tables) -> list[dict[str, Any]]:
    import numpy as np

    if call.width != 1:
        raise Unsupported(f"{call.code} in a formula has no exporter: it has several columns")
    means, scales = (tables.add(np.ravel(number).astype("f8")) for number in (mean, scale))
    return [{"op": "scaling.standardized", "means": means, "scales": scales}]


_TRANSFORMS: dict[str, Any] = {
    "BS": _b_splines,
    "CC": _cubic_splines,
    "CR": _cubic_splines,
    "Center": _centered,
    "Standardize": _standardized,
}

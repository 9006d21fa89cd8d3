"""sklearn.preprocessing.PolynomialFeatures."""

from __future__ import annotations

from itertools import chain as joined
from itertools import combinations, combinations_with_replacement
from typing import Any

from . import Exporter, Unsupported, checked_columns, unsupported_method
from .forms import Exported, Rows, Tables, chain
from .linear import refuse_float32
from .versions import version


def polynomial_features(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export each product as a column times an earlier product."""
    if method != "transform":
        raise unsupported_method(estimator, method)
    refuse_float32(estimator, rows, cast=False)
    if rows.scipy and version() < (1, 5):  # it depends on the order of a row's entries, which tf-idf changed then
        raise Unsupported("PolynomialFeatures of sparse rows before scikit-learn 1.5 has no exporter")
    least, most = estimator.degree if hasattr(estimator.degree, "__len__") else (0, estimator.degree)
    combine = combinations if estimator.interaction_only else combinations_with_replacement
    factors = list(joined.from_iterable(combine(range(rows.width), size) for size in range(1, max(most, 1) + 1)))
    places = {product: place for place, product in enumerate(factors)}
    products = factors[rows.width :]
    operation = {
        "op": "polynomial.products",
        "left": tables.add([places[product[1:]] for product in products]),
        "right": tables.add([product[0] for product in products]),
        "skipped": sum(not least <= len(product) <= most for product in factors),
        "bias": bool(estimator.include_bias),
    }
    return Exported(chain(*checked_columns(rows), operation), Rows(int(estimator.n_output_features_), "columns"))


EXPORTERS: dict[str, Exporter] = {"sklearn.PolynomialFeatures": polynomial_features}

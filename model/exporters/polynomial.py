"""sklearn.preprocessing.PolynomialFeatures."""

from itertools import chain as joined
from itertools import combinations, combinations_with_replacement
from typing import Any

from . import Exported, Exporter, Rows, Tables, chain, numbers, unknown
from .linear import doubles


def polynomial_features(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Each product as one of a column and a product before it."""
    if method != "transform":
        raise unknown(estimator, method)
    doubles(estimator, rows, cast=False)
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
    return Exported(chain(*numbers(rows), operation), Rows(int(estimator.n_output_features_), "columns"))


EXPORTERS: dict[str, Exporter] = {"sklearn.PolynomialFeatures": polynomial_features}

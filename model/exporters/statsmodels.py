"""statsmodels: models whose prediction is a weighted sum of the columns, through the inverse of a link function."""

from __future__ import annotations

from typing import Any

from . import Exporter, Unsupported, as_columns, unsupported_method
from .forms import VALUES, Exported, Rows, Tables, chain, zip_strict
from .linear import sums
from .patsy_formulas import design
from .versions import first_of

_LINKS = {
    "OLS": None, "WLS": None, "GLS": None, "GLSAR": None, "QuantReg": None, "RLM": None, "MixedLM": None,
    "Logit": "Logit", "Probit": "Probit",
    "Poisson": "Log", "NegativeBinomial": "Log", "NegativeBinomialP": "Log", "GeneralizedPoisson": "Log",
}  # fmt: skip
"""The link of each class of models that has no choice; None for the sum itself."""

_NUMBERS = {"double", "float", "integer", "long"}


def results(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the expected value that `results.predict` gives for rows of the fitted columns, or of a formula's."""
    if method != "predict":
        raise unsupported_method(estimator, method)
    model = estimator.model
    name = type(model).__name__
    if not type(model).__module__.startswith("statsmodels.") or name not in {*_LINKS, "GLM", "GEE"}:
        raise Unsupported(f"{name} ({type(model).__module__}) of statsmodels has no exporter")
    made = _given(rows) if getattr(model, "formula", None) is None else design(model, rows, tables)
    weights = _weights(estimator, made.rows.width)
    total = sums(weights, 0.0, made.rows, tables)
    return Exported(chain(made.operation, total, *_inverse(model), {"op": "linear.first"}), VALUES)


def multinomial(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the probability of each class, a table whose columns are named by the classes' numbers (MNLogit)."""
    import numpy as np

    if method != "predict":
        raise unsupported_method(estimator, method)
    model = estimator.model
    made = _given(rows) if getattr(model, "formula", None) is None else design(model, rows, tables)
    weights = np.asarray(estimator.params, dtype="f8")
    if weights.ndim != 2 or len(weights) != made.rows.width:  # noqa: PLR2004 - a column for each class but the first
        raise Unsupported(f"MNLogit with parameters of shape {weights.shape} has no exporter")
    weights = np.hstack([np.zeros((len(weights), 1)), weights])
    total = sums(weights.T, np.zeros(weights.shape[1]), made.rows, tables)
    names = [str(number) for number in range(weights.shape[1])]
    steps = [{"op": "linear.exponentials"}, {"op": "neighbors.shares"}, {"op": "composing.transposed"}]
    return Exported(chain(made.operation, total, *steps, {"op": "expressions.records", "names": names}), VALUES)


def ordered(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the probability of each class, from the lowest on, of an ordered logit or probit (OrderedModel)."""
    import numpy as np

    if method != "predict":
        raise unsupported_method(estimator, method)
    model = estimator.model
    link = {"logistic_gen": "Logit", "norm_gen": "Probit"}.get(type(model.distr).__name__)
    if link is None or getattr(model, "offset", None) is not None:
        raise Unsupported(f"OrderedModel of {type(model.distr).__name__}, or with an offset, has no exporter")
    made = _given(rows) if getattr(model, "formula", None) is None else design(model, rows, tables)
    params = np.asarray(estimator.params, dtype="f8")
    limits = model.transform_threshold_params(params)  # from minus infinity to infinity
    if len(params) != made.rows.width + len(limits) - 2:
        raise Unsupported(f"OrderedModel with {params.size} parameters for {made.rows.width} columns has no exporter")
    weights = np.tile(-params[: made.rows.width], (len(limits), 1))
    steps = [sums(weights, limits, made.rows, tables), {"op": "links.inverse", "link": link}]
    columns = [{"op": "composing.column", "index": index} for index in range(len(limits))]
    parts = [
        {"op": "expressions.applied", "function": "subtract", "type": "double", "arguments": [above, below]}
        for above, below in zip_strict(columns[1:], columns[:-1])
    ]
    table = {"op": "composing.columns_union", "parts": [chain(part, {"op": "composing.single"}) for part in parts]}
    named = {"op": "expressions.records", "names": [str(number) for number in range(len(parts))]}
    return Exported(chain(made.operation, *steps, {"op": "composing.transposed"}, table, named), VALUES)


def zero_inflated(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the expected count of a model with a constant share of additional zeros."""
    import numpy as np

    if method != "predict":
        raise unsupported_method(estimator, method)
    model = estimator.model
    if not model._no_exog_infl:  # noqa: SLF001 - it has no other name
        raise Unsupported(f"{type(model).__name__} whose share of zeros depends on columns has no exporter")
    made = _given(rows) if getattr(model, "formula", None) is None else design(model, rows, tables)
    params = np.asarray(estimator.params, dtype="f8")
    share = float(np.ravel(model.model_infl.predict(params[:1], np.ones((1, 1))))[0])
    weights = params[1 : 1 + made.rows.width]
    if len(params) - 1 - len(weights) != (getattr(model, "k_extra", 1) or 1) - 1:
        raise Unsupported(f"{type(model).__name__} with {params.size} parameters has no exporter")
    total = sums(weights, float(np.log1p(-share)), made.rows, tables)
    return Exported(
        chain(made.operation, total, {"op": "links.inverse", "link": "Log"}, {"op": "linear.first"}), VALUES
    )


def _given(rows: Rows) -> Exported:
    """Export the columns as they are: statsmodels refuses neither missing nor infinite numbers."""
    if set(rows.types) - _NUMBERS:
        raise Unsupported("statsmodels' model of columns that are not numbers, without a formula, has no exporter")
    names = [rows.named(index) for index in range(rows.width)]
    steps = [*as_columns(rows), {"op": "checking.numbers", "names": names}, {"op": "composing.transposed"}]
    return Exported(chain(*steps), rows._replace(form="rows", types=()))


def _weights(estimator: Any, width: int) -> Any:
    """Return a weight for each column, without the parameters that describe the scatter."""
    import numpy as np

    weights = np.asarray(first_of(estimator, "fe_params", "params"), dtype="f8")
    scatter = getattr(estimator.model, "k_extra", 0) or 0
    if weights.ndim != 1 or len(weights) not in {width, width + scatter}:
        raise Unsupported(
            f"{type(estimator.model).__name__} with {weights.size} parameters for {width} columns has no exporter"
        )
    return weights[:width]


def _inverse(model: Any) -> list[dict[str, Any]]:
    """Return the operation that inverts the model's link, if it is not the identity."""
    kind = type(model).__name__
    if kind in _LINKS:
        return [] if _LINKS[kind] is None else [{"op": "links.inverse", "link": _LINKS[kind]}]
    link = model.family.link
    bases = [base.__name__ for base in type(link).__mro__ if base.__module__.startswith("statsmodels.")]
    if "Power" in bases:
        return [] if link.power == 1 else [{"op": "links.inverse", "link": "Power", "number": float(link.power)}]
    if "NegativeBinomial" in bases:
        return [{"op": "links.inverse", "link": "NegativeBinomial", "number": float(link.alpha)}]
    known = next(
        (name for name in bases if name in {"CLogLog", "Cauchy", "Log", "LogC", "LogLog", "Logit", "Probit"}), None
    )
    if known is None:
        raise Unsupported(f"{kind} with the link {type(link).__name__} has no exporter")
    return [{"op": "links.inverse", "link": known}]


SERIES = {
    f"{name}ResultsWrapper"
    for name in (
        "Regression",
        "Regularized",
        "GLM",
        "GEE",
        "RLM",
        "MixedLM",
        "Binary",
        "L1Binary",
        "Count",
        "L1Count",
        "Poisson",
        "L1Poisson",
        "NegativeBinomial",
        "L1NegativeBinomial",
        "NegativeBinomialP",
        "GeneralizedPoisson",
        "L1GeneralizedPoisson",
        "ZeroInflatedPoisson",
        "ZeroInflatedNegativeBinomial",
        "ZeroInflatedGeneralizedPoisson",
    )
}
"""The classes of results that predict a pandas.Series."""

EXPORTERS: dict[str, Exporter] = {f"statsmodels.{name}": results for name in sorted(SERIES)}
EXPORTERS.update({f"statsmodels.{name}ResultsWrapper": multinomial for name in ("Multinomial", "L1Multinomial")})
EXPORTERS["statsmodels.OrderedResultsWrapper"] = ordered
EXPORTERS.update({f"statsmodels.{name}": zero_inflated for name in SERIES if name.startswith("ZeroInflated")})

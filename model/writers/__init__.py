"""Write models in the forms that backends load: modules of forms have `WRITERS`.

Runs in the model's own environment: Python 3.7 and newer. A writer is a function of the model as its flavor loads it,
the folder to write into, and the request.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, Callable, Dict, List, NamedTuple

Hints = Dict[str, Dict[str, List[Any]]]


class Unsupported(Exception):
    """The model cannot be written in this form; the message says why."""


class Written(NamedTuple):
    """The result of a writer.

    Attributes:
        modules: the top-level modules that the bundle needs.
        options: options for the backend.
        hints: values at which predictions change, by column; None if unknown.
    """

    modules: list[str]
    options: dict[str, Any]
    hints: Hints | None = None


Writer = Callable[[Any, Path, Dict[str, Any]], Written]


def writer(form: str) -> Writer:
    """Return the writer of a form."""
    found: dict[str, Writer] = {}
    for name in sorted(module.name for module in iter_modules(__path__)):
        found.update(getattr(import_module(f"{__name__}.{name}"), "WRITERS", {}))
    return found[form]


def answers_of(estimator: Any, method: str, library: str) -> str:
    """Return the kind of answer that an estimator's method gives.

    Args:
        estimator: a booster, or an estimator of the library's scikit-learn interface.
        method: the method that is served.
        library: the prefix of the estimators' names: LGBM, XGB or XGBRF.

    Returns:
        `values`, or `labels` or `probabilities` of a classifier.

    Raises:
        Unsupported: the class or the method is unknown.
    """
    name = type(estimator).__name__
    known = {
        ("Booster", "predict"): "values",
        (f"{library}Regressor", "predict"): "values",
        (f"{library}Ranker", "predict"): "values",
        (f"{library}Classifier", "predict"): "labels",
        (f"{library}Classifier", "predict_proba"): "probabilities",
    }
    if (name, method) not in known or not type(estimator).__module__.startswith(("lightgbm.", "xgboost.")):
        raise Unsupported(f"{name}.{method} ({type(estimator).__module__}) has no form but its pickle")
    return known[name, method]

"""The forms a model is written in: one file each, ending in its row of the table.

Runs in the environment of the model. A writer is a function of the model as its flavor loads it, the folder to
write into, and the request (see `model/export.py`).
"""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, NamedTuple

Hints = dict[str, dict[str, list[Any]]]


class Unsupported(Exception):
    """A model that has no such form; the message says why."""


class Written(NamedTuple):
    """What is to be known of the files that were written.

    Attributes:
        modules: the top-level modules that the bundle cannot do without.
        options: more options for the backend.
        hints: see `model.rows`; None where they are not known.
    """

    modules: list[str]
    options: dict[str, Any]
    hints: Hints | None = None


Writer = Callable[[Any, Path, dict[str, Any]], Written]


def writer(form: str) -> Writer:
    """The writer of a form's name."""
    found: dict[str, Writer] = {}
    for name in sorted(module.name for module in iter_modules(__path__)):
        found |= import_module(f"{__name__}.{name}").WRITERS
    return found[form]


def answers_of(estimator: Any, method: str, library: str) -> str:
    """What a booster's numbers become in its library's scikit-learn interface.

    Args:
        estimator: the booster itself, or an estimator of the library.
        method: the method that is served.
        library: the prefix of the estimators' names: LGBM, XGB or XGBRF.

    Returns:
        `values` as they are; `labels` or `probabilities` of a classifier.

    Raises:
        Unsupported: another class, of which nothing is known, or another method.
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

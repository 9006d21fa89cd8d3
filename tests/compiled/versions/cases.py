"""The table of estimators that `answers.py` fits in each environment, and of the versions that have them.

Runs on Python 3.7 and newer, with nothing but the standard library.
"""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any, NamedTuple

FAMILIES = (
    "boosters", "catboost", "composites", "encoders", "glassbox", "imbalanced", "linear", "others", "transformers",
    "trees",
)  # fmt: skip

PREDICTIONS = ("predict",)
DECISIONS = ("predict", "decision_function")
PROBABILITIES = ("predict", "predict_proba", "predict_log_proba")
EVERYTHING = (*PROBABILITIES, "decision_function")
TRANSFORMED = ("transform",)


class Case(NamedTuple):
    """An estimator, and the versions in which it exists or is refused.

    Attributes:
        expression: the unfitted estimator, as Python.
        target: what it is fitted to, by its name in `data.py`.
        methods: the methods that are compared.
        frame: the rows that it is fitted to and asked, by their name in `data.py`.
        where: the versions that have it, such as `scikit-learn>=1.2`; in others, making or fitting it must fail.
        refused: for some versions, a pattern of the exporter's refusal.
        within: the greatest difference of a number, relative as in `model.proof`.
        fit: more arguments of `fit`, as Python.
    """

    expression: str
    target: str = "number"
    methods: tuple[str, ...] = PREDICTIONS
    frame: str = "numbers"
    where: str = ""
    refused: dict[str, str] = {}  # noqa: RUF012 - nobody changes it
    within: float = 1e-12
    fit: str = ""


def cases(pattern: str = "") -> list[Case]:
    """Return the cases whose names match a regular expression, by default the whole table.

    Raises:
        ValueError: the table has a case twice.
    """
    found: list[Case] = []
    for family in FAMILIES:
        found += import_module(f"{family}_cases").CASES
    names = [name(case) for case in found]
    twice = sorted({one for one in names if names.count(one) > 1})
    if twice:
        raise ValueError(f"cases that the table has twice: {', '.join(twice)}")
    return [case for case in found if re.search(pattern, name(case))]


def name(case: Case) -> str:
    """Return the name of a case in results."""
    return " ".join(filter(None, [case.expression, case.target, case.frame, case.fit, "/".join(case.methods)]))


def each(*expressions: str, **options: Any) -> list[Case]:
    """Return cases that differ only in the estimator."""
    return [Case(expression, **options) for expression in expressions]

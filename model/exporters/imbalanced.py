"""imbalanced-learn: pipelines whose samplers only act in training, and ensembles of such pipelines."""

from __future__ import annotations

import copy
from typing import Any

from . import Exporter
from .composing import pipeline
from .ensembles import ada_boost_classifier, bagging_classifier
from .forms import Exported, Rows, Tables
from .trees import classifier


def sampling_pipeline(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export a pipeline without its samplers."""
    return pipeline(_without_samplers(estimator), method, rows, tables)


def sampled_bagging(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the mean of members that were each fitted to a sample; trees share one table."""
    bagging = copy.copy(estimator)
    bagging.estimators_ = [_alone(member) for member in estimator.estimators_]
    return bagging_classifier(bagging, method, rows, tables)


def _without_samplers(estimator: Any) -> Any:
    """Return a pipeline of the steps that take part in predictions."""
    kept = copy.copy(estimator)
    *steps, last = estimator.steps
    kept.steps = [*[step for step in steps if not hasattr(step[1], "fit_resample")], last]
    return kept


def _alone(member: Any) -> Any:
    """Return a member's last step if all steps before it are samplers, else the member."""
    steps = getattr(member, "steps", None)
    return member if steps is None or len(_without_samplers(member).steps) > 1 else steps[-1][1]


EXPORTERS: dict[str, Exporter] = {
    "imblearn.BalancedBaggingClassifier": sampled_bagging,
    "imblearn.BalancedRandomForestClassifier": classifier,
    "imblearn.EasyEnsembleClassifier": sampled_bagging,
    "imblearn.Pipeline": sampling_pipeline,
    "imblearn.RUSBoostClassifier": ada_boost_classifier,
}

"""Custom models that do not compile, with the reason."""

import sys
from typing import Any

import catboost
import cloudpickle
import numpy as np
from mlflow.pyfunc import PythonModel
from sklearn.preprocessing import StandardScaler

from zoo.traced_models import CLASSES, NUMBERS

cloudpickle.register_pickle_by_value(sys.modules[__name__])


class Mean(PythonModel):
    """Compares rows with each other."""

    def predict(self, context, model_input):
        return model_input["age"] - model_input["age"].mean()


class Loop(PythonModel):
    """Looks at each row."""

    def predict(self, context, model_input):
        return [row["age"] * 2 for _, row in model_input.iterrows()]


class Decision(PythonModel):
    """Hides that it decides by values."""

    def predict(self, context, model_input):
        try:
            large = bool(model_input["age"] > 1)
        except Exception:  # noqa: BLE001
            large = False
        return model_input["age"] * (2 if large else 1)


class Count(PythonModel):
    """Answers by the number of rows."""

    def predict(self, context, model_input):
        return np.full(len(model_input), 1.0)


class Uncertain(PythonModel):
    """An estimate of how uncertain a prediction is, by parts of the model."""

    def __init__(self) -> None:
        options = {"iterations": 9, "posterior_sampling": True, "verbose": False, "allow_writing_files": False}
        self.model = catboost.CatBoostClassifier(**options).fit(NUMBERS, CLASSES)

    def predict(self, context, model_input):
        table = model_input[["age", "income", "debt"]]
        return self.model.virtual_ensembles_predict(
            table, prediction_type="TotalUncertainty", virtual_ensembles_count=2
        )


class Unknown(PythonModel):
    """An estimator without an exporter."""

    def __init__(self) -> None:
        self.model = OwnScaler().fit(NUMBERS)

    def predict(self, context, model_input):
        return self.model.transform(model_input[["age", "income", "debt"]])[:, 0]


class OwnScaler(StandardScaler):
    """A subclass, which may behave differently."""


REFUSED: dict[str, tuple[Any, str]] = {
    "mean": (Mean(), r"Series\.mean \(line \d+ of predict\)"),
    "loop": (Loop(), r"DataFrame\.iterrows \(line \d+ of predict\)"),
    "decision": (Decision(), r"a decision that depends on values \(line \d+ of predict\)"),
    "count": (Count(), r"the number of rows \(line \d+ of predict\)"),
    "uncertain": (Uncertain(), r"CatBoostClassifier\.virtual_ensembles_predict with options"),
    "unknown": (Unknown(), r"(a conversion|OwnScaler)"),
}
"""Models that do not compile, and the reason."""

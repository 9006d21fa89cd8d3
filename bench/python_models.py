"""Custom models to serve: a layer of a network in numpy, and a wrapper around a scikit-learn classifier."""

import sys
from pathlib import Path
from typing import Any

import cloudpickle
import numpy as np
import pandas as pd
from mlflow.models import infer_signature
from mlflow.pyfunc import PythonModel
from numpy.random import Generator

cloudpickle.register_pickle_by_value(sys.modules[__name__])

_INPUTS, _OUTPUTS, _TREES = 20, 3, 100


class Layer(PythonModel):  # type: ignore[misc]
    """Applies a matrix from a file."""

    def load_context(self, context: Any) -> None:
        """Load the matrix."""
        self.weights = np.load(context.artifacts["model"])

    def predict(self, context, model_input, params=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201, ARG002 - hints are a signature
        """Return an array of shape (rows, outputs)."""
        return np.tanh(model_input @ self.weights)


class Wrapper(PythonModel):  # type: ignore[misc]
    """Names the classes of a pickled classifier."""

    def load_context(self, context: Any) -> None:
        """Load the classifier."""
        import joblib

        self.classifier = joblib.load(context.artifacts["model"])

    def predict(self, context, model_input, params=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201, ARG002 - hints are a signature
        """Return a table of probabilities."""
        return pd.DataFrame(self.classifier.predict_proba(model_input), columns=["no", "yes"])


def save_array(folder: Path, random: Generator, rows: int) -> Any:
    """Save the layer, and return rows to predict."""
    import mlflow

    np.save(folder / "model.npy", random.normal(size=(_INPUTS, _OUTPUTS)))
    data = random.normal(size=(rows, _INPUTS)).round(4)
    signature = infer_signature(data[:5], np.zeros((5, _OUTPUTS)))
    _save(mlflow, folder, Layer(), "model.npy", signature, data[:2])
    return [{"input": row} for row in data.tolist()]


def save_wrapper(folder: Path, random: Generator, rows: int) -> Any:
    """Save the wrapper, and return rows to predict."""
    import joblib
    import mlflow
    from sklearn.ensemble import RandomForestClassifier

    names = [f"x{index}" for index in range(_INPUTS)]
    data = pd.DataFrame(random.normal(size=(rows, _INPUTS)).round(4), columns=names)
    classifier = RandomForestClassifier(_TREES, max_depth=8, random_state=0).fit(data, data["x0"] > data["x1"])
    joblib.dump(classifier, folder / "model.joblib")
    signature = infer_signature(data[:5], pd.DataFrame({"no": [0.5], "yes": [0.5]}))
    _save(mlflow, folder, Wrapper(), "model.joblib", signature, data[:2])
    return data.to_dict(orient="records")


def _save(mlflow: Any, folder: Path, model: PythonModel, artifact: str, signature: Any, example: Any) -> None:
    from importlib.metadata import version

    packages = ("mlflow-skinny", "scikit-learn", "numpy", "pandas", "joblib", "cloudpickle")
    mlflow.pyfunc.save_model(
        folder / "model",
        python_model=model,
        artifacts={"model": str(folder / artifact)},
        signature=signature,
        input_example=example,
        pip_requirements=[f"{package}=={version(package)}" for package in packages],
    )


CUSTOM = {"array": save_array, "wrapper": save_wrapper}

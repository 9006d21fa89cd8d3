"""A gradient-boosted pipeline with the conda.yaml that Databricks writes: channels, ranges of MLflow, `pip<=`."""

import platform

import cloudpickle
import data
import mlflow.sklearn
import numpy as np
import pandas as pd
import piece
import sklearn
from mlflow.models.signature import infer_signature
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder

frame, prices = data.houses(300)
columns = ColumnTransformer(
    [
        ("numerical", SimpleImputer(), ["area", "rooms", "age"]),
        ("boolean", OneHotEncoder(handle_unknown="ignore", drop="first"), ["garden"]),
        ("onehot", OneHotEncoder(handle_unknown="ignore"), ["district"]),
    ],
    remainder="passthrough",
    sparse_threshold=0,
)
boosted = GradientBoostingRegressor(n_estimators=20, max_depth=3, random_state=11)
model = Pipeline([("preprocessor", columns), ("regressor", boosted)]).fit(frame, prices)
pins = ["mlflow<3,>=2.5", "cloudpickle==" + cloudpickle.__version__, "numpy==" + np.__version__]
pins += ["pandas==" + pd.__version__, "scikit-learn==" + sklearn.__version__]
environment = {
    "name": "mlflow-env",
    "channels": ["conda-forge", "defaults"],
    "dependencies": ["python=" + platform.python_version(), "pip<=22.2.2", {"pip": pins}],
}
mlflow.sklearn.save_model(
    model,
    piece.MODEL,
    conda_env=environment,
    signature=infer_signature(frame, model.predict(frame)),
    input_example=frame[:3],
)
piece.ask(
    data.houses(30, seed=1)[0],
    {"age": None},
    {"area": 1e30, "age": -1e30},
    {"district": "never seen", "garden": True, "area": -0.0},
)

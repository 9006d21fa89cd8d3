"""Train the three models on made-up data and save each as an MLflow model: `python train.py DIRECTORY`."""

import sys
from importlib.metadata import version
from pathlib import Path

import mlflow.sklearn
import numpy as np
import pandas as pd
from mlflow.models import infer_signature
from sklearn.base import BaseEstimator
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

PACKAGES = ("mlflow", "cloudpickle", "numpy", "pandas", "scikit-learn")
ROWS = 2000


def churn(random: np.random.Generator) -> tuple[BaseEstimator, pd.DataFrame, pd.Series]:
    """Return a classifier of customers who leave."""
    rows = pd.DataFrame(
        {
            "plan": random.choice(["basic", "plus", "team"], ROWS),
            "months": random.integers(1, 60, ROWS),
            "monthly_fee": random.normal(30, 8, ROWS).round(2),
        }
    )
    leaves = random.random(ROWS) < 1 / (1 + np.exp(0.08 * rows["months"] - 0.05 * rows["monthly_fee"]))
    columns = make_column_transformer((OneHotEncoder(), ["plan"]), (StandardScaler(), ["months", "monthly_fee"]))
    return make_pipeline(columns, LogisticRegression()), rows, leaves.map({True: "leaves", False: "stays"})


def fraud(random: np.random.Generator) -> tuple[BaseEstimator, pd.DataFrame, pd.Series]:
    """Return a classifier of payments."""
    rows = pd.DataFrame(
        {
            "amount": random.exponential(80, ROWS).round(2),
            "hour": random.integers(0, 24, ROWS),
            "abroad": random.random(ROWS) < 0.1,  # noqa: PLR2004 - their share
        }
    )
    suspicious = (rows["amount"] > 200) & (rows["abroad"] | (rows["hour"] < 5))  # noqa: PLR2004 - the hidden rule
    return HistGradientBoostingClassifier(max_iter=30, max_leaf_nodes=8), rows, suspicious


def prices(random: np.random.Generator) -> tuple[BaseEstimator, pd.DataFrame, pd.Series]:
    """Return a regressor of flats' prices."""
    rows = pd.DataFrame({"square_metres": random.normal(70, 20, ROWS).round(1), "floor": random.integers(0, 9, ROWS)})
    price = rows["square_metres"] * 3100 + rows["floor"] * 2500 + random.normal(0, 9000, ROWS)
    return RandomForestRegressor(n_estimators=10, max_depth=6, random_state=0), rows, price.round(-2)


def save(name: str, folder: Path) -> None:
    """Train a model and save it to a directory of its name."""
    estimator, rows, target = {"churn": churn, "fraud": fraud, "prices": prices}[name](np.random.default_rng(7))
    estimator.fit(rows, target)
    example = rows.head(3)
    mlflow.sklearn.save_model(
        estimator,
        str(folder / name),
        signature=infer_signature(example, estimator.predict(example)),
        input_example=example,
        serialization_format="cloudpickle",
        pip_requirements=[f"{package}=={version(package)}" for package in PACKAGES],
    )


if __name__ == "__main__":
    for each in ("churn", "fraud", "prices"):
        save(each, Path(sys.argv[1]))

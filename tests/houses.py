"""A model with many columns of many types, as people log them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, Schema
from packages import REQUIREMENTS
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

TYPES = {
    "rooms": "long",
    "bathrooms": "integer",
    "area (m²)": "double",
    "plot": "double",
    "year_built": "long",
    "floor": "integer",
    "energy": "float",
    "latitude": "double",
    "longitude": "double",
    "city": "string",
    "heating": "string",
    "condition": "string",
    "garden": "boolean",
    "lift": "boolean",
    "listed_at": "datetime",
}
CATEGORIES = {
    "city": ["Zürich", "Roma", "São Paulo", "København", "Łódź"],
    "heating": ["district", "gas", "heat pump", "oil"],
    "condition": ["new", "good", "to renovate"],
}
USED = [name for name in TYPES if name not in {"listed_at", *CATEGORIES}]


def frame(rows: int) -> pd.DataFrame:
    """Return random houses, one a row."""
    chance = np.random.default_rng(5)
    drawn: dict[str, Callable[[], Any]] = {
        "long": lambda: chance.integers(1, 9, rows),
        "integer": lambda: chance.integers(0, 4, rows).astype("int32"),
        "double": lambda: chance.uniform(20, 200, rows).round(1),
        "float": lambda: chance.uniform(0, 1, rows).round(2).astype("float32"),
        "boolean": lambda: chance.choice([True, False], rows),
        "datetime": lambda: np.full(rows, np.datetime64("2026-01-31T12:00:00")),
        "string": lambda: None,
    }
    columns = {name: drawn[kind]() for name, kind in TYPES.items()}
    return pd.DataFrame(columns | {name: chance.choice(texts, rows) for name, texts in CATEGORIES.items()})[[*TYPES]]


def save(folder: Path) -> None:
    """Fit a classifier on houses and save it as an MLflow model."""
    houses = frame(300)
    kept = ("passthrough", USED)
    encoded = (OneHotEncoder(handle_unknown="ignore", sparse_output=False), [*CATEGORIES])
    model = make_pipeline(
        ColumnTransformer([("kept", *kept), ("encoded", *encoded)]),
        HistGradientBoostingClassifier(max_iter=5, random_state=0),
    )
    dear = houses["area (m²)"] + 40 * houses["garden"] + 30 * (houses["city"] == "Zürich") > 140
    model.fit(houses, np.where(dear, "dear", "fair"))
    signature = ModelSignature(
        Schema([ColSpec(kind, name) for name, kind in TYPES.items()]), Schema([ColSpec("string", "price")])
    )
    mlflow.sklearn.save_model(
        model,
        folder,
        signature=signature,
        input_example=houses[:2],
        pip_requirements=REQUIREMENTS,
        serialization_format="cloudpickle",
        metadata={"accuracy": 0.914, "roc_auc": 0.951},
    )

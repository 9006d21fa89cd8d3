"""`python -m bench.training NAME FOLDER`: train a model on generated data with a fixed seed and save it with MLflow.

Writes the MLflow model `FOLDER/model` and `FOLDER/rows.json`, a list of rows to predict.
"""

import importlib
import importlib.metadata
import json
import logging
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.random import Generator

PACKAGES = ("mlflow-skinny", "scikit-learn", "numpy", "scipy", "pandas", "cloudpickle")
ROWS = 10_000
"""Number of rows to predict."""

SEED = 2026
_TRAINED_ON = 20_000
_COLUMNS = 20
_COLOURS = ("red", "green", "blue", "teal", "ochre", "plum", "rust", "sand")
_WORDS = 50  # per text


def linear(random: Generator) -> tuple[Any, pd.DataFrame]:
    """Return a logistic regression behind a ColumnTransformer: six numbers, two integers, four texts, some missing."""
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    def drop_some(values: Any) -> Any:
        return pd.Series(values).where(random.random(_TRAINED_ON) > 0.05)  # noqa: PLR2004 - the share of missing values

    numbers = {f"number_{i}": drop_some(random.normal(size=_TRAINED_ON).round(4)) for i in range(6)}
    integers = {f"count_{i}": random.integers(0, 100, _TRAINED_ON) for i in range(2)}
    texts = {f"colour_{i}": drop_some(random.choice(_COLOURS, _TRAINED_ON)) for i in range(4)}
    data = pd.DataFrame(numbers | integers | texts)
    score = data["number_0"].fillna(0) + 0.02 * data["count_0"] - (data["colour_0"] == "red")
    numeric = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    columns = [
        ("numeric", numeric, [*numbers, *integers]),
        ("categorical", OneHotEncoder(handle_unknown="ignore"), list(texts)),
    ]
    model = make_pipeline(ColumnTransformer(columns), LogisticRegression(max_iter=1000))
    return model.fit(data, _labels(score, random)), data


def forest(random: Generator) -> tuple[Any, pd.DataFrame]:
    """Return a random forest of 500 trees of depth 10 on 20 numbers."""
    from sklearn.ensemble import RandomForestClassifier

    data, score = _numbers(random, _TRAINED_ON)
    model = RandomForestClassifier(500, max_depth=10, random_state=SEED)
    model.set_params(n_jobs=-1).fit(data, _labels(score, random))
    return model.set_params(n_jobs=None), data


def lightgbm(random: Generator) -> tuple[Any, pd.DataFrame]:
    """Return a LightGBM booster of 500 trees with 31 leaves on 20 numbers."""
    import lightgbm as gbm

    data, score = _numbers(random, _TRAINED_ON)
    params = {"objective": "binary", "num_leaves": 31, "seed": SEED, "deterministic": True, "verbose": -1}
    return gbm.train(params, gbm.Dataset(data, _labels(score, random) == "yes"), num_boost_round=500), data


def xgboost(random: Generator) -> tuple[Any, pd.DataFrame]:
    """Return an XGBoost booster of 500 trees of depth 6 on 20 numbers."""
    import xgboost as xgb

    data, score = _numbers(random, _TRAINED_ON)
    params = {"objective": "binary:logistic", "max_depth": 6, "eta": 0.1, "seed": SEED}
    return xgb.train(params, xgb.DMatrix(data, _labels(score, random) == "yes"), num_boost_round=500), data


def catboost(random: Generator) -> tuple[Any, pd.DataFrame]:
    """Return a CatBoost classifier of 500 trees of depth 6 on 17 numbers and three columns of categories."""
    from catboost import CatBoostClassifier

    data, score = _numbers(random, _TRAINED_ON)
    for name, known in (("x17", 8), ("x18", 50), ("x19", 1000)):
        codes = random.integers(0, known, _TRAINED_ON)
        data[name] = [f"category {code}" for code in codes]
        score = score + np.sin(codes * data["x3"])
    model = CatBoostClassifier(500, depth=6, random_seed=SEED, cat_features=["x17", "x18", "x19"])
    return model.set_params(verbose=False, allow_writing_files=False).fit(data, _labels(score, random)), data


def forest_of(megabytes: int) -> Callable[[Generator], tuple[Any, pd.DataFrame]]:
    """Return a function that trains a forest of 100 fully grown trees with about this many MB of tables."""

    def make(random: Generator) -> tuple[Any, pd.DataFrame]:
        from sklearn.ensemble import ExtraTreesRegressor

        data, score = _numbers(random, 200 * megabytes)
        model = ExtraTreesRegressor(100, max_features=1, random_state=SEED, n_jobs=-1)
        return model.fit(data, score + random.normal(size=len(data))).set_params(n_jobs=None), data

    return make


def text_of(terms: int) -> Callable[[Generator], tuple[Any, pd.DataFrame]]:
    """Return a function that trains TF-IDF and logistic regression with this many terms."""

    def make(random: Generator) -> tuple[Any, pd.DataFrame]:
        from sklearn.compose import ColumnTransformer
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline

        words = [f"w{number:x}" for number in random.permutation(terms)]
        texts = [" ".join(words[start : start + _WORDS]) for start in range(0, terms, _WORDS)]
        texts += [" ".join(random.choice(words[:1000], _WORDS)) for _ in range(100)]
        data = pd.DataFrame({"text": texts})
        model = make_pipeline(ColumnTransformer([("text", TfidfVectorizer(), 0)]), LogisticRegression(max_iter=20))
        return model.fit(data, random.random(len(data)) > 0.5), data  # noqa: PLR2004 - random labels

    return make


MODELS: dict[str, Callable[[Generator], tuple[Any, pd.DataFrame]]] = {
    "linear": linear,
    "forest": forest,
    "lightgbm": lightgbm,
    "xgboost": xgboost,
    "catboost": catboost,
}


SKLEARN: tuple[str, tuple[str, ...], dict[str, str]] = "sklearn", (), {"serialization_format": "cloudpickle"}
BOOSTERS: dict[str, tuple[str, tuple[str, ...], dict[str, str]]] = {
    "lightgbm": ("lightgbm", ("lightgbm",), {}),
    "xgboost": ("xgboost", ("xgboost-cpu",), {"model_format": "ubj"}),
    "catboost": ("catboost", ("catboost",), {}),
}
"""MLflow's flavor of a model, its packages besides `PACKAGES`, and its save options."""


def find_recipe(name: str) -> Callable[[Generator], tuple[Any, pd.DataFrame]]:
    """Return the function that trains a model of `MODELS`, `forest-80` (MB of tables) or `text-1000` (terms)."""
    kind, _, size = name.partition("-")
    return {"forest": forest_of, "text": text_of}[kind](int(size)) if size else MODELS[kind]


def main(name: str, folder: Path) -> None:
    """Train and save one model."""
    import mlflow

    warnings.simplefilter("ignore")
    logging.getLogger("mlflow").setLevel(logging.ERROR)
    random = np.random.default_rng(SEED)
    from bench.python_models import CUSTOM  # imports MLflow

    if name in CUSTOM:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "rows.json").write_text(json.dumps(CUSTOM[name](folder, random, ROWS)))
        return
    model, data = find_recipe(name)(random)
    flavor, more, options = BOOSTERS.get(name, SKLEARN)
    packages = [*PACKAGES, *more]
    getattr(mlflow, flavor).save_model(
        model,
        folder / "model",
        signature=_signature(name, model, data.head(100)),
        input_example=data.head(2),
        pip_requirements=[f"{package}=={importlib.metadata.version(package)}" for package in packages],
        **options,
    )
    rows = data.iloc[np.arange(ROWS) % len(data)]
    (folder / "rows.json").write_text(rows.to_json(orient="records", double_precision=15))


def _signature(name: str, model: Any, data: pd.DataFrame) -> Any:
    """Return the signature that MLflow infers from the columns and predictions."""
    import mlflow

    inputs = importlib.import_module("xgboost").DMatrix(data) if name == "xgboost" else data
    return mlflow.models.infer_signature(data, model.predict(inputs))


def _numbers(random: Generator, count: int) -> tuple[pd.DataFrame, Any]:
    data = pd.DataFrame(random.normal(size=(count, _COLUMNS)).round(4), columns=[f"x{i}" for i in range(_COLUMNS)])
    return data, data["x0"] * data["x1"] + data["x2"]


def _labels(score: Any, random: Generator) -> Any:
    return np.where(score + random.normal(size=len(score)) > 0, "yes", "no")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))

"""Makes data with a fixed seed, trains a model on it and saves it with MLflow: `python -m bench.training NAME FOLDER`.

Writes the MLflow model `FOLDER/model` and `FOLDER/rows.json`, a list of rows to ask it for.
"""

import importlib
import importlib.metadata
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
"""How many rows there are to ask for."""

SEED = 2026
_TRAINED_ON = 20_000
_COLUMNS = 20
_COLOURS = ("red", "green", "blue", "teal", "ochre", "plum", "rust", "sand")
_WORDS = 50  # in a text


def linear(random: Generator) -> tuple[Any, pd.DataFrame]:
    """Logistic regression behind a ColumnTransformer: six numbers and four texts, some missing, and two integers."""
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    def some(values: Any) -> Any:
        return pd.Series(values).where(random.random(_TRAINED_ON) > 0.05)  # noqa: PLR2004 - the rest is missing

    numbers = {f"number_{i}": some(random.normal(size=_TRAINED_ON).round(4)) for i in range(6)}
    integers = {f"count_{i}": random.integers(0, 100, _TRAINED_ON) for i in range(2)}
    texts = {f"colour_{i}": some(random.choice(_COLOURS, _TRAINED_ON)) for i in range(4)}
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
    """A random forest of 500 trees of depth 10 on 20 numbers."""
    from sklearn.ensemble import RandomForestClassifier

    data, score = _numbers(random, _TRAINED_ON)
    model = RandomForestClassifier(500, max_depth=10, random_state=SEED)
    model.set_params(n_jobs=-1).fit(data, _labels(score, random))
    return model.set_params(n_jobs=None), data


def lightgbm(random: Generator) -> tuple[Any, pd.DataFrame]:
    """A LightGBM booster of 500 trees with 31 leaves on 20 numbers."""
    import lightgbm as gbm

    data, score = _numbers(random, _TRAINED_ON)
    params = {"objective": "binary", "num_leaves": 31, "seed": SEED, "deterministic": True, "verbose": -1}
    return gbm.train(params, gbm.Dataset(data, _labels(score, random) == "yes"), num_boost_round=500), data


def xgboost(random: Generator) -> tuple[Any, pd.DataFrame]:
    """An XGBoost booster of 500 trees of depth 6 on 20 numbers."""
    import xgboost as xgb

    data, score = _numbers(random, _TRAINED_ON)
    params = {"objective": "binary:logistic", "max_depth": 6, "eta": 0.1, "seed": SEED}
    return xgb.train(params, xgb.DMatrix(data, _labels(score, random) == "yes"), num_boost_round=500), data


def forest_of(megabytes: int) -> Callable[[Generator], tuple[Any, pd.DataFrame]]:
    """A forest of 100 fully grown trees, whose tables take about so much."""

    def make(random: Generator) -> tuple[Any, pd.DataFrame]:
        from sklearn.ensemble import ExtraTreesRegressor

        data, score = _numbers(random, 200 * megabytes)
        model = ExtraTreesRegressor(100, max_features=1, random_state=SEED, n_jobs=-1)
        return model.fit(data, score + random.normal(size=len(data))).set_params(n_jobs=None), data

    return make


def text_of(terms: int) -> Callable[[Generator], tuple[Any, pd.DataFrame]]:
    """TF-IDF and logistic regression over so many terms."""

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
        return model.fit(data, random.random(len(data)) > 0.5), data  # noqa: PLR2004 - a coin

    return make


MODELS: dict[str, Callable[[Generator], tuple[Any, pd.DataFrame]]] = {
    "linear": linear,
    "forest": forest,
    "lightgbm": lightgbm,
    "xgboost": xgboost,
}


SKLEARN: tuple[str, tuple[str, ...], dict[str, str]] = "sklearn", (), {"serialization_format": "cloudpickle"}
BOOSTERS: dict[str, tuple[str, tuple[str, ...], dict[str, str]]] = {
    "lightgbm": ("lightgbm", ("lightgbm",), {}),
    "xgboost": ("xgboost", ("xgboost-cpu",), {"model_format": "ubj"}),
}
"""MLflow's flavor of a model, the packages it takes besides `PACKAGES`, and how it is saved."""


def recipe(name: str) -> Callable[[Generator], tuple[Any, pd.DataFrame]]:
    """What makes a model: a name of `MODELS`, `forest-80` (MB of tables) or `text-1000` (terms)."""
    kind, _, size = name.partition("-")
    return {"forest": forest_of, "text": text_of}[kind](int(size)) if size else MODELS[kind]


def main(name: str, folder: Path) -> None:
    """Train and save one model."""
    import mlflow

    warnings.simplefilter("ignore")
    logging.getLogger("mlflow").setLevel(logging.ERROR)
    model, data = recipe(name)(np.random.default_rng(SEED))
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
    asked = data.iloc[np.arange(ROWS) % len(data)]
    (folder / "rows.json").write_text(asked.to_json(orient="records", double_precision=15))


def _signature(name: str, model: Any, data: pd.DataFrame) -> Any:
    """What MLflow infers from the columns and from what the model gives for them."""
    import mlflow

    given = importlib.import_module("xgboost").DMatrix(data) if name == "xgboost" else data
    return mlflow.models.infer_signature(data, model.predict(given))


def _numbers(random: Generator, count: int) -> tuple[pd.DataFrame, Any]:
    data = pd.DataFrame(random.normal(size=(count, _COLUMNS)).round(4), columns=[f"x{i}" for i in range(_COLUMNS)])
    return data, data["x0"] * data["x1"] + data["x2"]


def _labels(score: Any, random: Generator) -> Any:
    return np.where(score + random.normal(size=len(score)) > 0, "yes", "no")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))

"""Custom models around estimators, as people write them, that compile."""

import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import catboost
import cloudpickle
import joblib
import lightgbm
import mlflow
import numpy as np
import pandas as pd
import xgboost
import ydf
from mlflow.models import infer_signature
from mlflow.pyfunc import PythonModel
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import LabelEncoder, StandardScaler

from zoo.python_models import save

cloudpickle.register_pickle_by_value(sys.modules[__name__])

_random = np.random.default_rng(0)
TABLE = pd.DataFrame(_random.normal(size=(120, 3)), columns=["age", "income", "debt"]).assign(
    rooms=_random.integers(0, 5, 120), sex=_random.choice(["male", "female"], 120)
)
TABLE["title"] = [f"about {word}" for word in _random.choice(["cats", "dogs", "Birds", "fish"], 120)]
ARRAY = np.linspace(-1, 1, 20).reshape(5, 4)
NUMBERS = TABLE[["age", "income", "debt"]]
LABELS = np.where(TABLE["age"] + TABLE["income"] > 0, "approved", "refused")
CLASSES = (LABELS == "approved").astype(int)


class Probability(PythonModel):
    """The probability of the second class."""

    def __init__(self) -> None:
        self.model = LogisticRegression().fit(NUMBERS, CLASSES)

    def predict(self, context, model_input, params=None):
        return self.model.predict_proba(model_input[["age", "income", "debt"]])[:, 1]


class Features(PythonModel):
    """Features that are made by hand, a scaler, a threshold, and a table of answers."""

    threshold = 0.4

    def __init__(self) -> None:
        features = self.features(TABLE)
        self.scaler = StandardScaler().fit(features)
        self.model = RandomForestClassifier(10, random_state=0).fit(self.scaler.transform(features), CLASSES)

    def features(self, table):
        found = table.copy()
        found["ratio"] = found["debt"] / (found["income"].abs() + 1)
        found["sex"] = found["sex"].map({"male": 0, "female": 1})
        found["rooms"] = np.log1p(found["rooms"])
        found.loc[found["age"] > 1, "age"] = 1.0
        return found.drop(columns=["title", "debt"]).fillna({"ratio": 0.5})

    def predict(self, context, model_input):
        if not isinstance(model_input, pd.DataFrame):
            model_input = pd.DataFrame(model_input)
        probability = self.model.predict_proba(self.scaler.transform(self.features(model_input)))[:, 1]
        label = np.where(probability >= self.threshold, "yes", "no")
        return pd.DataFrame({"probability": probability.round(4), "label": label, "version": "1.0"})


class Artifact(PythonModel):
    """Estimators that were logged as artifacts, and labels that an encoder gives back."""

    def load_context(self, context):
        self.model, self.encoder = joblib.load(context.artifacts["model"])

    def predict(self, context, model_input):
        X = np.asarray(model_input[["age", "income"]], dtype=float)
        return self.encoder.inverse_transform(self.model.predict(X))


class Booster(PythonModel):
    """XGBoost's own interface, and a score out of 100."""

    def __init__(self) -> None:
        self.booster = xgboost.train({"objective": "binary:logistic"}, xgboost.DMatrix(NUMBERS, CLASSES), 5)

    def predict(self, context, model_input):
        scores = self.booster.predict(xgboost.DMatrix(model_input[["age", "income", "debt"]]))
        return {"score": (100 * scores).tolist(), "good": (scores > 0.7).astype(int).tolist()}


class Pooled(PythonModel):
    """CatBoost's own table, and a type of prediction."""

    columns = ["age", "sex", "title", "rooms"]  # noqa: RUF012 - nobody changes it

    def __init__(self) -> None:
        small = {"iterations": 9, "depth": 3, "verbose": False, "allow_writing_files": False}
        texts = {"cat_features": ["sex", "rooms"], "text_features": ["title"]}
        self.model = catboost.CatBoostClassifier(**small, **texts).fit(TABLE[self.columns], CLASSES)

    def predict(self, context, model_input):
        table = model_input[self.columns]
        pool = catboost.Pool(table, cat_features=["sex", "rooms"], text_features=["title"])
        risk = self.model.predict(pool, prediction_type="Probability")[:, 1]
        return pd.DataFrame({"risk": risk, "score": self.model.predict(table, "RawFormulaVal")})


class Yggdrasil(PythonModel):
    """A model of ydf, from its folder."""

    def load_context(self, context):
        self.model = ydf.load_model(context.artifacts["model"])

    def predict(self, context, model_input):
        table = model_input.assign(rich=model_input["income"] > 0)
        return pd.DataFrame({"risk": self.model.predict(table), "rich": table["rich"]})


class Texts(PythonModel):
    """Two columns of text as one, and the class of the highest probability."""

    def __init__(self) -> None:
        texts = TABLE["title"].str.lower() + " " + TABLE["sex"]
        self.vectorizer = TfidfVectorizer().fit(texts)
        self.model = LogisticRegression().fit(self.vectorizer.transform(texts), TABLE["rooms"])

    def predict(self, context, model_input):
        texts = model_input["title"].fillna("").str.lower() + " " + model_input["sex"].fillna("")
        probabilities = self.model.predict_proba(self.vectorizer.transform(texts))
        return pd.DataFrame(probabilities, columns=[f"rooms_{n}" for n in self.model.classes_]).assign(
            rooms=np.argmax(probabilities, axis=1), sure=probabilities.max(axis=1) > 0.3
        )


class Means(PythonModel):
    """The mean of two models, as a Series."""

    def __init__(self) -> None:
        self.one = LogisticRegression().fit(NUMBERS, CLASSES)
        self.other = lightgbm.LGBMClassifier(n_estimators=5, verbose=-1).fit(NUMBERS, CLASSES)

    def predict(self, context, model_input):
        X = model_input.filter(["age", "income", "debt"])
        both = np.column_stack([model.predict_proba(X)[:, 1] for model in (self.one, self.other)])
        return pd.Series((both[:, 0] + both[:, 1]) / 2, name="mean")


class Tariff(PythonModel):
    """No estimator at all."""

    def predict(self, context, model_input):
        price = 10 + 2.5 * model_input["rooms"] ** 2 - np.sqrt(model_input["income"].clip(lower=0))
        cheap = (model_input["sex"] == "female") | model_input["age"].isna()
        return np.select([cheap, price > 30], [price * 0.5, 30.0], default=price)


class Threshold(PythonModel):
    """A threshold that the caller may choose."""

    def __init__(self) -> None:
        self.booster = xgboost.XGBClassifier(n_estimators=5).fit(NUMBERS, CLASSES)

    def predict(self, context, model_input, params=None):
        threshold = params.get("threshold", 0.5) if params else 0.5
        scores = self.booster.predict_proba(model_input[["age", "income", "debt"]])[:, 1]
        return (scores >= threshold).astype(int)


class Nested(PythonModel):
    """A model of MLflow that was logged as an artifact of another."""

    def load_context(self, context):
        self.model = mlflow.pyfunc.load_model(context.artifacts["model"])

    def predict(self, context, model_input):
        model_input["income"] = model_input["income"].abs()
        return pd.DataFrame({"class": self.model.predict(model_input)}, index=model_input.index)


class Layer(PythonModel):
    """A layer of a network, of an array."""

    weights = np.arange(12.0).reshape(4, 3) / 7 - 0.5

    def predict(self, context, model_input):
        scores = np.tanh(model_input @ self.weights + np.array([0.1, 0.2, 0.3]))
        return scores.dot(np.array([1.0, -1.0, 0.5]))


def thresholded(model_input):
    """A function with a loop over columns."""
    table = model_input.copy()
    for column in table.select_dtypes("number").columns:
        table[column] = (table[column] > 0).astype("float64")
    return (table["age"] * table["rooms"]).to_numpy()


def log(model: Any) -> Callable[[Path], Path]:
    """Return the function that saves a model with a signature and an example."""

    def write(folder: Path) -> Path:
        output = model(TABLE) if not isinstance(model, PythonModel) else model.predict(None, TABLE)
        return save(folder / "model", model, signature=infer_signature(TABLE, output), input_example=TABLE[:3])

    return write


def artifact(folder: Path) -> Path:
    """A model whose estimators are an artifact."""
    encoder = LabelEncoder().fit(LABELS)
    estimator = RandomForestClassifier(5, random_state=0).fit(NUMBERS.to_numpy()[:, :2], encoder.transform(LABELS))
    joblib.dump((estimator, encoder), folder / "model.joblib")
    signature = infer_signature(TABLE, LABELS)
    artifacts = {"model": str(folder / "model.joblib")}
    return save(folder / "model", Artifact(), artifacts=artifacts, signature=signature, input_example=TABLE[:3])


def yggdrasil(folder: Path) -> Path:
    """A model whose artifact is a folder of ydf."""
    table = TABLE.assign(rich=TABLE["income"] > 0, y=CLASSES)
    features = ["age", "debt", "sex", "rooms", "rich"]
    learner = ydf.GradientBoostedTreesLearner(label="y", features=features, num_trees=9)
    learner.train(table, verbose=0).save(str(folder / "forest"))
    output = pd.DataFrame({"risk": np.ones(3, "float32"), "rich": [True, False, True]})
    artifacts = {"model": str(folder / "forest")}
    signature = infer_signature(TABLE, output)
    return save(folder / "model", Yggdrasil(), artifacts=artifacts, signature=signature, input_example=TABLE[:3])


def with_params(folder: Path) -> Path:
    """A model with a param."""
    signature = infer_signature(TABLE, CLASSES, params={"threshold": 0.7})
    return save(folder / "model", Threshold(), signature=signature, input_example=(TABLE[:3], {"threshold": 0.6}))


def nested(folder: Path) -> Path:
    """A model around another one of MLflow."""
    with warnings.catch_warnings(action="ignore"):
        estimator = RandomForestClassifier(5, random_state=0).fit(NUMBERS, CLASSES)
        signature = infer_signature(NUMBERS, CLASSES)
        mlflow.sklearn.save_model(estimator, folder / "inner", signature=signature, serialization_format="cloudpickle")
    signature = infer_signature(TABLE, pd.DataFrame({"class": CLASSES}))
    artifacts = {"model": str(folder / "inner")}
    return save(folder / "model", Nested(), artifacts=artifacts, signature=signature, input_example=TABLE[:3])


def layer(folder: Path) -> Path:
    """A model of an array."""
    signature = infer_signature(ARRAY, Layer().predict(None, ARRAY))
    return save(folder / "model", Layer(), signature=signature, input_example=ARRAY[:2])


TRACED: dict[str, Callable[[Path], Path]] = {
    "probability": log(Probability()),
    "features": log(Features()),
    "artifact": artifact,
    "booster": log(Booster()),
    "pool": log(Pooled()),
    "yggdrasil": yggdrasil,
    "texts": log(Texts()),
    "means": log(Means()),
    "tariff": log(Tariff()),
    "function": log(thresholded),
    "nested": nested,
    "params": with_params,
    "layer": layer,
}
"""Models that compile."""

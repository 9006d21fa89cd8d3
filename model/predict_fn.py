"""Serve another method of a model's estimator, such as `predict_proba`."""

import shutil
from pathlib import Path
from typing import Any

import yaml

from model import mlmodel
from model.errors import ModelError
from model.mlmodel import MLModel

_BOOSTERS = {
    "catboost": ("model_type", "CatBoost"),
    "lightgbm": ("model_class", "lightgbm.basic.Booster"),
    "xgboost": ("model_class", "xgboost.core.Booster"),
}
"""By flavor, where MLmodel names a model's class, and the class that has no methods but `predict`."""

_CALLED_BY_MLFLOW = {"predict", "predict_proba", "predict_log_proba", "predict_joint_log_proba", "score"}
"""The methods of scikit-learn's estimators that MLflow calls itself (mlflow.sklearn, `pyfunc_predict_fn`)."""

_LOADER = "thaw_predict_fn"
_LOADER_OF_FLAVOR = '''"""Load an estimator by its flavor, and call the method that MLmodel names."""

from pathlib import Path

import mlflow.{flavor}
from mlflow.models import Model


class Estimator:
    """An estimator whose `predict` is that method: newer MLflow calls the method by its own name."""

    def __init__(self, estimator, method):
        self.estimator = estimator
        self.predict = getattr(estimator, method)
        setattr(self, method, self.predict)


def _load_pyfunc(path):
    folder = next(place for place in (Path(path), *Path(path).parents) if (place / "MLmodel").is_file())
    method = Model.load(str(folder / "MLmodel")).flavors["python_function"]["predict_fn"]
    return Estimator(mlflow.{flavor}.load_model(str(folder)), method)
'''


def with_predict_fn(model: MLModel, name: str, copy: Path) -> MLModel:
    """Copy a model so that `pyfunc` calls another method of its estimator; its outputs are then unknown.

    Raises:
        ModelError: its flavor has no other methods.
    """
    described = mlmodel.read_yaml(model.folder / "MLmodel")
    flavors, flavor = described["flavors"], model.flavor
    named, booster = _BOOSTERS.get(flavor, ("", ""))
    estimator = flavor == "sklearn" or (booster and flavors[flavor].get(named, booster) != booster)
    if not estimator:
        what = "a booster" if booster else "no estimator"
        raise ModelError(
            "--predict-fn chooses a method of an estimator of scikit-learn, LightGBM, XGBoost or CatBoost, "
            f"and this model is {what}, of the flavor {flavor}"
        )
    shutil.copytree(model.folder, copy)
    if flavor == "lightgbm":
        _as_sklearn(flavors)
        flavor = "sklearn"
    if flavor in ("catboost", "xgboost") or name not in _CALLED_BY_MLFLOW:
        _with_loader(flavors["python_function"], flavor, copy)
    flavors["python_function"]["predict_fn"] = name
    if signature := described.get("signature"):
        signature["outputs"] = None
    (copy / "MLmodel").write_text(yaml.safe_dump(described, sort_keys=False))
    return mlmodel.read(copy)._replace(flavor=flavor, own_code=model.own_code, info=model.info)


def _as_sklearn(flavors: dict[str, Any]) -> None:
    """Describe a pickled estimator of LightGBM as scikit-learn's: in its own flavor MLflow only calls `predict`."""
    named = flavors["lightgbm"]
    flavors["sklearn"] = {
        "pickled_model": named["data"],
        "serialization_format": named.get("serialization_format", "cloudpickle"),
        "skops_trusted_types": named.get("skops_trusted_types"),
    }
    flavors["python_function"] |= {"loader_module": "mlflow.sklearn", "model_path": named["data"]}


def _with_loader(pyfunc: dict[str, Any], flavor: str, copy: Path) -> None:
    """Add a loader that calls the method, which MLflow does not call for this flavor."""
    pyfunc["code"] = pyfunc.get("code") or "code"
    (copy / pyfunc["code"]).mkdir(exist_ok=True)
    (copy / pyfunc["code"] / f"{_LOADER}.py").write_text(_LOADER_OF_FLAVOR.format(flavor=flavor))
    pyfunc["loader_module"] = _LOADER

"""Boosters that were fitted on pandas categories: what the build says, and the wrapper in the documentation."""

import re
from importlib.metadata import version
from pathlib import Path
from typing import Any

import lightgbm
import mlflow
import numpy as np
import pandas as pd
import pytest
import xgboost
from any_model.served import post
from mlflow.models import infer_signature
from packages import REQUIREMENTS

from model.build.bundle import Choices, build
from model.errors import ModelError

ROOT = Path(__file__).resolve().parents[2]
CHANCE = np.random.default_rng(0)
TEXTS = pd.DataFrame({"city": CHANCE.choice(["Oslo", "Rome", "Bern"], 200), "size": CHANCE.normal(size=200)})
TABLE = TEXTS.astype({"city": "category"})
TARGET = (TEXTS["city"] == "Rome") * 2.0 + TEXTS["size"]


def fitted(library: str) -> Any:
    """Return a booster that was fitted on categories."""
    if library == "lightgbm":
        return lightgbm.LGBMRegressor(n_estimators=5, verbose=-1).fit(TABLE, TARGET)
    return xgboost.XGBRegressor(n_estimators=5, enable_categorical=True).fit(TABLE, TARGET)


@pytest.mark.parametrize("library", ["lightgbm", "xgboost"])
def test_a_model_of_categories_is_one_line(library: str, tmp_path: Path) -> None:
    """MLflow does not answer the model's own example; the line says why, and where the wrapper is."""
    model = fitted(library)
    signature = infer_signature(TABLE, model.predict(TABLE))
    getattr(mlflow, library).save_model(
        model, tmp_path / "model", signature=signature, input_example=TABLE[:3], pip_requirements=REQUIREMENTS
    )
    with pytest.raises(ModelError, match=r"fitted on pandas categories, .* docs/models\.md") as raised:
        build(tmp_path / "model", tmp_path / "bundle", tell=lambda _: None)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("library", ["lightgbm", "xgboost"])
def test_the_documented_wrapper_serves_it(library: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its answers to texts are the booster's own to categories; an unknown text is a missing value."""
    [code] = re.findall(
        r"test_categories.py -->\n```python\n(.*?)```", (ROOT / "docs/models.md").read_text(), re.DOTALL
    )
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(code, names)  # noqa: S102 - our own documentation

    def save(**options: Any) -> None:
        options.pop("name")
        mlflow.pyfunc.save_model(
            tmp_path / "model", pip_requirements=[*REQUIREMENTS, f"pyarrow=={version('pyarrow')}"], **options
        )

    monkeypatch.setattr(mlflow.pyfunc, "log_model", save)
    model = fitted(library)
    names["log"](model, TABLE)
    built = build(tmp_path / "model", tmp_path / "bundle", Choices(rows=60), tell=lambda _: None)
    assert "proved" == built.manifest.parity["state"]
    rows = TEXTS[50:55].to_dict(orient="records")
    [(status, answer)] = post(built.bundle, ([*rows, {"city": "Paris", "size": 0.5}], ""))
    asked = pd.concat([TABLE[50:55], pd.DataFrame({"city": [None], "size": [0.5]})]).astype(TABLE.dtypes.to_dict())
    assert 200 == status
    assert model.predict(asked).tolist() == [row["prediction"] for row in answer]

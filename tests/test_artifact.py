"""The model that the repository ships, and its model card."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from documented import SHIPPED

from model import train
from model.train import card

ROOT = Path(__file__).resolve().parent.parent
ARTIFACT = ROOT / "model" / "artifact"
CARD = ROOT / "model" / card.NAME

pytestmark = pytest.mark.skipif(not SHIPPED, reason="model/artifact holds another model than the shipped one")


@pytest.fixture(scope="module")
def shipped() -> dict[str, Any]:
    """Return the shipped MLmodel file."""
    described: dict[str, Any] = yaml.safe_load((ARTIFACT / "MLmodel").read_text())
    return described


def test_shipped_model_has_the_promised_columns(shipped: dict[str, Any]) -> None:
    """The signature has a required string `text` as input and a boolean `FakeNewsTrueFalse` as output."""
    columns = {side: yaml.safe_load(shipped["signature"][side]) for side in ("inputs", "outputs")}
    assert [{"name": "text", "type": "string", "required": True}] == columns["inputs"]
    assert [{"name": "FakeNewsTrueFalse", "type": "boolean", "required": True}] == columns["outputs"]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.InconsistentVersionWarning")
def test_shipped_model_predicts_its_example() -> None:
    """MLflow predicts the shipped input example."""
    import mlflow.pyfunc

    model = mlflow.pyfunc.load_model(str(ARTIFACT))
    assert [True] == model.predict(model.input_example).tolist()


def test_shipped_model_clears_the_bar(shipped: dict[str, Any]) -> None:
    """Its cross-validated scores reach the bar, and its threshold is not the default."""
    figures = shipped["metadata"]
    assert figures["roc_auc"] >= 0.85
    assert figures["f1"] >= 0.60
    assert 0.5 != figures["threshold"]


def test_shipped_card_states_the_scores_and_the_terms(shipped: dict[str, Any]) -> None:
    """The model card has the scores of the same training, and the required notices."""
    written, figures = CARD.read_text(), shipped["metadata"]
    for prefix in ("", "publisher_"):
        assert f"| {figures[prefix + 'roc_auc']:.3f} | {figures[prefix + 'f1']:.3f} |" in written
    assert f"at least {figures['threshold']:.2f}" in written
    assert (ROOT / "model" / "data.md").read_text().strip() in written


def test_shipped_model_is_small_and_names_no_folder(shipped: dict[str, Any]) -> None:
    """It stays below 3 MB, and none of its files contains a path of the machine that made it."""
    files = [path for path in ARTIFACT.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 3_000_000
    assert "model.pkl" == shipped["flavors"]["python_function"]["model_path"]
    for path in files:
        for folder in (b"/root", b"/home", b"/tmp", b"/work", b"/Users", b"file:"):
            assert folder not in path.read_bytes(), path


def test_shipped_requirements_are_pinned_and_few() -> None:
    """Its requirements are the packages that loading needs, each pinned."""
    lines = (ARTIFACT / "requirements.txt").read_text().split()
    assert sorted(train.PACKAGES) == sorted(line.split("==")[0] for line in lines)
    assert all(line.count("==") == 1 for line in lines)

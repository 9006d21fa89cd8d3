"""A search of three seconds: what it makes of a CSV file, and what it cannot use."""

import json
import random
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import yaml

from model import automl
from model.automl import Asked, Tried
from model.errors import ModelError

SECONDS = 3.0


def mixed(rows: int = 300) -> pd.DataFrame:
    """Numbers, categories, texts, an id, some of them missing; and what most of them tell."""
    draw = random.Random(1)
    found = []
    for number in range(rows):
        kind = draw.choice(["good", "bad"])
        found.append(
            {
                "id": f"u{number:05d}",
                "city": draw.choice(["Berlin", "Paris", "Rome", None]),
                "age": draw.choice([None, *range(18, 80)]),
                "member": draw.random() < 0.5,
                "review": draw.choice([None, *[f"the {kind} thing was {kind} for all of us"] * 20]),
                "same": 1,
                "price": 10.0 * (kind == "good") + draw.random(),
                "label": "yes" if (kind == "good") ^ (draw.random() < 0.05) else "no",
            }
        )
    return pd.DataFrame(found)


Search = Callable[..., dict[str, object]]


@pytest.fixture(name="search")
def _search(tmp_path: Path) -> Search:
    """Search in a table; what was found."""

    def search(table: pd.DataFrame, target: str, **asked: object) -> dict[str, object]:
        table.to_csv(tmp_path / "data.csv", index=False)
        wanted = Asked(tmp_path / "data.csv", target, **{"minutes": SECONDS / 60, **asked})  # type: ignore[arg-type]
        return automl.search(wanted, tmp_path / "model", tmp_path / "page.html", lambda _: None)

    return search


def test_classes_are_found_from_all_kinds_of_columns(search: Search, tmp_path: Path) -> None:
    """Better than always the same answer, on rows that were held out, and MLflow serves what was found."""
    import mlflow

    found = search(mixed().drop(columns="price"), "label")
    assert {"number": ["age"], "category": ["city", "member"], "text": ["review"]} == found["columns"]
    assert {"id", "same"} == set(found["left_out"])  # type: ignore[call-overload]
    assert found["scores"]["accuracy"] > found["baseline"]["accuracy"] + 0.2  # type: ignore[index]
    asked = mixed()[["age", "city", "member", "review"]].dropna().head(3)
    assert set(mlflow.pyfunc.load_model(str(tmp_path / "model")).predict(asked)) <= {"yes", "no"}
    described = yaml.safe_load((tmp_path / "model" / "MLmodel").read_text())
    assert "label" == json.loads(described["signature"]["outputs"])[0]["name"]


def test_numbers_are_found(search: Search, tmp_path: Path) -> None:
    """A target of many values is one of regression; the page shows what was found."""
    found = search(mixed().drop(columns="label"), "price")
    assert "regression" == found["task"]
    assert found["scores"]["R2"] > 0.5  # type: ignore[index]
    page = (tmp_path / "page.html").read_text()
    assert "<svg" in page
    assert "<script" not in page
    for row in found["leaderboard"]:  # type: ignore[attr-defined]
        assert f"<td>{row['learner']}</td>" in page


def test_progress_is_told(tmp_path: Path) -> None:
    """As trials come in."""
    told: list[Tried] = []
    mixed().to_csv(tmp_path / "data.csv", index=False)
    asked = Asked(tmp_path / "data.csv", "label", SECONDS / 60)
    automl.search(asked, tmp_path / "model", tmp_path / "page.html", told.append)
    assert told
    assert [tried.trials for tried in told] == sorted(tried.trials for tried in told)


@pytest.mark.parametrize(
    ("target", "rows", "said"),
    [
        ("nothing", 300, "there is no column 'nothing'; there are id, city"),
        ("label", 30, "label is known of 30 rows, and 50 are needed"),
        ("same", 300, "same needs two classes or more"),
    ],
)
def test_data_that_cannot_be_used(target: str, rows: int, said: str, search: Search, tmp_path: Path) -> None:
    """It is said in one line why, and nothing is written."""
    with pytest.raises(ModelError, match=said):
        search(mixed(rows), target)
    assert ["data.csv"] == [path.name for path in tmp_path.iterdir()]


def test_time_is_needed(search: Search) -> None:
    """None is refused at once."""
    with pytest.raises(ModelError, match="--minutes must be more than 0"):
        search(mixed(), "label", minutes=0.0)

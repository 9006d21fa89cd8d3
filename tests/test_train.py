"""Training: input data, cross-validation, and the model and card that are written."""

import csv
import random
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from model import train
from model.__main__ import main
from model.errors import ModelError
from model.train import card, duplicates, evaluation, labelled

# Warnings about MLflow's own code.
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*type hint:UserWarning"),
    pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning"),
]

ROOT = Path(__file__).resolve().parent.parent
COMMON = [f"word{number}" for number in range(200)]


def article(seed: int, *, fake: bool) -> str:
    """Return a text of forty words; fake ones contain words that genuine ones lack."""
    words = random.Random(seed).choices(COMMON, k=36)
    return " ".join([*words, *(["SHOCKING", "hoax", "!", "!"] if fake else ["a", "spokesman", "said", "."])])


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    """Write rows as a CSV file and return its path."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def articles(count: int = 60, publishers: int = 10) -> list[dict[str, Any]]:
    """Return rows spread over publishers; every third is fake."""
    return [
        {"text": article(row, fake=row % 3 == 0), "label": row % 3 == 0, "publisher": f"p{row % (publishers * 3) // 3}"}
        for row in range(count)
    ]


class Case(NamedTuple):
    """One training on the synthetic articles."""

    folder: Path
    card: str
    trained: train.Trained
    steps: int


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Train once on the synthetic articles."""
    folder = tmp_path_factory.mktemp("trained")
    data = write(folder / "articles.csv", articles())
    about = folder / "about.md"
    about.write_text("Terms: {do as you like}.")
    steps: list[int] = []
    trained = train.train([data], folder / "new" / "model", about, lambda: steps.append(1))
    return Case(folder / "new" / "model", (folder / "new" / card.NAME).read_text(), trained, len(steps))


def load(folder: Path) -> Any:
    """Load a model with MLflow."""
    import mlflow

    return mlflow.pyfunc.load_model(str(folder))


def to_frame(*texts: str) -> Any:
    """Return texts as a DataFrame."""
    import pandas as pd

    return pd.DataFrame({"text": list(texts)})


def test_mlflow_serves_the_trained_model(case: Case) -> None:
    """MLflow returns booleans, without a warning."""
    output = load(case.folder).predict(to_frame(article(1000, fake=True), article(1001, fake=False)))
    assert bool == output.dtype
    assert [True, False] == output.tolist()


def test_array_and_dataframe_give_the_same(case: Case) -> None:
    """The estimator accepts an object array as well as a DataFrame, without a warning."""
    import mlflow

    estimator = mlflow.sklearn.load_model(str(case.folder))
    texts = to_frame(*(article(seed, fake=seed % 2 == 0) for seed in range(1000, 1010)))
    array = np.array(texts["text"].tolist(), dtype=object).reshape(-1, 1)
    assert estimator.predict_proba(texts).tolist() == estimator.predict_proba(array).tolist()
    assert estimator.predict(texts).tolist() == estimator.predict(array).tolist()


def test_probability_at_the_threshold_is_fake(case: Case) -> None:
    """`predict` returns True exactly if the probability reaches the threshold in the metadata."""
    import mlflow

    estimator = mlflow.sklearn.load_model(str(case.folder))
    texts = to_frame(*(article(seed, fake=seed % 2 == 0) for seed in range(1000, 1040)))
    threshold = load(case.folder).metadata.metadata["threshold"]
    assert (estimator.predict_proba(texts)[:, 1] >= threshold).tolist() == estimator.predict(texts).tolist()


def test_separable_texts_score_high(case: Case) -> None:
    """Separable articles score near 1 over texts and over publishers, in the announced number of steps."""
    assert case.trained.by_publisher is not None
    assert (60, 20) == (case.trained.scores.rows, case.trained.scores.fake_rows)
    assert case.trained.scores.roc_auc > 0.95
    assert case.trained.by_publisher.roc_auc > 0.95
    assert train.count_steps() == case.steps


def test_random_labels_score_like_guessing() -> None:
    """Cross-validation does not overfit to noise."""
    rows = np.array([article(seed, fake=False) for seed in range(200)], dtype=object).reshape(-1, 1)
    fake = np.random.default_rng(0).random(200) < 0.3
    scores = evaluation.cross_validate(train.pipeline(), rows, fake, np.arange(200), lambda: None)
    assert pytest.approx(0.5, abs=0.15) == scores.roc_auc


def test_training_again_gives_the_same_model(case: Case, tmp_path: Path) -> None:
    """Training is deterministic to the byte."""
    again = train.train([write(tmp_path / "articles.csv", articles())], tmp_path / "model")
    assert case.trained == again
    assert (case.folder / "model.pkl").read_bytes() == (tmp_path / "model" / "model.pkl").read_bytes()


def test_files_are_joined_and_labels_normalized(tmp_path: Path) -> None:
    """Rows without a text are left out, and quoted line breaks stay in their cell."""
    one = write(tmp_path / "one.csv", [{"text": "a\nb", "label": "FAKE"}, {"text": " ", "label": "?"}])
    two = write(tmp_path / "two.csv", [{"label": "0", "publisher": "p", "text": "NA"}])
    data = labelled.read_labelled_texts([one, two])
    assert ["a\nb", "NA"] == data.texts.tolist()
    assert [True, False] == data.fake.tolist()
    assert ["", "p"] == data.publishers.tolist()
    assert [("one.csv", 1, 1), ("two.csv", 1, 0)] == [(file.name, file.rows, file.fake) for file in data.sources]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("text,rating\na,1\n", "lacks the column label: its columns are text, rating"),
        ("words,rating\na,1\n", "lacks the column text and the column label"),
        ("text,label\na,true\nb,maybe\n", "row 2: the label 'maybe' is not one of true, fake, 1"),
        ("text,label\n", "has no rows with a text"),
        ("text,label\n,\n", "has no rows with a text"),
        ("", "is not a CSV file in UTF-8"),
        ("text,label\n\xff\xfe,true\n", "is not a CSV file in UTF-8"),
        ('text,label\n"a,true\n', "is not a CSV file in UTF-8"),
        ("text,label\na,true\nb,true\n", "all 2 rows have the same label"),
        ("text,label\na,true\nb,false\n", "too few rows: each class needs 10 texts"),
        ("text,label\n" + "a b c d e f,true\n" * 50 + "x,false\n" * 50, "and the rarer class has 1"),
    ],
)
def test_bad_data_is_refused_in_one_line(tmp_path: Path, content: str, message: str) -> None:
    """The error names the file and the problem, and nothing is written."""
    data = tmp_path / "data.csv"
    data.write_bytes(content.encode("latin-1"))
    with pytest.raises(ModelError) as caught:
        train.train([data], tmp_path / "model")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert [data] == list(tmp_path.iterdir())


def test_missing_files_are_named(tmp_path: Path) -> None:
    """The error names a missing file of data or of terms."""
    with pytest.raises(ModelError, match=r"cannot read .*none\.csv: No such file"):
        train.train([tmp_path / "none.csv"], tmp_path / "model")
    with pytest.raises(ModelError, match=r"cannot read .*none\.md: No such file"):
        train.train([tmp_path / "none.csv"], tmp_path / "model", tmp_path / "none.md")


def test_a_failure_keeps_the_previous_model(case: Case, tmp_path: Path) -> None:
    """An interrupted training changes neither the model nor the card, and leaves no other files."""
    data = write(tmp_path / "articles.csv", articles())
    before = {path: path.read_bytes() for path in case.folder.parent.rglob("*") if path.is_file()}

    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train.train([data], case.folder, advance=stop)
    assert before == {path: path.read_bytes() for path in case.folder.parent.rglob("*") if path.is_file()}


def test_a_directory_made_during_training_is_not_replaced(tmp_path: Path) -> None:
    """A directory that someone else creates meanwhile stays."""
    data, out = write(tmp_path / "articles.csv", articles(publishers=1)), tmp_path / "out"
    with pytest.raises(ModelError, match="choose another --out"):
        train.train([data], out, advance=lambda: out.mkdir(exist_ok=True))
    assert sorted([data, out]) == sorted(tmp_path.iterdir())


def test_only_a_model_is_replaced(tmp_path: Path) -> None:
    """Another directory is not replaced; a previous model is, whole."""
    data = write(tmp_path / "articles.csv", articles(publishers=1))
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.txt").write_text("years of work")
    with pytest.raises(ModelError, match="exists and is not an MLflow model: choose another --out"):
        train.train([data], out)
    (out / "MLmodel").touch()
    train.train([data], out)
    assert not (out / "thesis.txt").exists()
    assert ["articles.csv", card.NAME, "out"] == sorted((path.name for path in tmp_path.iterdir()), key=str.lower)


def test_one_publisher_cannot_be_scored_on_others(tmp_path: Path) -> None:
    """With too few publishers, their scores are left out and the card says so."""
    trained = train.train([write(tmp_path / "articles.csv", articles(publishers=1))], tmp_path / "model")
    assert trained.by_publisher is None
    written = (tmp_path / card.NAME).read_text()
    assert "**Publishers**: not measured" in written
    assert "terms of the data are not stated" in written


def test_the_card_lists_the_training_data(case: Case) -> None:
    """The card names each file with rows and hash, and contains the data's terms unchanged."""
    assert "| `articles.csv` | 60 | 20 | `" in case.card
    assert "Terms: {do as you like}." in case.card


def test_near_duplicates_share_a_group() -> None:
    """Copies, shortened and lightly edited texts, and texts connected by a chain share a group; others do not."""
    first, second = article(1, fake=False), article(2, fake=False)
    edited = first.upper().replace("WORD", "word", 1) + " And more."
    half = " ".join(first.split()[:20])
    joined = half + " " + " ".join(second.split()[:12])
    texts = [first, second, edited, half, joined, article(3, fake=True), "short one", "Short one!", ""]
    groups = duplicates.group_near_duplicates(texts).tolist()
    assert 1 == len({groups[place] for place in (0, 2, 3, 4)})
    assert groups[6] == groups[7]
    assert 5 == len(set(groups))


def test_folds_never_divide_a_group() -> None:
    """No group is on both sides of a fold, and each row is tested once."""
    rng = np.random.default_rng(0)
    groups, fake = rng.integers(0, 60, 300), rng.random(300) < 0.3
    tested = []
    for training, testing in evaluation.split_into_folds(fake, groups):
        assert not set(groups[training]) & set(groups[testing])
        tested += testing.tolist()
    assert list(range(300)) == sorted(tested)


def test_threshold_is_the_best_for_f1() -> None:
    """The threshold excludes the genuine texts with the highest probabilities."""
    fake = np.array([False, False, False, True, True])
    assert pytest.approx(0.21) == evaluation.best_threshold(fake, np.array([0.1, 0.15, 0.2, 0.3, 0.9]))


def test_command_prints_the_scores(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command prints a table of scores and the names of the written files."""
    data = write(tmp_path / "articles.csv", articles())
    assert 0 == main(["train", str(data), "--out", str(tmp_path / "model")])
    printed = capsys.readouterr().out
    assert "ROC-AUC" in printed
    assert f"Wrote {tmp_path / 'model'}" in printed
    assert f"Next: make run MODEL={tmp_path / 'model'} serves it" == printed.splitlines()[-1]


def test_training_libraries_are_imported_late() -> None:
    """`python -m model` starts without them: where bundles are built, they are not installed."""
    script = "import sys; from model import train; print({'numpy', 'pandas', 'sklearn', 'mlflow'} & set(sys.modules))"
    printed = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "set()" == printed.stdout.strip()

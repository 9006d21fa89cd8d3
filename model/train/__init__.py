"""Train the fake-text classifier that this repository ships, on its data or on yours.

Each CSV file has the columns `text` and `label` (true, fake, 1: fake; false, real, 0: not fake).
"""

import importlib.metadata
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model.errors import ModelError
from model.get.placing import check_replaceable, replace_model
from model.mlmodel import note_source
from model.train import card, duplicates, evaluation, labelled

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

COMMAND, NAME = "python -m model train", "fake-news"
INPUT, OUTPUT = "text", "FakeNewsTrueFalse"
EXAMPLE = (
    "Shocking: scientists admit that the moon is a hologram!!! Share this before they delete it, "
    "because the media will NEVER tell you."
)
PACKAGES = ("mlflow-skinny", "scikit-learn", "numpy", "scipy", "pandas", "cloudpickle")
FEWEST = 10  # texts of each class, near-duplicates counted once
_TERMS = 10_000


@dataclass(frozen=True)
class Trained:
    """The result of a training.

    Attributes:
        scores: on texts that are not near-duplicates of training texts; their threshold is the model's.
        by_publisher: on texts of publishers outside the training data; None if too few publishers are known.
    """

    scores: evaluation.Scores
    by_publisher: evaluation.Scores | None

    def figures(self) -> dict[str, float]:
        """Return the metrics for the MLmodel file, rounded to three decimals."""
        found = {"threshold": self.scores.threshold, **_figures(self.scores)}
        if self.by_publisher:
            found |= {f"publisher_{name}": value for name, value in _figures(self.by_publisher).items()}
            if self.by_publisher.roc_auc_within is not None:
                found["publisher_roc_auc_within"] = self.by_publisher.roc_auc_within
        return {name: round(value, 3) for name, value in found.items()}


def train(
    csvs: Sequence[Path], out: Path, about: Path | None = None, advance: Callable[[], None] = lambda: None
) -> Trained:
    """Train on CSV files; write the MLflow model `out` and MODEL_CARD.md beside it.

    Both are written under temporary names and then renamed, so that a failure keeps the previous ones.

    Args:
        csvs: as `labelled.read_labelled_texts` takes them.
        out: the directory to create or, if it holds an MLflow model, to replace.
        about: a Markdown file with the data's sources and terms, copied into the card.
        advance: called after each of at most `count_steps()` steps.

    Raises:
        ModelError: the data cannot be read or has too few rows, or `out` is not an MLflow model.
    """
    terms = _read_about(about)
    with _work_directory(out) as folder:
        data = labelled.read_labelled_texts(csvs)
        groups = _groups(data)
        scores = evaluation.cross_validate(pipeline(), data.texts.reshape(-1, 1), data.fake, groups, advance)
        trained = Trained(scores, _by_publisher(data, advance))
        save(fit(data, scores.threshold), folder / "new", trained.figures())
        note_source(folder / "new", COMMAND, NAME)
        (folder / card.NAME).write_text(card.text(data.sources, trained.figures(), terms), encoding="utf-8")
        replace_model(folder / "new", out)
        (folder / card.NAME).replace(out.parent / card.NAME)
    advance()
    return trained


def count_steps() -> int:
    """Return the largest number of steps that `train` takes."""
    return 2 * evaluation.FITS + 1


def pipeline() -> Any:
    """Return the unfitted classifier: words and punctuation weighted by TF-IDF, then logistic regression.

    It takes an object array or a DataFrame of shape (n, 1). The column is selected by position, so neither
    causes a warning about feature names.
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline

    words = TfidfVectorizer(token_pattern=r"\w+|[^\w\s]", max_features=_TERMS, sublinear_tf=True)  # noqa: S106
    return Pipeline(
        [
            ("features", ColumnTransformer([(INPUT, words, 0)])),
            ("classifier", LogisticRegression(C=10.0, class_weight="balanced", max_iter=1000)),
        ]
    )


def fit(data: labelled.Labelled, threshold: float) -> Any:
    """Return a classifier fitted on all the data; its `predict` returns booleans, True for fake."""
    from sklearn.model_selection import FixedThresholdClassifier

    decided = FixedThresholdClassifier(pipeline(), threshold=threshold, pos_label=True, response_method="predict_proba")
    return decided.fit(data.texts.reshape(-1, 1), data.fake)


def save(model: Any, folder: Path, figures: dict[str, float]) -> None:
    """Write a fitted classifier as an MLflow model; `figures` become its metadata."""
    import logging

    import mlflow
    import pandas as pd
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema

    # MLflow warns that pickles can run code; this one is written here.
    logging.getLogger("mlflow").setLevel(logging.ERROR)
    mlflow.sklearn.save_model(
        model,
        folder,
        # The default, skops, takes seconds to load a vocabulary.
        serialization_format="cloudpickle",
        signature=ModelSignature(Schema([ColSpec("string", INPUT)]), Schema([ColSpec("boolean", OUTPUT)])),
        input_example=pd.DataFrame({INPUT: [EXAMPLE]}),
        pip_requirements=[f"{name}=={importlib.metadata.version(name)}" for name in PACKAGES],
        metadata=figures,
    )


def _figures(scores: evaluation.Scores) -> dict[str, float]:
    return {"rows": scores.rows, "fake_rows": scores.fake_rows, "roc_auc": scores.roc_auc, "f1": scores.f1}


@contextmanager
def _work_directory(out: Path) -> Iterator[Path]:
    """Check that `out` can be written; yield a temporary directory on the same file system."""
    check_replaceable(out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        folder = tempfile.TemporaryDirectory(prefix=".train-", dir=out.parent)
    except OSError as error:
        raise ModelError(f"cannot write {out.parent}: {error.strerror}") from None
    with folder as path:
        yield Path(path)


def _read_about(about: Path | None) -> str:
    try:
        return about.read_text(encoding="utf-8") if about else ""
    except OSError as error:
        raise ModelError(f"cannot read {about}: {error.strerror}") from None


def _groups(data: labelled.Labelled) -> "NDArray[np.intp]":
    if len(set(data.fake)) < 2:  # noqa: PLR2004
        raise ModelError(f"all {len(data.fake)} rows have the same label: texts of both classes are needed")
    groups = duplicates.group_near_duplicates(data.texts)
    if (unrelated := evaluation.count_groups_of_rarer_class(data.fake, groups)) < FEWEST:
        raise ModelError(
            f"too few rows: each class needs {FEWEST} texts that are not near-duplicates, "
            f"and the rarer class has {unrelated}"
        )
    return groups


def _by_publisher(data: labelled.Labelled, advance: Callable[[], None]) -> evaluation.Scores | None:
    known = data.publishers != ""
    rows, fake = data.texts[known].reshape(-1, 1), data.fake[known]
    try:
        return evaluation.cross_validate(pipeline(), rows, fake, data.publishers[known], advance)
    except ModelError:
        return None

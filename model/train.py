"""Trains the classifier of fake texts that this repository ships, or the same on texts of your own.

Each CSV file has the columns `text` and `label` (true, fake, 1: fake; false, real, 0: not fake).
"""

import importlib.metadata
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model import card, duplicates, evaluation, labelled
from model.errors import ModelError
from model.get import check_replaceable, replace

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

INPUT, OUTPUT = "text", "FakeNewsTrueFalse"
EXAMPLE = (
    "Shocking: scientists admit that the moon is a hologram!!! Share this before they delete it, "
    "because the media will NEVER tell you."
)
PACKAGES = ("mlflow-skinny", "scikit-learn", "numpy", "scipy", "pandas", "cloudpickle")
FEWEST = 10  # unrelated texts of each class
_TERMS = 10_000


@dataclass(frozen=True)
class Trained:
    """What one training gave.

    Attributes:
        scores: on texts that are no near-duplicates of those trained on; their threshold is the model's.
        by_publisher: on texts of publishers not trained on; None if too few publishers are known.
    """

    scores: evaluation.Scores
    by_publisher: evaluation.Scores | None

    def figures(self) -> dict[str, float]:
        """Return the figures that go into the MLmodel file, rounded to three decimals."""
        found = {"threshold": self.scores.threshold, **_figures(self.scores)}
        if self.by_publisher:
            found |= {f"publisher_{name}": value for name, value in _figures(self.by_publisher).items()}
            if self.by_publisher.roc_auc_within is not None:
                found["publisher_roc_auc_within"] = self.by_publisher.roc_auc_within
        return {name: round(value, 3) for name, value in found.items()}


def train(
    csvs: Sequence[Path], out: Path, about: Path | None = None, advance: Callable[[], None] = lambda: None
) -> Trained:
    """Train on CSV files, write the MLflow model `out` and beside it MODEL_CARD.md.

    Both are written under a temporary name and renamed, so that what fails leaves the old ones.

    Args:
        csvs: see `labelled.read`.
        out: the folder to make or, if it holds an MLflow model, to replace.
        about: a Markdown file on the data's sources and terms, copied into the card.
        advance: called after each of at most `fits()` steps.

    Raises:
        ModelError: the data cannot be read or is too little, or `out` holds something else.
    """
    terms = _read_about(about)
    with _beside(out) as folder:
        data = labelled.read(csvs)
        groups = _groups(data)
        scores = evaluation.cross_validate(pipeline(), data.texts.reshape(-1, 1), data.fake, groups, advance)
        trained = Trained(scores, _by_publisher(data, advance))
        save(fit(data, scores.threshold), folder / "new", trained.figures())
        (folder / card.NAME).write_text(card.text(data.sources, trained.figures(), terms), encoding="utf-8")
        check_replaceable(out)  # again: training took a while
        replace(folder / "new", out)
        (folder / card.NAME).replace(out.parent / card.NAME)
    advance()
    return trained


def fits() -> int:
    """Return how many steps `train` takes at most."""
    return 2 * evaluation.FITS + 1


def pipeline() -> Any:
    """Return the unfitted classifier: words and punctuation weighted by TF-IDF, then logistic regression.

    It takes an object array or a DataFrame of shape (n, 1). The column is chosen by position, so neither
    gives a warning about feature names.
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
    """Return a classifier fitted on all the data, whose `predict` gives booleans: whether a text is fake."""
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

    # It warns that a pickle can run code, which whoever made it themselves knows.
    logging.getLogger("mlflow").setLevel(logging.ERROR)
    mlflow.sklearn.save_model(
        model,
        folder,
        # Its default, skops, takes seconds to load a vocabulary.
        serialization_format="cloudpickle",
        signature=ModelSignature(Schema([ColSpec("string", INPUT)]), Schema([ColSpec("boolean", OUTPUT)])),
        input_example=pd.DataFrame({INPUT: [EXAMPLE]}),
        pip_requirements=[f"{name}=={importlib.metadata.version(name)}" for name in PACKAGES],
        metadata=figures,
    )


def _figures(scores: evaluation.Scores) -> dict[str, float]:
    return {"rows": scores.rows, "fake_rows": scores.fake_rows, "roc_auc": scores.roc_auc, "f1": scores.f1}


@contextmanager
def _beside(out: Path) -> Iterator[Path]:
    """Yield a temporary folder on the file system of `out`, once it is clear that `out` may be written."""
    check_replaceable(out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        folder = tempfile.TemporaryDirectory(prefix=".train-", dir=out.parent)
    except OSError as error:
        raise ModelError(f"{out.parent} cannot be written: {error.strerror}") from None
    with folder as path:
        yield Path(path)


def _read_about(about: Path | None) -> str:
    try:
        return about.read_text(encoding="utf-8") if about else ""
    except OSError as error:
        raise ModelError(f"{about} cannot be read: {error.strerror}") from None


def _groups(data: labelled.Labelled) -> "NDArray[np.intp]":
    if len(set(data.fake)) < 2:  # noqa: PLR2004
        raise ModelError(f"all {len(data.fake)} rows have the same label: both true and false ones are needed")
    groups = duplicates.groups(data.texts)
    if (unrelated := evaluation.smallest_class(data.fake, groups)) < FEWEST:
        raise ModelError(
            f"too few rows: {FEWEST} texts of each class that are no near-duplicates are needed, "
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

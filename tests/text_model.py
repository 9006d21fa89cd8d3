"""A small text classifier with the columns of the shipped model, trained on generated texts.

Tests use it instead of the model in model/artifact, which anyone may replace with another.
"""

import random
from pathlib import Path

import numpy as np

from model import train
from model.train.labelled import Labelled

FIGURES = {"threshold": 0.5, "rows": 60.0, "fake_rows": 20.0, "roc_auc": 1.0, "f1": 1.0}
_WORDS = [f"word{number}" for number in range(500)]


def save(folder: Path) -> None:
    """Train the classifier and write it as an MLflow model."""
    draw = random.Random(0)
    fake = np.arange(60) % 3 == 0
    texts = [
        " ".join([*draw.choices(_WORDS, k=36), "SHOCKING hoax !" if one else "a spokesman said ."]) for one in fake
    ]
    data = Labelled(np.array(texts, dtype=object), fake, np.full(60, "", dtype=object), ())
    train.save(train.fit(data, FIGURES["threshold"]), folder, FIGURES)

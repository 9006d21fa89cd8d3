"""The models to serve: the shipped one, those that are trained here, or any directory."""

import hashlib
import itertools
import json
import re
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from bench import training
from model import mlmodel
from model.errors import ModelError
from model.mlmodel import MLModel
from model.process import ROOT

TITLES = {
    "text": "TF-IDF and logistic regression, the shipped model",
    "linear": "logistic regression behind a ColumnTransformer: 12 columns, some values missing",
    "forest": "random forest: 500 trees of depth 10, 20 columns",
    "lightgbm": "LightGBM: 500 trees of 31 leaves, 20 columns",
    "xgboost": "XGBoost: 500 trees of depth 6, 20 columns",
    "catboost": "CatBoost: 500 trees of depth 6, 17 numbers and three columns of categories",
    "array": "a custom PythonModel that needs numpy alone: a layer of 20 inputs",
    "wrapper": "a custom PythonModel around a scikit-learn forest: 100 trees of depth 8, 20 columns",
}
"""Descriptions by name."""

PAYLOAD = 6_000_000
"""Largest request in bytes, slightly below Lambda's limit."""

_WORDS = 50


class BenchModel(NamedTuple):
    """A model, and rows to predict.

    Attributes:
        name: its name in tables, plots and directories.
        title: a description in one line.
        model: the MLflow model.
        example: one row.
        rows: `training.ROWS` rows.
        note: how the rows were changed; empty if they were not.
    """

    name: str
    title: str
    model: MLModel
    example: dict[str, Any]
    rows: list[dict[str, Any]]
    note: str = ""


def load_model(name: str, cache: Path) -> BenchModel:
    """Return a model by its name, trained on first use, or by its directory.

    Raises:
        ModelError: the model cannot be trained or read, or has no input example.
    """
    if name == "text":
        model, rows = mlmodel.read(ROOT / "model" / "artifact"), _make_texts("text")
    elif name in TITLES:
        folder = train_model(name, cache)
        model, rows = mlmodel.read(folder / "model"), json.loads((folder / "rows.json").read_text())
    else:
        model, rows = mlmodel.read(Path(name)), []
    if model.example is None:
        raise ModelError(f"the model in {model.folder} has no input example to send")
    examples = model.example[0]
    rows, note = _shorten(rows or list(itertools.islice(itertools.cycle(examples), training.ROWS)))
    label = name if name in TITLES else Path(name).resolve().name
    return BenchModel(label, TITLES.get(name, f"{model.info.name}, {model.flavor}"), model, examples[0], rows, note)


def train_model(name: str, cache: Path) -> Path:
    """Return the directory that `bench.training` writes for a name, cached until that code or its packages change.

    Raises:
        ModelError: training failed.
    """
    files = (Path(training.__file__), ROOT / "bench" / "python_models.py", ROOT / "requirements" / "dev.txt")
    source = b"".join(path.read_bytes() for path in files)
    folder = cache / "models" / f"{name}-{hashlib.sha256(source).hexdigest()[:12]}"
    if not (folder / "rows.json").exists():
        command = [sys.executable, "-m", "bench.training", name, str(folder.resolve())]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise ModelError(f"training {name} failed: {done.stderr.strip().splitlines()[-1]}")
    return folder


def _make_texts(column: str) -> list[dict[str, Any]]:
    """Return texts of English words from this repository's model card."""
    words = re.findall(r"[a-z']+", (ROOT / "model" / "MODEL_CARD.md").read_text().lower())
    random = Random(training.SEED)  # noqa: S311 - not a secret
    return [{column: " ".join(random.choices(words, k=_WORDS))} for _ in range(training.ROWS)]


def _shorten(rows: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], str]:
    """Return the rows, with shorter texts if together they exceed Lambda's limit, and a note on that."""
    size = len(json.dumps(json.dumps(rows)))
    if size <= PAYLOAD:
        return rows, ""
    longest = max(len(value) for row in rows for value in row.values() if isinstance(value, str))
    length = int(longest * PAYLOAD / size * 0.9)
    cut = [{k: v[:length] if isinstance(v, str) else v for k, v in row.items()} for row in rows]
    return cut, f"texts are cut to {length} characters, so that {len(rows):,} rows fit into a Lambda request"

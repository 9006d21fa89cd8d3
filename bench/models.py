"""The models that are served: the one that comes along, four that are trained here, or any folder."""

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
from model.child import ROOT
from model.errors import ModelError
from model.mlmodel import MLModel

TITLES = {
    "text": "TF-IDF and logistic regression, the model that comes along",
    "linear": "logistic regression behind a ColumnTransformer: 12 columns, some values missing",
    "forest": "random forest: 500 trees of depth 10, 20 columns",
    "lightgbm": "LightGBM: 500 trees of 31 leaves, 20 columns",
    "xgboost": "XGBoost: 500 trees of depth 6, 20 columns",
}
"""What can be named, and what it is."""

PAYLOAD = 6_000_000
"""Bytes that Lambda takes of a request, a little less."""

_WORDS = 50


class Served(NamedTuple):
    """A model, and what it is asked.

    Attributes:
        name: in tables, plots and folders.
        title: a line that describes it.
        model: MLflow's.
        example: one row of its columns.
        rows: `training.ROWS` of them.
        note: what was done to the rows, if anything was.
    """

    name: str
    title: str
    model: MLModel
    example: dict[str, Any]
    rows: list[dict[str, Any]]
    note: str = ""


def served(name: str, cache: Path) -> Served:
    """A model by its name, trained when it is first asked for, or by its folder.

    Raises:
        ModelError: it cannot be trained or read, or has no input example to ask for.
    """
    if name == "text":
        model, rows = mlmodel.read(ROOT / "model" / "artifact"), _texts("text")
    elif name in TITLES:
        folder = trained(name, cache)
        model, rows = mlmodel.read(folder / "model"), json.loads((folder / "rows.json").read_text())
    else:
        model, rows = mlmodel.read(Path(name)), []
    if model.example is None:
        raise ModelError(f"the model in {model.folder} has no input example to ask for")
    examples = model.example[0]
    rows, note = _fitting(rows or list(itertools.islice(itertools.cycle(examples), training.ROWS)))
    label = name if name in TITLES else Path(name).resolve().name
    return Served(label, TITLES.get(name, f"{model.info.name}, {model.flavor}"), model, examples[0], rows, note)


def trained(name: str, cache: Path) -> Path:
    """The folder that `bench.training` writes for a name, kept until what makes it changes.

    Raises:
        ModelError: it ended with an error.
    """
    made_by = Path(training.__file__).read_bytes() + (ROOT / "requirements.txt").read_bytes()
    folder = cache / "models" / f"{name}-{hashlib.sha256(made_by).hexdigest()[:12]}"
    if not (folder / "rows.json").exists():
        command = [sys.executable, "-m", "bench.training", name, str(folder.resolve())]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise ModelError(f"training {name} failed: {done.stderr.strip().splitlines()[-1]}")
    return folder


def _texts(column: str) -> list[dict[str, Any]]:
    """Texts of English words out of this repository's documents."""
    words = re.findall(r"[a-z']+", (ROOT / "model" / "MODEL_CARD.md").read_text().lower())
    random = Random(training.SEED)  # noqa: S311 - not a secret
    return [{column: " ".join(random.choices(words, k=_WORDS))} for _ in range(training.ROWS)]


def _fitting(rows: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], str]:
    """The rows, their texts cut where all together are more than Lambda takes."""
    size = len(json.dumps(json.dumps(rows)))
    if size <= PAYLOAD:
        return rows, ""
    longest = max(len(value) for row in rows for value in row.values() if isinstance(value, str))
    length = int(longest * PAYLOAD / size * 0.9)
    cut = [{k: v[:length] if isinstance(v, str) else v for k, v in row.items()} for row in rows]
    return cut, f"texts are cut to {length} characters, so that {len(rows):,} rows are no more than Lambda takes"

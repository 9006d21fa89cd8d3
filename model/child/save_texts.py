"""Save folders of transformers and sentence-transformers as MLflow models, with the signature that MLflow infers."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

from .saving import REMEDY, ROWS, Problem, answered, pinned, read_example

if TYPE_CHECKING:
    from .contract import SaveRequest

COLUMNS = {
    "question-answering": {"question", "context"},
    "zero-shot-classification": {"sequences", "candidate_labels"},
}
"""The columns of an example that has not one text a row."""

_OPTIONAL = {"hypothesis_template"}
_WANTED = (
    *("mlflow-skinny", "numpy", "pandas", "safetensors", "sentence-transformers", "sentencepiece", "tokenizers"),
    *("torch", "transformers"),
)


def pipeline(request: SaveRequest) -> None:
    """Save a folder with a model and its tokenizer as the pipeline of a task.

    Raises:
        Problem: the task has no pipeline here, or the example is not one of its inputs.
    """
    import mlflow
    import transformers

    task, folder = request["task"], request["file"]
    example = _example(request["example"], task)
    try:
        made = transformers.pipeline(task, model=folder, tokenizer=folder, framework="pt")
    except TypeError:  # from version 5 on there is no other
        made = transformers.pipeline(task, model=folder, tokenizer=folder)
    except KeyError as error:
        here = f"transformers {transformers.__version__}"
        raise Problem(f"{here} has no pipeline for {task} ({error}): {REMEDY}") from None

    def save(place: Path) -> None:
        mlflow.transformers.save_model(made, str(place), input_example=example, pip_requirements=pinned(_WANTED))

    _save(save, request, example)


def sentences(request: SaveRequest) -> None:
    """Save a folder of sentence-transformers."""
    import mlflow
    from sentence_transformers import SentenceTransformer

    example = _example(request["example"], "")
    model = SentenceTransformer(request["file"])

    def save(place: Path) -> None:
        mlflow.sentence_transformers.save_model(
            model, str(place), input_example=example, pip_requirements=pinned(_WANTED)
        )

    _save(save, request, example)


SAVERS: dict[str, Callable[[SaveRequest], None]] = {"transformers": pipeline, "sentence-transformers": sentences}


def _save(save: Callable[[Path], None], request: SaveRequest, example: Any) -> None:
    """Save a model, and see that MLflow answers the example."""
    place = Path(request["folder"])
    shutil.rmtree(place, ignore_errors=True)
    save(place)
    answered(place, example)


def _example(path: str, task: str) -> Any:
    """Return texts, or for some tasks a row of several.

    Raises:
        Problem: the example holds other columns, or values that are no texts.
    """
    found = read_example(path, texts=True)
    rows = found.to_dict(orient="records") if hasattr(found, "columns") else found
    rows = [rows] if isinstance(rows, dict) else list(rows)[:ROWS]
    needed = COLUMNS.get(task)
    if needed is None:
        texts = [next(iter(row.values())) if isinstance(row, dict) and len(row) == 1 else row for row in rows]
        if not all(isinstance(text, str) for text in texts):
            raise Problem("the example is not one column of texts, nor a JSON list of them")
        return texts
    for row in rows:
        if not isinstance(row, dict) or not needed <= set(row) <= needed | _OPTIONAL:
            raise Problem(f"{task} takes the columns {', '.join(sorted(needed))}, and the example has others")
    return rows[0] if task == "zero-shot-classification" else rows

"""Compiles an estimator in this process and compares it with scikit-learn's own answers."""

import json
import math
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pandas as pd
import pytest

from handler import arrays
from handler.backends.compiled import CompiledModel, trees
from handler.bundle import Manifest
from model import child, proof

_TYPES = {"bool": "boolean", "int32": "integer", "int64": "long", "float32": "float", "float64": "double"}

Compare = Callable[..., proof.Verdict]


@pytest.fixture(scope="session", autouse=True)
def _exporters() -> Iterator[None]:
    """The exporters, imported as the child imports them: by themselves."""
    with child.alone(child.ROOT / "model" / "exporters") as path:
        sys.path.insert(0, str(path))
        yield
        sys.path.remove(str(path))


class BothWays:
    """A model whose trees are evaluated in C and in Python, which must say the same."""

    def __init__(self, *models: CompiledModel) -> None:
        self._models = models

    def predict(self, columns: dict[str, list[Any]], params: dict[str, Any]) -> list[Any]:
        """What both say."""
        fast, plain = (model.predict(columns, params) for model in self._models)
        assert repr(plain) == repr(fast)
        return fast


@pytest.fixture
def compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Any, pd.DataFrame, str], CompiledModel | BothWays]:
    """Compiles a fitted estimator for the columns of a DataFrame, as `model build` does."""

    def make(estimator: Any, frame: pd.DataFrame, method: str = "predict") -> CompiledModel | BothWays:
        from exporters import Origin, Rows, Tables, answered, export

        inputs = _inputs(frame)
        tables = Tables()
        types = tuple(spec["type"] for spec in inputs)
        given = Rows(len(inputs), "columns", types, tuple(Origin(spec["name"]) for spec in inputs))
        exported = export(estimator, method, given, tables)
        graph = {"tables": tables.described, "root": answered(exported)}
        (tmp_path / "graph.json").write_text(json.dumps(graph, allow_nan=False))
        (tmp_path / "arrays.bin").write_bytes(tables.data)
        manifest = {
            "format": 1, "backend": "compiled", "options": {}, "flavor": "sklearn",
            "model": {"id": "test", "version": "test", "name": "test"}, "signature": {"inputs": inputs},
            "classes": None, "example": None, "files": {}, "built_with": {}, "parity": {},
        }  # fmt: skip
        model = CompiledModel(msgspec.convert(manifest, Manifest), tmp_path)
        if trees.kernel is None or "trees.sums" not in json.dumps(graph):
            return model
        with monkeypatch.context() as without:
            without.setattr(trees, "kernel", None)
            return BothWays(model, CompiledModel(msgspec.convert(manifest, Manifest), tmp_path))

    return make


@pytest.fixture
def compare(compiled: Callable[..., CompiledModel | BothWays]) -> Compare:
    """Compares a compiled estimator with the estimator itself on the rows of a DataFrame, as a build does.

    `asked` answers for the estimator where its method takes no DataFrame. Fails unless the answers are the estimator's;
    a row that it refuses must be refused. Gives the verdict.
    """

    def run(
        estimator: Any,
        frame: pd.DataFrame,
        method: str = "predict",
        *,
        float32: bool = False,
        array: bool = False,
        asked: Callable[[pd.DataFrame], Any] | None = None,
    ) -> proof.Verdict:
        model = compiled(estimator, frame, method)
        rows = [{name: _plain(value) for name, value in row.items()} for row in frame.to_dict(orient="records")]

        def columns(part: pd.DataFrame) -> dict[str, list[Any]]:
            return {name: [rows[index][name] for index in part.index] for name in part}

        def own(part: pd.DataFrame) -> list[Any]:
            given = arrays.to_frame(columns(part), _inputs(frame))
            answers = (asked or getattr(estimator, method))(given.to_numpy() if array else given)
            for plain in ("toarray", "to_numpy"):  # scipy.sparse, pandas
                answers = getattr(answers, plain)() if hasattr(answers, plain) else answers
            listed: list[Any] = answers.tolist()
            return listed

        def ours(part: pd.DataFrame) -> list[Any]:
            return model.predict(columns(part), {})

        frame = frame.reset_index(drop=True)
        answers = [_answers(ask, frame, float32=float32) for ask in (own, ours)]
        verdict = proof.compare(rows, *answers)
        assert verdict.refusal is None, verdict.refusal
        return verdict

    return run


def _inputs(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The signature's inputs of a DataFrame."""
    return [
        {"name": str(name), "type": _TYPES.get(str(dtype), "string"), "required": True}
        for name, dtype in frame.dtypes.items()
    ]


def _plain(value: Any) -> Any:
    """A value as `handler.schema` would give it: None for missing."""
    value = value.item() if hasattr(value, "item") else value
    return None if value is None or (isinstance(value, float) and math.isnan(value)) else value


def _answers(ask: Callable[[pd.DataFrame], list[Any]], frame: pd.DataFrame, *, float32: bool) -> dict[str, Any]:
    """What `model.ask` would say: the answers to each row alone, and to all that are answered at once."""
    single, errors = [], []
    for index in range(len(frame)):
        try:
            single.append(_sent(ask(frame.iloc[[index]])[0]))
            errors.append(None)
        except Exception as error:  # noqa: BLE001 - what it refuses is part of what it answers
            single.append(None)
            errors.append(f"{type(error).__name__}: {error}")
    good = [index for index, error in enumerate(errors) if error is None]
    batch = dict(zip(good, map(_sent, ask(frame.iloc[good])) if good else [], strict=True))
    return {
        "single": single,
        "batch": [batch.get(index) for index in range(len(frame))],
        "errors": errors,
        "float32": float32,
    }


def _sent(answer: Any) -> Any:
    """An answer as JSON bears it: None for what is not finite."""
    if isinstance(answer, list | tuple):
        return [_sent(inner) for inner in answer]
    return None if isinstance(answer, float) and not math.isfinite(answer) else answer

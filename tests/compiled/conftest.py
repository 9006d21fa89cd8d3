"""Fixtures that compile an estimator in this process and compare it with the library's own answers."""

import json
import math
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pandas as pd
import pytest

from handler.backends.compiled import CompiledModel, trees
from handler.bundle import Manifest
from handler.schema import model_input
from model import process
from model.build import proof
from model.child.contract import ReferenceAnswers

_TYPES = {"bool": "boolean", "int32": "integer", "int64": "long", "float32": "float", "float64": "double"}

Compare = Callable[..., proof.Verdict]
Explain = Callable[..., tuple[Any, Any]]


@pytest.fixture(scope="session", autouse=True)
def _exporters() -> Iterator[None]:
    """Put the exporters on the path, as a build's child does."""
    with process.import_folder(*process.EXPORTERS) as path:
        sys.path.insert(0, str(path))
        yield
        sys.path.remove(str(path))


class BothWays:
    """A model that is evaluated in several ways, in C and in Python, in lists and in arrays, with the same answers."""

    def __init__(self, *models: CompiledModel) -> None:
        self._models = models

    def predict(self, columns: dict[str, list[Any]], params: dict[str, Any]) -> list[Any]:
        """Return the answers of all ways, which must be the same."""
        answers = [model.predict(columns, params) for model in self._models]
        assert 1 == len({*map(repr, answers)})
        return answers[0]

    def explain(self, columns: dict[str, list[Any]]) -> list[Any]:
        """Return the explanations of the first way; `each` has the others."""
        return self._models[0].explain(columns)

    def each(self) -> tuple[CompiledModel, ...]:
        """Return the models."""
        return self._models


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Callable[..., CompiledModel | BothWays]:
    """Return a function that loads a compiled model from a folder, given the signature's inputs and the options."""

    def make(folder: Path, inputs: list[dict[str, Any]], **options: str) -> CompiledModel | BothWays:
        manifest = {
            "format": 1, "backend": "compiled", "options": options, "flavor": "sklearn",
            "model": {"id": "test", "version": "test", "name": "test"}, "signature": {"inputs": inputs},
            "classes": None, "example": None, "files": {}, "built_with": {}, "parity": {},
        }  # fmt: skip
        model = CompiledModel(msgspec.convert(manifest, Manifest), folder)
        if trees.kernel is None:
            return model
        large = CompiledModel(msgspec.convert(manifest, Manifest), folder)
        large.many, model.many = 1, sys.maxsize
        graph = (folder / "graph.json").read_text(encoding="utf-8")
        if not any(operation in graph for operation in ("trees.sums", "catboost.bins")):
            return BothWays(model, large)
        with monkeypatch.context() as without:
            without.setattr(trees, "kernel", None)
            return BothWays(model, large, CompiledModel(msgspec.convert(manifest, Manifest), folder))

    return make


@pytest.fixture
def compiled(
    tmp_path: Path, load: Callable[..., CompiledModel | BothWays]
) -> Callable[[Any, pd.DataFrame, str], CompiledModel | BothWays]:
    """Return a function that compiles a fitted estimator for the columns of a DataFrame, as a build does."""

    def make(estimator: Any, frame: pd.DataFrame, method: str = "predict") -> CompiledModel | BothWays:
        from exporters import as_answers, export
        from exporters.forms import Origin, Rows, Tables

        inputs = _inputs(frame)
        tables = Tables()
        types = tuple(spec["type"] for spec in inputs)
        given = Rows(len(inputs), "columns", types, tuple(Origin(spec["name"]) for spec in inputs))
        exported = export(estimator, method, given, tables)
        graph = {"tables": tables.described, "root": as_answers(exported)}
        (tmp_path / "graph.json").write_text(json.dumps(graph, allow_nan=False))
        (tmp_path / "arrays.bin").write_bytes(tables.data)
        (tmp_path / "covers.bin").write_bytes(tables.covers)
        noted = {"batches": tables.whole and "whole", "absent": tables.absent and "passed on"}
        return load(tmp_path, inputs, **{name: value for name, value in noted.items() if value})

    return make


@pytest.fixture
def compare(compiled: Callable[..., CompiledModel | BothWays]) -> Compare:
    """Return a function that compares a compiled estimator with the original on a DataFrame, as a build does.

    It fails if an answer differs or only one of them refuses a row, and returns the verdict. `asked` predicts for
    estimators that do not take a DataFrame.
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
            given = model_input.to_frame(columns(part), _inputs(frame))
            answers = (asked or getattr(estimator, method))(given.to_numpy() if array else given)
            for plain in ("toarray", "to_numpy"):  # scipy.sparse, pandas
                answers = getattr(answers, plain)() if hasattr(answers, plain) else answers
            listed: list[Any] = answers.tolist()
            return listed

        def ours(part: pd.DataFrame) -> list[Any]:
            return model.predict(columns(part), {})

        frame = frame.reset_index(drop=True)
        reference, candidate = (_answers(ask, frame, float32=float32) for ask in (own, ours))
        verdict = proof.compare(rows, reference, candidate)
        assert verdict.refusal is None, verdict.refusal
        return verdict

    return run


@pytest.fixture
def explain(compiled: Callable[..., CompiledModel | BothWays]) -> Explain:
    """Return a function that explains a model for the rows of a DataFrame, in C and in Python.

    It returns contributions as (rows, margins, columns), and expected values. They add up to the margins.
    """

    def explained(model: CompiledModel, frame: pd.DataFrame) -> tuple[Any, Any]:
        columns = {name: [None if pd.isna(value) else value for value in frame[name].tolist()] for name in frame}
        found = model.explain(columns)
        values = np.array([[one.contributions for one in row] for row in found])
        expected = np.array([one.expected for one in found[0]])
        assert np.array(model.margins(columns)) == pytest.approx(values.sum(axis=2) + expected, rel=1e-6, abs=1e-6)
        return values, expected

    def run(estimator: Any, frame: pd.DataFrame, method: str = "predict") -> tuple[Any, Any]:
        model = compiled(estimator, frame, method)
        fast, *plain = (explained(one, frame) for one in (model.each() if isinstance(model, BothWays) else [model]))
        for values, expected in plain:
            assert values == pytest.approx(fast[0], rel=1e-9, abs=1e-12)
            assert expected == pytest.approx(fast[1], rel=1e-9, abs=1e-12)
        return fast

    return run


def _inputs(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the signature's inputs for a DataFrame."""
    return [{"name": str(name), "type": _type(values), "required": True} for name, values in frame.items()]


def _type(values: pd.Series) -> str:
    """Return MLflow's name of a column's type."""
    dtype = values.dtype
    if len(values) and isinstance(values.iloc[0], list):
        return "array"
    return "datetime" if dtype.kind == "M" else _TYPES.get(str(dtype), "string")


def _plain(value: Any) -> Any:
    """Return a value as `handler.schema` does: None for missing."""
    value = value.item() if hasattr(value, "item") else value
    return None if value is None or value is pd.NaT or (isinstance(value, float) and math.isnan(value)) else value


def _answers(ask: Callable[[pd.DataFrame], list[Any]], frame: pd.DataFrame, *, float32: bool) -> ReferenceAnswers:
    """Return the answers to each row alone and to all accepted rows in a batch, as `model.ask` does."""
    single: list[Any] = []
    errors: list[str | None] = []
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
    """Return an answer as JSON can hold it: None for numbers that are not finite."""
    if isinstance(answer, list | tuple):
        return [_sent(inner) for inner in answer]
    return None if isinstance(answer, float) and not math.isfinite(answer) else answer

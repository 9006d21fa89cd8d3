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

from handler.backends.compiled import CompiledModel
from handler.bundle import Manifest
from model import child, proof

_TYPES = {"bool": "boolean", "int32": "integer", "int64": "long", "float32": "float", "float64": "double"}

Compare = Callable[..., proof.Verdict]


@pytest.fixture(scope="session", autouse=True)
def _exporters() -> Iterator[None]:
    """The exporters, imported as the child imports them: by themselves."""
    with child.alone("exporters", child.ROOT / "model" / "exporters") as path:
        sys.path.insert(0, str(path))
        yield
        sys.path.remove(str(path))


@pytest.fixture
def compiled(tmp_path: Path) -> Callable[[Any, pd.DataFrame, str], CompiledModel]:
    """Compiles a fitted estimator for the columns of a DataFrame, as `model build` does."""

    def make(estimator: Any, frame: pd.DataFrame, method: str = "predict") -> CompiledModel:
        from exporters import Rows, Tables, export

        inputs = [
            {"name": str(name), "type": _TYPES.get(str(dtype), "string"), "required": True}
            for name, dtype in frame.dtypes.items()
        ]
        tables = Tables()
        given = Rows(
            len(inputs), types=tuple(spec["type"] for spec in inputs), names=tuple(spec["name"] for spec in inputs)
        )
        exported = export(estimator, method, given, tables)
        graph = {"tables": tables.described, "root": exported.operation}
        (tmp_path / "graph.json").write_text(json.dumps(graph, allow_nan=False))
        (tmp_path / "arrays.bin").write_bytes(tables.data)
        manifest = {
            "format": 1, "backend": "compiled", "options": {}, "flavor": "sklearn",
            "model": {"id": "test", "version": "test", "name": "test"}, "signature": {"inputs": inputs},
            "classes": None, "example": None, "files": {}, "built_with": {}, "parity": {},
        }  # fmt: skip
        return CompiledModel(msgspec.convert(manifest, Manifest), tmp_path)

    return make


@pytest.fixture
def compare(compiled: Callable[..., CompiledModel]) -> Compare:
    """Compares a compiled estimator with the estimator itself on the rows of a DataFrame, as a build does.

    Fails unless the answers are the estimator's; a row that it refuses must be refused. Gives the verdict.
    """

    def run(
        estimator: Any, frame: pd.DataFrame, method: str = "predict", *, float32: bool = False, array: bool = False
    ) -> proof.Verdict:
        model = compiled(estimator, frame, method)
        rows = [{name: _plain(value) for name, value in row.items()} for row in frame.to_dict(orient="records")]
        own = [
            _asked(lambda one=one: getattr(estimator, method)(one.to_numpy() if array else one).tolist()[0])
            for one in (frame.iloc[[index]] for index in range(len(frame)))
        ]
        ours = [
            _asked(
                lambda row=row: next(iter(model.predict({name: [value] for name, value in row.items()}, {}).values()))[
                    0
                ]
            )
            for row in rows
        ]
        verdict = proof.compare(rows, _answers(own, float32=float32), _answers(ours, float32=float32))
        assert verdict.refusal is None, verdict.refusal
        return verdict

    return run


def _plain(value: Any) -> Any:
    """A value as `handler.schema` would give it: None for missing."""
    value = value.item() if hasattr(value, "item") else value
    return None if value is None or (isinstance(value, float) and math.isnan(value)) else value


def _asked(question: Callable[[], Any]) -> tuple[Any, str | None]:
    try:
        return question(), None
    except Exception as error:  # noqa: BLE001 - what it refuses is part of what it answers
        return None, f"{type(error).__name__}: {error}"


def _answers(found: list[tuple[Any, str | None]], *, float32: bool) -> dict[str, Any]:
    answers = [_sent(answer) for answer, _ in found]
    return {"single": answers, "batch": answers, "errors": [error for _, error in found], "float32": float32}


def _sent(answer: Any) -> Any:
    """An answer as JSON bears it: None for what is not finite."""
    if isinstance(answer, list):
        return [_sent(inner) for inner in answer]
    return None if isinstance(answer, float) and not math.isfinite(answer) else answer

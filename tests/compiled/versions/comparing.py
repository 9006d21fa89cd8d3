"""Compare the answers of compiled models with those of the libraries."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from cases import Case, cases, name
from packaging.requirements import Requirement

from handler.errors import InvalidValue
from handler.schema.column_types import COLUMN_TYPES
from model.build import proof
from model.child.contract import ComparedAnswers

Load = Callable[..., Any]
"""A function that loads the model in a folder, given the signature's inputs and the backend's options."""

SERIES_WITHIN = 1e-9
"""The greatest difference of a forecast, relative as in `model.proof`."""


def problems(folder: Path, load: Load, pattern: str = "", *, partial: bool = False) -> Iterator[str]:
    """Yield a line for each answer, refusal or missing estimator that the table does not expect.

    Args:
        folder: the output of `answers.py`.
        load: loads a compiled model.
        pattern: the pattern that `answers.py` was given.
        partial: whether the libraries are older than the table, so that a case need not fit.
    """
    written = json.loads((folder / "answers.json").read_text(encoding="utf-8"))
    for index, (case, result) in enumerate(zip(cases(pattern), written["results"], strict=True)):
        if partial and ("absent" in result or not holds(case.where, written["versions"])):
            continue
        for problem in _problems(case, result, written["versions"], folder / str(index), load):
            yield f"{name(case)}: {problem}"


def _problems(case: Case, result: dict[str, Any], versions: dict[str, str], path: Path, load: Load) -> Iterator[str]:
    assert result["name"] == name(case)
    here = holds(case.where, versions)
    if "absent" in result:
        if here:
            yield f"does not fit: {result['absent']}"
        return
    if not here:
        yield f"fits, though only {case.where} should have it"
    reasons = [reason for where, reason in case.refused.items() if holds(where, versions)]
    for method, found in result["methods"].items():
        refusal = found.get("refused")
        if "failed" in found:
            yield f"{method}: the exporter fails with {found['failed']}"
        elif refusal is None and reasons:
            yield f"{method}: compiles, though it should be refused"
        elif refusal is not None:
            import re

            if not any(re.search(reason, refusal) for reason in reasons):
                yield f"{method}: is refused: {refusal}"
        else:
            model = load(path.with_name(f"{path.name}-{method}"), found["inputs"])
            yield from (f"{method}: {problem}" for problem in _differences(case, found, model))


def _differences(case: Case, found: dict[str, Any], model: Any) -> Iterator[str]:
    """Yield the differences between the compiled model's answers and the library's."""
    rows = found["rows"]

    def ask(part: list[int]) -> list[Any]:
        columns = {spec["name"]: [rows[index][spec["name"]] for index in part] for spec in found["inputs"]}
        return list(map(sent, model.predict(columns, {})))

    single: list[Any] = []
    errors: list[str | None] = []
    for index in range(len(rows)):
        try:
            single += ask([index])
            errors.append(None)
        except Exception as error:
            single.append(None)
            errors.append(f"{type(error).__name__}: {error}")
    good = [index for index, error in enumerate(errors) if error is None]
    batch = dict(zip(good, ask(good) if good else [], strict=True))
    together = [batch.get(index) for index in range(len(rows))]
    got: ComparedAnswers = {"single": single, "batch": together, "errors": errors}
    verdict = proof.compare(rows, found["reference"], got)
    if verdict.refusal:
        yield verdict.refusal
    elif verdict.difference > case.within:
        yield f"numbers differ by {verdict.difference:.1e}"
    if all(found["reference"]["errors"]):
        yield f"the library refuses every row: {found['reference']['errors'][0]}"


def series_problems(folder: Path, written: list[dict[str, Any]], load: Load) -> Iterator[str]:
    """Yield a line for each model of `series_answers.py` that is not compiled, and for each answer that differs."""
    scale = proof.Scale({}, by_answer=True)
    for index, result in enumerate(written):
        if "problem" in result:
            yield f"{result['name']}: {result['problem']}"
            continue
        if not any(result["answers"]):
            yield f"{result['name']}: the library refuses every row"
        model = load(folder / str(index), result["inputs"], absent="passed on")
        for row, expected in zip(result["rows"], result["answers"], strict=True):
            kinds = {spec["name"]: COLUMN_TYPES.get(spec["type"]) for spec in result["inputs"]}
            checks = {name: kind.check for name, kind in kinds.items() if kind and kind.check}
            given = {name: [checks[name](value) if name in checks else value] for name, value in row.items()}
            try:
                got = json.loads(json.dumps(model.predict(given, {})))
            except InvalidValue as error:
                if expected is not None:
                    yield f"{result['name']}, {row}: is refused: {error.detail}"
            else:
                if expected is None:
                    yield f"{result['name']}, {row}: is answered, though the library refuses it"
                elif proof.difference(expected, got, scale) > SERIES_WITHIN:
                    yield f"{result['name']}, {row}: the library answers {expected}, the compiled model {got}"


def holds(where: str, versions: dict[str, str]) -> bool:
    """Return whether a requirement, such as `xgboost>=1.6`, is met; an empty one always is."""
    if not where:
        return True
    wanted = Requirement(where)
    return wanted.name in versions and wanted.specifier.contains(versions[wanted.name], prereleases=True)


def sent(answer: Any) -> Any:
    """Return an answer as JSON can hold it: None for numbers that are not finite."""
    if isinstance(answer, list | tuple):
        return [sent(inner) for inner in answer]
    return None if isinstance(answer, float) and answer - answer != 0 else answer

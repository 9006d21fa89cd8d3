"""Explanations of predictions, as responses show them."""

import time
from typing import Any

from handler import log
from handler.backends import Backend
from handler.bundle import Manifest
from handler.errors import InvalidParam, RequestError
from handler.message import ModelTime
from handler.response.output_columns import PREDICTION, output_names
from handler.schema import elements, fields
from handler.schema.batch import Batch
from handler.schema.params import EXPLAIN
from handler.streaming import failed, require_time

_TOGETHER = 8  # rows between two looks at the clock


def require_explanations(manifest: Manifest) -> None:
    """Check that a model has explanations.

    Raises:
        InvalidParam: it has none; says why.
    """
    if manifest.unexplained:
        raise InvalidParam(f"the predictions of this model are not explained: {manifest.unexplained}", column=EXPLAIN)


def explain(
    backend: Backend, manifest: Manifest, batch: Batch, deadline: float | None, model_time: ModelTime | None
) -> list[Any]:
    """Explain each row of a batch that was predicted, as responses show it.

    Raises:
        InvalidParam: the model has no explanations; says why.
        DeadlineExceeded: no time is left.
        ModelFailed: the explanation fails.
    """
    require_explanations(manifest)
    started, found = time.perf_counter(), []
    try:
        for start in range(0, batch.count, _TOGETHER):
            require_time(deadline)
            found += backend.explain(batch.part(start, _TOGETHER).columns)  # type: ignore[attr-defined]
    except RequestError:
        raise
    except Exception as error:  # noqa: BLE001 - the log has it
        log.failure(error, quote=False)
        raise failed(error) from None
    finally:
        if model_time is not None:
            model_time.seconds += time.perf_counter() - started
    columns = fields(manifest.signature.inputs or [])
    table = elements(manifest.signature.inputs or [{"type": ""}]) is not None
    names = output_labels(manifest, len(found[0])) if found else []
    return [[_shown(one, name, columns, table) for one, name in zip(row, names, strict=True)] for row in found]


def output_labels(manifest: Manifest, margins: int) -> list[Any]:
    """Return what each margin is for: a class's label, the second one's of two, or the name or number of an output."""
    classes, outputs = manifest.classes or [], output_names(manifest.signature.outputs)
    if len(classes) == max(margins, 2):
        return classes[-margins:]
    if len(outputs) == margins:
        return list(outputs)
    return [PREDICTION] if margins == 1 else list(range(margins))


def _shown(found: Any, name: Any, columns: list[str], table: bool) -> dict[str, Any]:
    """Return an explanation of the backend; of a tensor, as a list for its elements."""
    contributions = {columns[0]: found.contributions} if table else dict(zip(columns, found.contributions, strict=True))
    terms = {columns[column]: of_column for column, of_column in found.terms.items()}
    shown = {"output": name, "expected_value": found.expected, "contributions": contributions}
    return shown | ({"terms": terms} if terms else {})

"""Trace a custom model: call its `predict` with a stand-in for the request's rows, and keep what is done to it.

The stand-in (`values`, `frames`) passes for a DataFrame. What has an operation returns another stand-in: columns by
name, functions of numpy and pandas (`functions`, `computing`, `constructors`), and `estimators` that have an exporter.
Anything else is refused (`refusal`), such as a decision that depends on a value, so that what is traced holds for all
rows. The process is used for nothing else afterwards: classes of numpy, pandas and the estimators are changed.

Runs in the model's own environment: Python 3.7 and newer.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from exporters import as_answers
from exporters.forms import Exported, Origin, Rows, Tables, chain

from . import computing, constructors, estimators
from .arrays import TracedArray
from .frames import TracedFrame
from .functions import DTYPES, TYPES
from .refusal import Untraceable
from .stand_in import Traced
from .values import TracedParam, TracedValues


class Answer(NamedTuple):
    """What `predict` returned.

    Attributes:
        operation: computes it from the request's columns: one answer for each row.
        options: the backend's options: how MLflow's server would send it.
    """

    operation: dict[str, Any]
    options: dict[str, Any]


def trace(model: Any, table: Any, columns: list[dict[str, Any]], tables: Tables) -> Answer:
    """Trace the `predict` of a loaded custom model.

    Args:
        model: what `mlflow.pyfunc.load_model` returned.
        table: rows that the model takes, as it takes them.
        columns: the signature's inputs. The params of the signature are columns after them.
        tables: collects the tables of estimators.

    Raises:
        Untraceable: it does something that has no operation; says what, and where.
    """
    implementation, given, params = _input_of(model, table)
    _install(tables)
    traced = {name: _param(len(columns) + index, value) for index, (name, value) in enumerate(params.items())}
    answer = _call(implementation.predict, _stand_in(given, columns), **({"params": traced} if traced else {}))
    found = _described(answer)
    return found._replace(options={**found.options, "params": True}) if traced else found


def _install(tables: Tables) -> None:
    Traced.tables = tables
    for hooks in (computing, constructors, estimators):
        hooks.install()


def _call(function: Any, given: Any, **options: Any) -> Any:
    """Call a function with a stand-in; a refusal that it hides is raised."""
    before = len(Untraceable.raised)
    answer = function(given, **options)
    for refusal in Untraceable.raised[before:]:
        raise refusal
    return answer


def trace_function(
    function: Any, options: dict[str, Any], rows: Rows, tables: Tables, *, array: bool = False
) -> Exported:
    """Trace a function, which is a step of a pipeline.

    Args:
        function: of a Series for values, of a DataFrame if all columns have a name and a type, else of an array.
        options: its other arguments.
        rows: the form of its input; the operation is for columns, or values.
        tables: collects numbers.
        array: whether it always gets an array.

    Raises:
        Untraceable: as `trace` does.
    """
    _install(tables)
    answer = _call(function, _of_rows(rows, array=array), **options)
    if not isinstance(answer, Traced):
        raise Untraceable(f"an output that is a {type(answer).__name__}")
    return answer.part


def _of_rows(rows: Rows, *, array: bool) -> Any:
    """Return the stand-in for columns of which nothing but the form is known."""
    import numpy as np
    import pandas as pd

    kinds = rows.types or ("double",) * rows.width
    for kind in set(kinds) - set(DTYPES):
        raise Untraceable(f"a column of type {kind}")
    names = [rows.named(index) for index in range(rows.width)]
    examples = [np.array(["a", "b", "c"] if kind == "string" else [1, 2, 3], DTYPES[kind]) for kind in kinds]
    if rows.form == "values":
        return TracedValues(pd.Series(examples[0], name=names[0]), Exported(chain(), rows))
    if array or not rows.types or None in names or len(set(names)) < len(names):
        return _array_of(np.column_stack(examples), rows._replace(form="columns"))
    return _frame_of(pd.DataFrame(dict(zip(names, examples))), rows)


def _array_of(example: Any, rows: Rows) -> TracedArray:
    """Return the stand-in for an array of all columns."""
    return TracedArray(example, Exported({"op": "composing.columns", "indices": list(range(rows.width))}, rows))


def _frame_of(example: Any, rows: Rows) -> TracedFrame:
    """Return the stand-in for a DataFrame of all columns."""
    parts = [
        Exported({"op": "composing.column", "index": index}, rows.pick([index], "values"))
        for index in range(rows.width)
    ]
    return TracedFrame(example, {name: TracedValues(example[name], part) for name, part in zip(example, parts)})


def _stand_in(given: Any, columns: list[dict[str, Any]]) -> Any:
    """Return the stand-in for the input: a DataFrame of all columns, or an array of two dimensions."""
    rows = Rows(len(columns), "columns", tuple(spec["type"] for spec in columns))
    if getattr(given, "ndim", 0) == 2 and not hasattr(given, "columns"):  # noqa: PLR2004 - an array
        return _array_of(given, rows)
    names = [spec["name"] for spec in columns]
    if list(getattr(given, "columns", ())) != names or not all(spec.get("required", True) for spec in columns):
        raise Untraceable("an input that is not a DataFrame of all columns")
    return _frame_of(given, rows._replace(origins=tuple(map(Origin, names))))


def _param(index: int, value: Any) -> Any:
    """Return the stand-in for a param: a column that has the same value in each row."""
    if type(value) not in TYPES:
        raise Untraceable(f"a param that is a {type(value).__name__}")
    return TracedParam(value, Exported({"op": "composing.column", "index": index}, Rows(1, "values")))


class _Given(BaseException):
    """Carries the input and the params that MLflow hands to a model."""


def _input_of(model: Any, table: Any) -> tuple[Any, Any, dict[str, Any]]:
    """Return what MLflow calls to predict, and the input and the params that it hands over for some rows."""
    implementation = model._model_impl  # noqa: SLF001 - it has no other name

    def catch(data: Any, *_: Any, params: Any = None, **__: Any) -> None:
        raise _Given(data, params or {})

    own = getattr(model, "_predict_fn", None)
    implementation.predict = catch
    if own is not None:
        model._predict_fn = catch  # noqa: SLF001 - bound when it was loaded
    try:
        model.predict(table)
    except _Given as found:
        del implementation.predict
        return (implementation, *found.args)
    raise Untraceable("an input that MLflow does not hand over")


def _described(answer: Any) -> Answer:
    """Return the operation of what `predict` returned, and the form in which MLflow sends it."""
    if isinstance(answer, dict) and all(isinstance(one, Traced) for one in answer.values()):
        return Answer(_records(answer), {"output": "columns"})
    if isinstance(answer, TracedFrame):
        return Answer(_records(answer.parts), {})
    if isinstance(answer, TracedArray):
        return Answer(as_answers(answer.part), {})
    if isinstance(answer, TracedValues):
        series = {"output": "series"} if hasattr(answer.example, "to_frame") else {}
        if series and answer.example.name is not None:
            series["name"] = str(answer.example.name)
        return Answer(as_answers(answer.part), series)
    raise Untraceable(f"an output that is a {type(answer).__name__}")


def _records(parts: dict[Any, Any]) -> dict[str, Any]:
    columns = [chain(one.operation, {"op": "composing.single"}) for one in parts.values()]
    union = {"op": "composing.columns_union", "parts": columns}
    found: dict[str, Any] = chain(union, {"op": "expressions.records", "names": [str(name) for name in parts]})
    return found

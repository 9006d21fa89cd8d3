"""Export fitted estimators as operations and tables: one module for each family, with its own `EXPORTERS`.

Runs in the model's own environment: Python 3.7 and newer.

An exporter is a function of the estimator, the method (`transform`, `predict`, ...), the form of its input rows and
the tables. It returns the operation that does the same to a batch of such rows, and the form of the result.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Callable

from .forms import Exported, Rows, Tables, chain
from .fusing import fused
from .versions import version


class Unsupported(Exception):
    """An estimator, or one of its options, has no exporter; the message names it."""


_LIBRARIES = (
    "catboost.", "category_encoders.", "imblearn.", "interpret.", "lightgbm.", "pmdarima.", "sklearn.", "statsmodels.",
    "xgboost.", "ydf.",
)  # fmt: skip

Exporter = Callable[[Any, str, Rows, Tables], Exported]


def export(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export an estimator's method as an operation.

    An exporter that does not take sparse rows gets dense ones, unless scikit-learn holds them in a sparse matrix.

    Raises:
        Unsupported: the estimator has no exporter; a subclass of one that has may behave differently, so has none.
    """
    kind = type(estimator)
    exporter = exporters_by_name().get(f"{kind.__module__.split('.')[0]}.{kind.__qualname__}")
    known = kind.__module__.startswith(_LIBRARIES)
    if exporter is None or not known:
        lacking = f"{kind.__qualname__} ({kind.__module__}) has no exporter"
        if known or rows.sparse:
            raise Unsupported(lacking)
        step = traced(getattr(estimator, method), f"{lacking}, and", rows, tables)
        return Exported(chain(*([] if rows.form == "values" else as_columns(rows)), step.operation), step.rows)
    try:
        operation, found = exporter(estimator, method, rows, tables)
    except AttributeError as error:  # an attribute that this version does not have
        library = kind.__module__.split(".")[0]
        here = ".".join(map(str, version(library)))
        raise Unsupported(f"{kind.__qualname__} of {library} {here} has no exporter: {error}") from error
    except Unsupported:
        if not rows.sparse or rows.scipy:
            raise
        dense = export(estimator, method, rows._replace(form="rows"), tables)
        operation, found = chain(*as_rows(rows), dense.operation), dense.rows
    return Exported(fused(operation, tables), found)


def traced(
    function: Any, what: str, rows: Rows, tables: Tables, *, options: dict[str, Any] | None = None, array: bool = False
) -> Exported:
    """Export what a person's own function or method does with its input.

    Args:
        function: the function.
        what: what the message says of it first.
        rows: the form of its input; the operation is for columns, or values.
        tables: collects numbers.
        options: its other arguments.
        array: whether it always gets an array.

    Raises:
        Unsupported: it does more than can be traced, or it fails.
    """
    from tracing import Untraceable, trace_function

    try:
        return trace_function(function, options or {}, rows, tables, array=array)  # type: ignore[no-any-return]
    except Untraceable as error:
        raise Unsupported(f"{what} is not traced: {error}") from None
    except Exception as error:
        raise Unsupported(f"{what} fails when it is traced: {type(error).__name__}: {error}") from error


def require_options(estimator: Any, **allowed: tuple[Any, ...]) -> None:
    """Refuse an estimator unless its options have one of the values `allowed`.

    Raises:
        Unsupported: an option has another value; names both.
    """
    for name, values in allowed.items():
        value = getattr(estimator, name)
        if not any(value is known or (type(value) is type(known) and value == known) for known in values):
            raise Unsupported(f"{type(estimator).__name__} with {name}={value!r} has no exporter")


def refuse_sparse(estimator: Any, rows: Rows) -> None:
    """Refuse sparse rows.

    Raises:
        Unsupported: the rows are sparse; names the estimator.
    """
    if rows.sparse:
        raise Unsupported(f"{type(estimator).__name__} of sparse rows has no exporter")


def unsupported_method(estimator: Any, method: str) -> Unsupported:
    """Return the error for a method that has no exporter."""
    return Unsupported(f"{type(estimator).__name__}.{method} has no exporter")


def labels(values: Any) -> list[Any]:
    """Return labels as Python values.

    Raises:
        Unsupported: a label has no form in JSON.
    """
    found: list[Any] = values.tolist()
    if not all(isinstance(label, (bool, int, float, str)) for label in found):
        raise Unsupported(f"labels of type {type(found[0]).__name__} have no form in JSON")
    return found


def as_columns(rows: Rows) -> list[dict[str, Any]]:
    """Return the operations, if any, that convert a batch to columns."""
    if rows.form == "columns":
        return []
    if rows.form == "values":
        return [{"op": "composing.single"}]
    return [*as_rows(rows), {"op": "composing.transposed"}]


def as_rows(rows: Rows) -> list[dict[str, Any]]:
    """Return the operations, if any, that convert a batch to rows."""
    if rows.form == "rows":
        return []
    if rows.form == "sparse":
        whole = bool(rows.types) and set(rows.types) <= {"integer", "long"}
        return [{"op": "composing.dense", "width": rows.width, **({"zero": 0} if whole else {})}]
    return [*as_columns(rows), {"op": "composing.transposed"}]


def as_sparse(rows: Rows) -> list[dict[str, Any]]:
    """Return the operations, if any, that convert a batch to sparse rows."""
    return [] if rows.sparse else [*as_rows(rows), {"op": "composing.sparse"}]


def as_answers(exported: Exported) -> dict[str, Any]:
    """Extend an operation so that it returns one answer for each row."""
    if exported.rows.form == "values":
        return exported.operation
    return chain(exported.operation, *as_rows(exported.rows))


def checked_columns(rows: Rows, *, missing: bool = False, float32: bool = False) -> list[dict[str, Any]]:
    """Return the operations that convert a batch to columns of numbers and refuse what check_array refuses.

    Args:
        rows: the form of the batch.
        missing: whether NaN is allowed.
        float32: whether the estimator casts to float32, so that large numbers become infinite.
    """
    names = [rows.named(index) for index in range(rows.width)]
    steps = as_columns(rows)
    if set(rows.types) - {"double", "float"}:
        steps.append({"op": "checking.numbers", "names": names})
    return [*steps, {"op": "checking.finite", "missing": missing, "float32": float32, "names": names}]


def checked_rows(rows: Rows, *, missing: bool = False, float32: bool = False) -> list[dict[str, Any]]:
    """Return the operations that convert a batch to checked rows; sparse rows stay sparse."""
    if rows.sparse:
        return [] if rows.finite else [{"op": "checking.finite_sparse", "missing": missing, "float32": float32}]
    if rows.form == "rows" and not rows.types:
        names = [rows.named(index) for index in range(rows.width)] if rows.origins else None
        return [{"op": "checking.finite_rows", "missing": missing, "float32": float32, "names": names}]
    return [*checked_columns(rows, missing=missing, float32=float32), {"op": "composing.transposed"}]


@lru_cache(maxsize=None)
def exporters_by_name() -> dict[str, Exporter]:
    """Collect the `EXPORTERS` of all families: by library and class."""
    found: dict[str, Exporter] = {}
    for family in sorted(module.name for module in iter_modules(__path__)):
        found.update(getattr(import_module(f"{__name__}.{family}"), "EXPORTERS", {}))
    return found

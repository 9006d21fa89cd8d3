"""What estimators make of stand-ins: they are exported, as they are in a pipeline."""

from __future__ import annotations

import inspect
import sys
from functools import lru_cache, partial, wraps
from typing import Any, Callable

from exporters import Unsupported, as_columns, export, exporters_by_name
from exporters.forms import Exported, chain

from .arrays import TracedArray
from .frames import TracedFrame
from .refusal import Untraceable
from .stand_in import Traced
from .values import TracedValues

_METHODS = (
    "predict", "predict_proba", "predict_log_proba", "decision_function", "transform", "score_samples",
    "virtual_ensembles_predict",
)  # fmt: skip


_KNOWN: set[type] = set()  # classes that have an exporter


@lru_cache(maxsize=None)
def install() -> None:
    """Let the estimators of this process take stand-ins."""
    exported = exporters_by_name()
    for kind in _classes():
        if f"{kind.__module__.split('.')[0]}.{kind.__qualname__}" in exported:
            _KNOWN.add(kind)
            for method in _METHODS:
                if hasattr(kind, method):
                    setattr(kind, method, _Hooked(inspect.getattr_static(kind, method), method))
    for library, name, ignored in _TABLES:
        table = getattr(sys.modules.get(library), name, None)
        if table is not None:
            table.__new__ = _new_table(name, table.__new__, ignored)
    pyfunc = sys.modules.get("mlflow.pyfunc")
    if pyfunc is not None:
        _hook_mlflow(pyfunc.PyFuncModel)
    encoder = getattr(sys.modules.get("sklearn.preprocessing"), "LabelEncoder", None)
    if encoder is not None:
        _hook_labels(encoder)


def _classes() -> list[type]:
    """Return the classes of all imported modules, each once."""
    found: dict[int, type] = {}
    for module in list(sys.modules.values()):
        for value in list(getattr(module, "__dict__", {}).values()):
            if isinstance(value, type) and isinstance(value.__module__, str):
                found[id(value)] = value
    return list(found.values())


class _Hooked:
    """An estimator's method that takes stand-ins too, where the estimator has it (`available_if`)."""

    def __init__(self, original: Any, name: str) -> None:
        self._original, self._name = original, name

    def __get__(self, estimator: Any, kind: type | None = None) -> Any:
        bound = self._original.__get__(estimator, kind)
        if estimator is None:
            return bound

        @wraps(bound)
        def call(*inputs: Any, **options: Any) -> Any:
            given = inputs[0] if inputs else options.get("X", options.get("data"))
            if not isinstance(given, Traced):
                return bound(*inputs, **options)
            chosen = dict(zip(("prediction_type",), inputs[1:]), **options)
            chosen = {name: value for name, value in chosen.items() if value is not given}
            if len(inputs) > 2 or (chosen and not _chooses_a_type(estimator, chosen)):  # noqa: PLR2004 - and no more
                raise Untraceable(f"{type(estimator).__name__}.{self._name} with options")
            method = ":".join([self._name, *chosen.values()])
            return _exported(estimator, method, partial(bound, **chosen), given)

        return call


def _chooses_a_type(estimator: Any, options: dict[str, Any]) -> bool:
    """Return whether options only choose a type of CatBoost's predictions."""
    return type(estimator).__module__.startswith("catboost.") and options.keys() == {"prediction_type"}


def _exported(estimator: Any, method: str, bound: Callable[..., Any], given: Traced) -> Any:
    """Return the stand-in for what an estimator's method returns."""
    if type(estimator) not in _KNOWN:
        raise Untraceable(f"{type(estimator).__qualname__} has no exporter")
    if type(estimator).__module__.startswith("ydf."):
        given = _named(estimator, given)
    example = bound(_input_for(estimator, given.example))
    try:
        operation, rows = export(estimator, method, given.part.rows, Traced.tables)
    except Unsupported as error:
        raise Untraceable(str(error)) from error
    return _wrapped(example, Exported(chain(given.part.operation, operation), rows))


def _named(model: Any, given: Traced) -> Traced:
    """Return the stand-in for the columns of a model of ydf, which finds them by their names."""
    if not isinstance(given, TracedFrame):
        raise Untraceable(f"{type(model).__name__} without a table")
    return given[model.input_feature_names()]  # type: ignore[no-any-return]


def _input_for(estimator: Any, example: Any) -> Any:
    """Return the example as an estimator takes it: XGBoost's boosters take a DMatrix."""
    if type(estimator).__name__ == "Booster" and type(estimator).__module__.startswith("xgboost."):
        return sys.modules["xgboost"].DMatrix(example)
    return example


def _wrapped(example: Any, part: Exported) -> Any:
    """Return the stand-in for what an estimator returned."""
    dimensions = getattr(example, "ndim", 0)
    if dimensions == 1:
        operation = part.operation if part.rows.form == "values" else _first(part)
        return TracedValues(example, Exported(operation, part.rows._replace(form="values")))
    if dimensions != 2:  # noqa: PLR2004 - a table
        raise Untraceable(f"an estimator that returns a {type(example).__name__}")
    array = TracedArray(example, part)
    if not hasattr(example, "columns"):
        return array
    columns = [TracedArray(example.to_numpy(), part).column(index) for index in range(part.rows.width)]
    return TracedFrame.of(example, columns)


def _first(part: Exported) -> dict[str, Any]:
    found: dict[str, Any] = chain(part.operation, *as_columns(part.rows), {"op": "composing.column", "index": 0})
    return found


def _new_table(name: str, new: Callable[..., Any], ignored: set[str]) -> Callable[..., Any]:
    """Return the `__new__` of a library's own table that gives back a stand-in for rows, instead of a table of it."""

    def make(kind: Any, data: Any = None, *inputs: Any, **options: Any) -> Any:
        if not isinstance(data, Traced):
            return new(kind)
        if inputs or options.keys() - ignored:
            raise Untraceable(f"a {name} with options")
        return data

    return make


_TABLES = (
    ("catboost", "Pool", {"cat_features", "feature_names", "text_features"}),
    ("xgboost", "DMatrix", {"feature_names"}),
)
"""Tables of libraries, and the options that change no prediction where a model accepts them."""


def _hook_mlflow(model: Any) -> None:
    """Let a model of MLflow that another one has loaded take stand-ins, of the columns and types of its signature."""
    original = model.predict

    def predict(self: Any, data: Any, *inputs: Any, **options: Any) -> Any:
        if not isinstance(data, Traced):
            return original(self, data, *inputs, **options)
        schema = self.metadata.get_input_schema()
        if inputs or any(options.values()) or not isinstance(data, TracedFrame):
            raise Untraceable("a model of MLflow with params, or without columns")
        if schema is not None:
            data = data[schema.input_names()]
            kinds = [one.kind for one in data.parts.values()]
            if kinds != [kind.name for kind in schema.input_types()]:
                raise Untraceable(f"columns of types {', '.join(kinds)}, which MLflow converts to its signature's")
        return self._model_impl.predict(data)

    model.predict = predict


def _hook_labels(encoder: Any) -> None:
    """Let `LabelEncoder.inverse_transform` take stand-ins of class numbers."""
    original = encoder.inverse_transform

    def inverse_transform(self: Any, given: Any) -> Any:
        if not isinstance(given, TracedValues):
            return original(self, given)
        numbers = {"op": "expressions.cast", "type": "long", "values": given.operation}
        labels = chain(numbers, {"op": "combining.named", "classes": self.classes_.tolist()})
        return TracedValues(original(self, given.example), Exported(labels, given.part.rows._replace(types=())))

    encoder.inverse_transform = inverse_transform

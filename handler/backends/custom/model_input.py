"""Make the argument `model_input` of a custom model, as MLflow makes it. pandas is imported where it is a DataFrame."""

from collections.abc import Callable
from typing import Any

from handler.schema import fields
from handler.schema.model_input import to_frame, to_tensors

_PAIR = 2


def _first_column(columns: dict[str, list[Any]], _inputs: list[dict[str, Any]] | None) -> list[Any]:
    return next(iter(columns.values()))


def _records(columns: dict[str, list[Any]], inputs: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    names = [spec.get("name", index) for index, spec in enumerate(inputs or [])]
    present = [columns[field] for field in fields(inputs or [])]
    return [dict(zip(names, row, strict=True)) for row in zip(*present, strict=True)]


FORMS: dict[str, Callable[[dict[str, list[Any]], Any], Any]] = {
    "dataframe": to_frame,
    "tensor": to_tensors,
    "list": _first_column,
    "records": _records,
}
"""What `predict` takes: a DataFrame, an array or a dict of them, a list of values, a list of dicts."""


def input_hint(predict: Callable[..., Any]) -> Any:
    """Return the type hint of the argument that is neither `self`, `context` nor `params`; None without one."""
    from typing import get_type_hints

    hints = get_type_hints(predict)
    hints.pop("return", None)
    names = [name for name in hints if name not in {"self", "context", "params"}]
    return hints[names[0]] if names else None


def as_hinted(value: Any, hint: Any) -> Any:
    """Return a value of JSON with the Pydantic models that a type hint names (`mlflow.types.type_hints`).

    Raises:
        pydantic.ValidationError: the value does not fit.
    """
    from typing import get_args, get_origin

    if hasattr(hint, "model_validate"):
        hint.model_validate(value, strict=True)
        return hint(**value)
    parts = get_args(hint)
    if get_origin(hint) is list:
        return [as_hinted(inner, parts[0]) for inner in value]
    if get_origin(hint) is dict:
        return {key: as_hinted(inner, parts[1]) for key, inner in value.items()}
    if len(parts) == _PAIR and type(None) in parts and value is not None:
        return as_hinted(value, parts[0] if parts[1] is type(None) else parts[1])
    return value

"""What all stand-ins share: they pass for the class of their example, and refuse what has no operation.

`computing` gives them the functions of numpy.
"""

from __future__ import annotations

from typing import Any, Callable

from exporters.forms import Exported, Tables
from numpy.lib.mixins import NDArrayOperatorsMixin

from .refusal import Untraceable


def refused(what: str) -> Callable[..., Any]:
    """Return a method that refuses."""

    def refuse(_self: Any, *_: Any, **__: Any) -> Any:
        raise Untraceable(what)

    return refuse


class Traced(NDArrayOperatorsMixin):
    """A stand-in.

    Attributes:
        example: its value for the model's example.
        part: the operation that computes it from the request's columns, and the form of the result.
        tables: the tables of numbers that operations refer to, the same for all stand-ins.
    """

    example: Any
    part: Exported
    tables: Tables

    def __init__(self, example: Any, part: Exported) -> None:
        object.__setattr__(self, "example", example)
        object.__setattr__(self, "part", part)

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return type(self.example)

    @property
    def ndim(self) -> Any:
        """The number of dimensions."""
        return self.example.ndim

    @property
    def dtype(self) -> Any:
        """The type of the values."""
        return self.example.dtype

    @property
    def shape(self) -> tuple[Any, ...]:
        """The shape, whose number of rows is refused."""
        return (RowCount(), *self.example.shape[1:])

    @property
    def index(self) -> Any:
        """The labels of the rows, which can be given to a new table."""
        return ROW_LABELS

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or not hasattr(self.example, name):
            raise AttributeError(name)
        raise Untraceable(f"{type(self.example).__name__}.{name}")

    def __repr__(self) -> str:
        return f"<traced {type(self.example).__name__}>"

    __str__ = __repr__
    __array_ufunc__: Any = refused("a function of numpy")
    __array_function__: Any = refused("a function of numpy")
    __bool__ = refused("a decision that depends on values")
    __len__ = refused("the number of rows")
    __iter__ = refused("a loop over rows")
    __contains__ = refused("a search in values")
    __array__ = refused("a conversion to an array")
    __setitem__ = refused("an assignment to elements")
    __float__ = __int__ = __index__ = __complex__ = refused("a conversion of values to one number")
    __hash__ = refused("a look-up of a value")


class RowCount:
    """The number of rows, of which nothing may depend."""

    def __repr__(self) -> str:
        return "<traced number of rows>"

    __index__ = __int__ = __float__ = __bool__ = __eq__ = __lt__ = __gt__ = __le__ = __ge__ = refused(
        "the number of rows"
    )
    __hash__ = refused("the number of rows")


class RowLabels:
    """The labels of the rows, which are the same for all that a model computes."""


ROW_LABELS = RowLabels()

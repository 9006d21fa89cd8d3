"""Arithmetic in formulas of patsy, such as `I(x / z)` or `np.log(x + 1)`, as expressions that compute as numpy does."""

from __future__ import annotations

import ast
from typing import Any, Callable, NamedTuple, Tuple

from . import Unsupported
from .elementwise import FUNCTIONS, SAME_AS_FLOAT64
from .forms import chain

Find = Callable[[str], Tuple[int, str]]
"""A function that returns a column's index and type, by its name."""

_OPERATORS: dict[type, str] = {ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "divide"}
_COMPARISONS: dict[type, str] = {
    ast.Gt: "greater", ast.GtE: "greater_equal", ast.Lt: "less", ast.LtE: "less_equal", ast.Eq: "equal",
    ast.NotEq: "not_equal",
}  # fmt: skip
_LARGEST_POWER = 10
"""The largest power of an integer, which is a product of so many factors."""


class _Value(NamedTuple):
    """An operation that gives values, or a constant, and MLflow's type of them; empty for an integer constant."""

    term: Any
    kind: str


def arithmetic(node: Any, code: str, find: Find) -> dict[str, Any]:
    """Return the operation that gives the values of an expression of columns, as float64.

    Args:
        node: the expression.
        code: what the error names.
        find: returns a column's index and type.

    Raises:
        Unsupported: a part of it is something else than arithmetic.
    """
    value = _Reader(code, find).read(node)
    if not isinstance(value.term, dict):
        raise Unsupported(f"{code} in a formula has no exporter")
    return {"op": "expressions.cast", "type": "double", "values": value.term}


def comparison(node: Any, code: str, find: Find) -> dict[str, Any]:
    """Return the operation that gives the results of a comparison, true or false.

    Args, Raises: as `arithmetic`.
    """
    while called_name(node) == "I":
        node = node.args[0]
    if not isinstance(node, ast.Compare) or len(node.ops) != 1 or type(node.ops[0]) not in _COMPARISONS:
        raise Unsupported(f"{code} in a formula has no exporter")
    reader = _Reader(code, find)
    return reader.compared(_COMPARISONS[type(node.ops[0])], reader.read(node.left), reader.read(node.comparators[0]))


class _Reader:
    """Reads the nodes of an expression."""

    def __init__(self, code: str, find: Find) -> None:
        self._code, self._find = code, find

    def read(self, node: Any) -> _Value:
        """Return what a node gives."""
        if isinstance(node, ast.BinOp):
            left, right = self.read(node.left), self.read(node.right)
            if isinstance(node.op, ast.Pow):
                return self._power(left, right)
            if type(node.op) in _OPERATORS:
                return self._applied(_OPERATORS[type(node.op)], left, right)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return self._applied("subtract", _Value(0, ""), self.read(node.operand), negated=True)
        if isinstance(node, ast.Name):
            return self._column(node.id)
        if isinstance(node, ast.Call):
            return self._called(node)
        return self._constant(node)

    def compared(self, function: str, left: _Value, right: _Value) -> dict[str, Any]:
        """Return the operation that compares two values."""
        return self._applied(function, left, right).term  # type: ignore[no-any-return]

    def _constant(self, node: Any) -> _Value:
        try:
            value = ast.literal_eval(node)
        except ValueError:
            value = None
        if type(value) not in (int, float):
            raise self._unsupported()
        return _Value(value, "double" if isinstance(value, float) else "")

    def _column(self, name: str) -> _Value:
        index, kind = self._find(name)
        if kind == "float":
            raise self._unsupported()
        return _Value({"op": "composing.column", "index": index}, kind)

    def _called(self, node: Any) -> _Value:
        called = called_name(node)
        if called == "Q":
            return self._column(str(ast.literal_eval(node.args[0])))
        values = [self.read(argument) for argument in node.args]
        if called == "I" and len(values) == 1:
            return values[0]
        if called == "np.power" and len(values) == 2:  # noqa: PLR2004 - base and exponent
            return self._power(*values)
        name = called[3:] if called.startswith("np.") else ""
        if len(values) != 1 or name not in FUNCTIONS or name not in SAME_AS_FLOAT64.get(values[0].kind, ()):
            raise self._unsupported()
        steps = [{"op": "composing.single"}, {"op": "elementwise.applied", "function": name}]
        term = {"op": "expressions.cast", "type": "double", "values": values[0].term}
        return _Value(chain(term, *steps, {"op": "composing.column", "index": 0}), "double")

    def _power(self, base: _Value, exponent: _Value) -> _Value:
        if base.kind == "double" or exponent.kind == "double":
            return self._applied("power", base, exponent, kind="double")
        if not isinstance(exponent.term, int) or not 1 <= exponent.term <= _LARGEST_POWER:
            raise self._unsupported()
        made = base
        for _ in range(exponent.term - 1):
            made = self._applied("multiply", made, base)
        return made

    def _applied(self, function: str, *values: _Value, kind: str = "", negated: bool = False) -> _Value:
        if not any(isinstance(value.term, dict) for value in values):
            raise self._unsupported()
        kinds = {value.kind for value in values}
        kind = (
            "double"
            if function == "divide" or "double" in kinds
            else kind or ("long" if "long" in kinds else "integer")
        )
        if negated and kind == "double":
            function, values = "multiply", (_Value(-1.0, "double"), values[1])
        terms = [value.term for value in values]
        return _Value({"op": "expressions.applied", "function": function, "type": kind, "arguments": terms}, kind)

    def _unsupported(self) -> Unsupported:
        return Unsupported(f"{self._code} in a formula has no exporter")


def called_name(node: Any) -> str:
    """Return the name of the function that is called, `np.` included; empty if the node is no such call."""
    if not isinstance(node, ast.Call) or not node.args:
        return ""
    function: Any = node.func
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
        return f"{function.value.id}.{function.attr}"
    return getattr(function, "id", "")

"""Formulas of patsy: the design matrix of numeric and categorical columns, splines, and products of them."""

from __future__ import annotations

import ast
from functools import partial
from typing import Any

from . import Unsupported, as_columns
from .elementwise import FUNCTIONS
from .forms import Exported, Rows, Tables, chain
from .patsy_arithmetic import arithmetic, called_name, comparison
from .patsy_transforms import Call, transformed

_NUMERIC = {"double", "float", "integer", "long"}


def design(model: Any, rows: Rows, tables: Tables) -> Exported:
    """Export the matrix of a model's formula, a column for each parameter, as rows.

    Raises:
        Unsupported: a part of the formula has no exporter; names it.
    """
    data = model.data
    found: Any = getattr(data, "design_info", None) or getattr(data, "model_spec", None)
    if type(found).__name__ != "DesignInfo":
        raise Unsupported(f"a formula of {type(found).__module__.split('.')[0]} has no exporter")
    parts = _Parts(found, rows, tables)
    places: list[int] = []
    for codings in found.term_codings.values():
        for coding in codings:
            columns = [parts.columns(factor, coding) for factor in coding.factors]
            made = columns[0] if columns else [parts.one()]
            for following in columns[1:]:  # patsy's first factor changes fastest
                made = [parts.product(left, right) for right in following for left in made]
            places += made
    return parts.assembled(places)


class _Parts:
    """The columns of a formula's factors, each made once."""

    def __init__(self, found: Any, rows: Rows, tables: Tables) -> None:
        self._found, self._rows, self._tables = found, rows, tables
        self._operations: list[dict[str, Any]] = []
        self._width = 0
        self._made: dict[Any, list[int]] = {}
        self._products: list[tuple[int, int]] = []

    def one(self) -> int:
        """Return the place of the column of ones."""
        ones = chain({"op": "combining.constant", "value": 1.0, "form": "columns"}, {"op": "composing.single"})
        return self._add("1", ones, 1)[0]

    def columns(self, factor: Any, coding: Any) -> list[int]:
        """Return the places of a factor's columns in a term."""
        info = self._found.factor_infos[factor]
        if info.type == "numerical":
            return self._add(factor.code, self._numeric(factor.code, info), info.num_columns)
        matrix = coding.contrast_matrices[factor].matrix
        return self._add(
            (factor.code, matrix.tobytes()), self._categorical(factor.code, info.categories, matrix), matrix.shape[1]
        )

    def product(self, left: int, right: int) -> int:
        """Return the place of the product of a column, or another product, and a column: negative, from -1 on."""
        self._products.append((left, right))
        return -len(self._products)

    def assembled(self, places: list[int]) -> Exported:
        """Return the matrix of the columns and products at some places."""
        steps: list[dict[str, Any]] = [{"op": "composing.columns_union", "parts": self._operations}]
        if self._products:
            left, right = ([self._position(pair[side]) for pair in self._products] for side in (0, 1))
            steps.append({"op": "polynomial.products", "left": left, "right": right, "skipped": 0, "bias": False})
        indices = list(map(self._position, places))
        steps += [{"op": "composing.columns", "indices": indices}, {"op": "composing.transposed"}]
        return Exported(chain(*as_columns(self._rows), *steps), Rows(len(indices)))

    def _position(self, place: int) -> int:
        """Return the index of a place among the columns and the products after them."""
        return place if place >= 0 else self._width - 1 - place

    def _add(self, key: Any, operation: dict[str, Any], width: int) -> list[int]:
        if key not in self._made:
            self._made[key] = list(range(self._width, self._width + width))
            self._operations.append(operation)
            self._width += width
        return self._made[key]

    def _numeric(self, code: str, info: Any) -> dict[str, Any]:
        """Return the operation for a column, a function of one, or a transform of either."""
        node: Any = ast.parse(code.strip(), mode="eval").body
        transforms = list(info.state.get("transforms", {}).values())
        if not transforms and info.num_columns == 1 and not _is_column(node):
            return chain(arithmetic(node, code, partial(self._typed, code)), {"op": "composing.single"})
        called = bool(transforms) and isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args
        name, functions = _column(node.args[0] if called else node, code)
        if len(transforms) > 1 or (info.num_columns != 1 and not transforms):
            raise Unsupported(f"{code} in a formula has no exporter")
        index = self._index(name, code, _NUMERIC)
        steps: list[dict[str, Any]] = [
            {"op": "composing.columns", "indices": [index]},
            {"op": "checking.numbers", "names": [name]},
            *({"op": "elementwise.applied", "function": function} for function in functions),
        ]
        for transform in transforms:
            steps += transformed(Call(transform, code, node, info.num_columns, self._rows, index), self._tables)
        return chain(*steps)

    def _categorical(self, code: str, categories: Any, matrix: Any) -> dict[str, Any]:
        """Return the operation for the contrasts of a factor's categories."""
        node: Any = ast.parse(code.strip(), mode="eval").body
        if list(categories) == [False, True] and not _is_column(node):
            found = comparison(node, code, partial(self._typed, code))
            return chain(found, {"op": "composing.single"}, self._looked_up([False, True], code, matrix))
        name, functions = _column(node, code)
        if functions:
            raise Unsupported(f"{code} in a formula has no exporter")
        index = self._index(name, code, {*_NUMERIC, "string", "boolean"})
        known = [value.item() if hasattr(value, "item") else value for value in categories]
        self._tables.hint(self._rows, index, known)
        return chain({"op": "composing.columns", "indices": [index]}, self._looked_up(known, name, matrix))

    def _looked_up(self, known: list[Any], name: str, matrix: Any) -> dict[str, Any]:
        """Return the operation that looks up each category's row of the contrasts; a missing one gives NaN."""
        import numpy as np

        column = {
            "values": [*known, None],
            "codes": list(range(len(known) + 1)),
            "nan": len(known),
            "unseen": None,
            "finite": False,
            "name": name,
            "outcomes": [self._tables.add(np.append(outcome, np.nan)) for outcome in np.asarray(matrix, dtype="f8").T],
        }
        return {"op": "encoding.looked_up", "columns": [column]}

    def _typed(self, code: str, name: str) -> tuple[int, str]:
        index = self._index(name, code, _NUMERIC)
        return index, self._rows.types[index]

    def _index(self, name: str, code: str, types: set[str]) -> int:
        names = [self._rows.named(index) for index in range(self._rows.width)]
        if name not in names or self._rows.types[names.index(name)] not in types:
            raise Unsupported(f"{code} in a formula has no exporter")
        return names.index(name)


def _is_column(node: Any) -> bool:
    """Return whether a factor's code is a column, or functions that are applied to one."""
    try:
        _column(node, "")
    except Unsupported:
        return False
    return True


def _column(node: Any, code: str) -> tuple[str, list[str]]:
    """Return the column that a part of a factor's code names, and numpy's functions that are applied to it, in order.

    Raises:
        Unsupported: the part is something else.
    """
    functions: list[str] = []
    while not isinstance(node, ast.Name):
        called = called_name(node)
        if called == "Q":
            return str(ast.literal_eval(node.args[0])), functions[::-1]
        if called in ("C", "I"):  # C's contrasts and levels are in the matrix
            node = node.args[0]
        elif called.startswith("np.") and called[3:] in FUNCTIONS and len(node.args) == 1:
            functions.append(called[3:])
            node = node.args[0]
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow) and _is_two(node.right):
            functions.append("square")
            node = node.left
        else:
            raise Unsupported(f"{code} in a formula has no exporter")
    return node.id, functions[::-1]


def _is_two(node: Any) -> bool:
    try:
        return bool(ast.literal_eval(node) == 2)  # noqa: PLR2004 - a square
    except ValueError:
        return False

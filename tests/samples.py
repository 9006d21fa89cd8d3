"""Rows to fit estimators to and to ask them, with two classes, three classes and numbers to predict."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd


class Sample(NamedTuple):
    """Normally distributed columns a, b and c, what to predict from them, and rows to ask.

    Attributes:
        random: the generator, for more numbers.
        frame: the rows.
        binary, three, number, several: labels of two and of three classes, a positive number, two numbers.
        edges, asked: rows of edge values; the first 20 rows and those.
    """

    random: np.random.Generator
    frame: pd.DataFrame
    binary: Any
    three: Any
    number: Any
    several: Any
    edges: pd.DataFrame
    asked: pd.DataFrame


def sample(seed: int, rows: int, edges: list[list[float]]) -> Sample:
    """Rows of three columns; the same seed gives the same ones."""
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(random.normal(size=(rows, 3)), columns=["a", "b", "c"])
    number = np.exp(frame["a"] - frame["b"])
    edge_rows = pd.DataFrame(edges, columns=frame.columns)
    return Sample(
        random=random,
        frame=frame,
        binary=frame["a"] + frame["b"] > 0,
        three=np.array(["no", "perhaps", "sí"])[np.digitize(frame["a"], [-0.5, 0.5])],
        number=number,
        several=np.column_stack([number, frame["c"]]),
        edges=edge_rows,
        asked=pd.concat([frame.iloc[:20], edge_rows], ignore_index=True),
    )


NAN, INF = float("nan"), float("inf")

MODERATE = [[0.0, 0.0, 0.0], [1e3, -1e3, 3.0], [NAN, 0.0, 0.0], [0.0, -INF, 0.0]]
EXTREME = [[0.0, 0.0, 0.0], [1e5, -1e5, 3.0], [1e200, 0.0, 0.0], [NAN, 0.0, 0.0], [0.0, INF, 0.0]]
"""Edges: zeros, large values, a missing one and an infinite one."""

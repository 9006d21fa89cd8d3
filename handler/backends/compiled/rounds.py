"""Fill missing values by models of each column given the others, in rounds (sklearn.impute.IterativeImputer)."""

import math
from typing import Any

from handler.backends.compiled.graph import Batch, Operation


def filled(initial: Operation, kept: list[int], steps: list[dict[str, Any]], lows: Any, highs: Any) -> Operation:
    """Fill missing values by models, one column after the other (IterativeImputer).

    Args:
        initial: fills all columns for a start.
        kept: the columns that `initial` returns.
        steps: for one column after the other, its `target`, the `others` that its `model` is given, and the model: an
            operation that gives values.
        lows: the least value of each column.
        highs: the greatest.
    """

    def apply(columns: Batch) -> Batch:
        found = [list(column) for column in initial(columns)]
        lacking = [[row for row, value in enumerate(columns[index]) if math.isnan(value)] for index in kept]
        if all(len(rows) == len(column) for rows, column in zip(lacking, found, strict=True)):
            return found  # a batch without any value
        for step in steps:
            target = step["target"]
            rows = lacking[target]
            if rows:
                given = [[found[other][row] for row in rows] for other in step["others"]]
                low, high = lows[target], highs[target]
                for row, value in zip(rows, step["model"](given), strict=True):
                    found[target][row] = low if value < low else min(value, high)
        return found

    return apply


OPERATIONS = {"filled": filled}

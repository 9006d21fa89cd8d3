"""Custom models whose answers are not one steady value per row."""

import random
import sys
import uuid
import warnings
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import cloudpickle
import numpy as np
import pandas as pd
from mlflow.models import infer_signature

from zoo.custom import Applied, save

cloudpickle.register_pickle_by_value(sys.modules[__name__])

ROWS = pd.DataFrame({"a": [1.0, -2.0, 3.0, 4.0], "n": [3, 1, 2, 2]})

Function = Callable[[pd.DataFrame], Any]

WHOLE: dict[str, Function] = {
    "forecast": lambda frame: pd.DataFrame({"step": range(frame["n"].iloc[0]), "value": 1.5}),
    "named series": lambda frame: pd.Series(np.arange(frame["n"].iloc[0]) * 0.5, name="yhat"),
    "top of a list": lambda frame: [f"item {place}" for _ in frame["a"] for place in range(2)],
    "filter": lambda frame: frame[frame["a"] > 0],
    "one number": lambda frame: float(frame["a"].mean()),
    "one text": lambda frame: f"{len(frame)} rows",
    "dict of scalars": lambda frame: {"mean": frame["a"].mean(), "rows": len(frame)},
    "dict of lists": lambda _: {"low": [1.0, 2.0], "high": [3.0, 4.0]},
    "dict of a table": lambda frame: {"table": pd.DataFrame({"t": [1, 2]}), "mean": float(frame["a"].mean())},
    "tuple of arrays": lambda frame: (frame["a"].to_numpy() * 2, frame["a"].to_numpy() > 0, np.array([0.5])),
    "two targets": lambda frame: [np.column_stack([frame["a"], frame["a"] + 1])] * 5,
}
"""Functions of a table whose output is not one value per row."""

VARYING: dict[str, tuple[Function, list[list[str | int]]]] = {
    "identifiers": (
        lambda frame: pd.DataFrame({"id": [str(uuid.uuid4()) for _ in frame["a"]], "twice": frame["a"] * 2}),
        [["id"]],
    ),
    "interval": (
        lambda frame: np.column_stack([frame["a"], frame["a"] + np.random.default_rng().random(len(frame))]),
        [[1]],
    ),
    "bandit": (lambda frame: [random.choice("ab") if random.random() < 0.4 else "c" for _ in frame["a"]], [[]]),
    "calendar": (
        lambda frame: pd.DataFrame(
            {
                "on": [date.today().isoformat()] * len(frame),  # noqa: DTZ011 - what people write
                "days": [(datetime.now() - datetime(2020, 1, 1)).days] * len(frame),  # noqa: DTZ005, DTZ001 - the same
                "now": [pd.Timestamp.now().normalize()] * len(frame),
                "twice": frame["a"] * 2,
            }
        ),
        [["days"], ["now"], ["on"]],
    ),
    "steady": (lambda frame: frame["a"] * 2, []),
}
"""Functions of a table, and the parts of a row's answer that differ from call to call."""


def save_shape(function: Function, folder: Path, frame: pd.DataFrame = ROWS) -> Path:
    """Save the model of a function with a signature of its inputs and an input example, and return the folder."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*(integer column|type hint)")  # MLflow's advice
        save(Applied(function), folder, signature=infer_signature(frame), input_example=frame)
    return folder

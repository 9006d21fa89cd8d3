"""Custom models that take tensors."""

import sys
from functools import partial
from typing import Any

import cloudpickle
import numpy as np
from mlflow.models import infer_signature

from zoo.case import Case, Rows, values
from zoo.custom import Applied, save

cloudpickle.register_pickle_by_value(sys.modules[__name__])


def tensor() -> Case:
    """An unnamed tensor of shape (-1, 2, 3) as input, one of shape (-1, 3) as output."""
    numbers = np.arange(24, dtype="float32").reshape(4, 2, 3) / 7
    saved = partial(
        save, Applied(lambda data: data.sum(axis=1)), signature=infer_signature(numbers), input_example=numbers[:2]
    )
    return Case(saved, numbers, [{"input": row} for row in numbers.tolist()], values("prediction"))


def tensors() -> Case:
    """Several named tensors with different types and shapes."""
    data = {
        "words": np.array(["one", "two", "three"]),
        "flags": np.array([[True, False], [False, False], [True, True]]),
        "image": np.arange(12, dtype="uint8").reshape(3, 2, 2),
    }

    def describe(data: dict[str, Any]) -> dict[str, Any]:
        return {"length": np.char.str_len(data["words"]), "any": data["flags"].any(1), "image": data["image"] // 2}

    saved = partial(
        save,
        Applied(describe),
        signature=infer_signature(data),
        input_example={name: part[:2] for name, part in data.items()},
    )
    rows = [dict(zip(data, row, strict=True)) for row in zip(*(part.tolist() for part in data.values()), strict=True)]
    return Case(saved, data, rows, _by_name)


def _by_name(output: dict[str, Any]) -> Rows:
    return [
        dict(zip(output, row, strict=True)) for row in zip(*(part.tolist() for part in output.values()), strict=True)
    ]


TENSORS = {"tensor": tensor, "tensors": tensors}

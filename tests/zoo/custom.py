"""Custom models (MLflow's PythonModel) with every kind of input and output that a signature can describe."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import cloudpickle
import mlflow
import numpy as np
import pandas as pd
from mlflow.models import ModelSignature, infer_signature
from mlflow.pyfunc import PythonModel
from mlflow.types import ColSpec, Schema
from packages import REQUIREMENTS

from zoo.case import Case, Rows, columns, records, table, values

# The classes are pickled by value, since this module does not exist where the models are served.
cloudpickle.register_pickle_by_value(sys.modules[__name__])

TEXTS = pd.DataFrame({"text": ["one", "and two", ""], "weight": [1.0, 2.5, -0.0]})


class Applied(PythonModel):
    """Predicts with a function."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self.function = function

    def predict(self, context, model_input):  # noqa: ANN001, ANN201, ARG002 - MLflow reads hints as a signature
        """Return the function's result."""
        return self.function(model_input)


def save(model: PythonModel, folder: Path, **more: Any) -> None:
    """Save a custom model."""
    mlflow.pyfunc.save_model(folder, python_model=model, pip_requirements=REQUIREMENTS, **more)


def applied(
    function: Callable[[Any], Any],
    answer: Callable[[Any], Rows],
    frame: pd.DataFrame = TEXTS,
    outputs: list[ColSpec] | None = None,
    rows: Rows | None = None,
) -> Case:
    """Return the case of a function of a DataFrame, saved with its signature and an input example."""
    signature = ModelSignature(infer_signature(frame).inputs, Schema(outputs) if outputs else None)
    saved = partial(save, Applied(function), signature=signature, input_example=frame[:2])
    return Case(saved, frame, rows or records(frame), answer)


def frame_out() -> Case:
    """A DataFrame with columns of several types as the output."""

    def describe(frame: pd.DataFrame) -> pd.DataFrame:
        length = frame["text"].str.len()
        return pd.DataFrame({"length": length, "long": length > 3, "half": frame["weight"] / 2, "text": frame["text"]})

    return applied(describe, table)


def one_named_output() -> Case:
    """A list, named by the signature's only output."""
    return applied(
        lambda frame: frame["text"].str.upper().tolist(), values("loud"), outputs=[ColSpec("string", "loud")]
    )


def named_array() -> Case:
    """An array of shape (rows, 2), named by the signature's two outputs."""
    outputs = [ColSpec("double", "same"), ColSpec("double", "twice")]
    return applied(lambda frame: frame[["weight"]].to_numpy() @ [[1.0, 2.0]], columns("same", "twice"), outputs=outputs)


def named_records() -> Case:
    """A list of dicts with the names of the signature's outputs."""
    return applied(
        lambda frame: [{"loud": text.upper()} for text in frame["text"]],
        lambda output: output,
        outputs=[ColSpec("string", "loud")],
    )


def series() -> Case:
    """A Series with another index than the input."""
    return applied(lambda frame: frame["weight"].set_axis(frame["text"]), values("prediction"))


def sparse() -> Case:
    """A sparse matrix with several numbers per row."""

    def matrix(frame: pd.DataFrame) -> Any:
        from scipy.sparse import csr_matrix

        return csr_matrix(np.outer(frame["weight"], [1, 0, 2]))

    return applied(matrix, lambda output: values("prediction")(output.toarray()))


def dict_of_lists() -> Case:
    """A dict of lists, one per column."""
    return applied(
        lambda frame: {"text": frame["text"].tolist(), "weight": frame["weight"].to_numpy()},
        lambda output: [
            {"text": text, "weight": weight}
            for text, weight in zip(output["text"], output["weight"].tolist(), strict=True)
        ],
    )


def nested() -> Case:
    """Nested lists and dicts that contain numpy values and None."""
    return applied(
        lambda frame: [
            {"words": text.split(), "size": {"n": np.int64(len(text))}, "none": None} for text in frame["text"]
        ],
        values("prediction"),
    )


def missing() -> Case:
    """NaN, infinity and None, which become null in JSON."""
    return applied(
        lambda frame: pd.DataFrame({"a": np.full(len(frame), np.nan), "b": -np.inf, "c": None, "d": frame["weight"]}),
        lambda output: [{"a": None, "b": None, "c": None, "d": weight} for weight in output["d"]],
    )


def moments() -> Case:
    """Datetimes as input and output."""
    frame = pd.DataFrame(
        {"at": pd.to_datetime(["2026-01-31 12:00", "2000-02-29", "1999-12-31 23:59:59.25"], format="ISO8601")}
    )
    return applied(
        lambda frame: frame["at"] + pd.Timedelta(days=1),
        lambda output: [{"prediction": moment.isoformat()} for moment in output],
        frame,
        rows=[{"at": "2026-01-31T12:00"}, {"at": "2000-02-29"}, {"at": "1999-12-31 23:59:59.25"}],
    )


def moments_of_numpy() -> Case:
    """numpy datetimes, one of them missing."""
    frame = pd.DataFrame({"at": pd.to_datetime(["2026-01-31 12:00:00.25", None])})
    expected: Rows = [{"prediction": "2026-01-31T12:00:00.250000"}, {"prediction": None}]
    return applied(
        lambda frame: frame["at"].to_numpy(),
        lambda output: expected[: len(output)],
        frame,
        rows=[{"at": "2026-01-31T12:00:00.25"}, {"at": None}],
    )


def prediction_of_its_own() -> Case:
    """Dicts with the default output name, which stay unchanged."""
    return applied(lambda frame: [{"prediction": text} for text in frame["text"]], values("prediction"))


def binary() -> Case:
    """Bytes as input and output, base64 in JSON."""
    frame = pd.DataFrame({"blob": [b"hello", b"", bytes(range(250, 256))]})
    encoded = ["aGVsbG8=", "", "+vv8/f7/"]
    return applied(
        lambda frame: frame["blob"].tolist(),
        lambda output: [{"prediction": text} for text in encoded if len(output) == len(encoded)],
        frame,
        rows=[{"blob": text} for text in encoded],
    )


def every_type() -> Case:
    """Every column type, some columns optional; the output shows the pandas types."""
    frame = pd.DataFrame(
        {
            "boolean": [True, False],
            "integer": np.array([1, -(2**31)], "int32"),
            "long": [2**53 + 1, -1],
            "float": np.array([0.1, -3.5], "float32"),
            "double": [0.1, 1e300],
            "string": ["a b", "ü"],
            "datetime": pd.to_datetime(["2026-01-31", "2026-01-31 12:00:00.5"], format="ISO8601"),
            "may be.missing": [0.5, np.nan],
            "note": ["x", None],
        }
    )
    rows = records(frame.drop(columns=["datetime", "may be.missing", "note"]))
    rows[0] |= {"datetime": "2026-01-31", "may be.missing": 0.5, "note": "x"}
    rows[1] |= {"datetime": "2026-01-31T12:00:00.5"}

    def describe(frame: pd.DataFrame) -> list[str]:
        parts = frame.fillna({"note": "nothing"}).itertuples(index=False)
        return [" ".join([*map(str, row), *map(str, frame.dtypes[:5])]) for row in parts]

    return applied(describe, values("prediction"), frame, rows=rows)


def unsigned() -> Case:
    """Neither signature nor example: values have JSON's types, and late imports are unknown."""

    def scaled(frame: pd.DataFrame) -> Any:
        from sklearn.preprocessing import scale

        return scale(frame["weight"])

    saved = partial(save, Applied(scaled))
    return Case(saved, TEXTS, records(TEXTS), values("prediction"))


def unsigned_with_example() -> Case:
    """An example from which MLflow cannot infer a signature."""
    frame = pd.DataFrame({"weight": [1.0, 2.0], "mixed": [1, "a"]})
    saved = partial(save, Applied(lambda frame: frame["mixed"].map(str)), input_example=frame, signature=False)
    return Case(saved, frame, records(frame), values("prediction"))


def unsigned_mirror() -> Case:
    """No signature; the output names the type of the input."""

    def mirrored(data: Any) -> list[str]:
        if isinstance(data, pd.DataFrame):
            return [f"{row} of {[str(dtype) for dtype in data.dtypes]}" for row in data.to_dict(orient="records")]
        return [repr(data)]

    saved = partial(save, Applied(mirrored))
    return Case(saved, TEXTS, records(TEXTS), values("prediction"))


def one_at_a_time() -> Case:
    """A model that raises for more than one row."""

    def single(frame: pd.DataFrame) -> str:
        if len(frame) > 1:
            raise ValueError("one row, please")
        return str(frame["text"].iloc[0]) + "!"

    signature = infer_signature(TEXTS)
    saved = partial(save, Applied(single), signature=signature, input_example=TEXTS[:1])
    return Case(saved, TEXTS[1:2], records(TEXTS[1:2]), lambda output: [{"prediction": output}])


def refuses_rows() -> Case:
    """A model that raises for some rows."""

    def strict(frame: pd.DataFrame) -> Any:
        if (frame["weight"] < 0).any():
            raise ValueError("a negative weight")
        return np.sqrt(frame["weight"])

    return applied(strict, values("prediction"), TEXTS.assign(weight=[1.0, 2.0, 3.0]))


CUSTOM = {
    "frame out": frame_out,
    "one named output": one_named_output,
    "named array": named_array,
    "named records": named_records,
    "series": series,
    "sparse": sparse,
    "dict of lists": dict_of_lists,
    "nested": nested,
    "missing": missing,
    "moments": moments,
    "moments of numpy": moments_of_numpy,
    "prediction of its own": prediction_of_its_own,
    "binary": binary,
    "every type": every_type,
    "unsigned": unsigned,
    "unsigned with example": unsigned_with_example,
    "unsigned mirror": unsigned_mirror,
    "one at a time": one_at_a_time,
    "refuses rows": refuses_rows,
}

"""Custom models with signatures beyond simple columns."""

import copy
import sys
from functools import partial

import cloudpickle
import pandas as pd
from mlflow.models import ModelSignature, infer_signature
from mlflow.pyfunc import PythonModel
from mlflow.types import ColSpec, ParamSchema, ParamSpec, Schema
from mlflow.types.schema import AnyType, Array, Map, Object, Property
from pydantic import BaseModel

from zoo.case import Case, Rows, records, table, values
from zoo.custom import TEXTS, Applied, save

cloudpickle.register_pickle_by_value(sys.modules[__name__])


def nested_columns() -> Case:
    """Columns of lists, objects, maps and any type."""
    inputs = Schema(
        [
            ColSpec(Array("double"), "list"),
            ColSpec(Object([Property("x", "long"), Property("y", "string", required=False)]), "object"),
            ColSpec(Map("string"), "map"),
            ColSpec(AnyType(), "any"),
        ]
    )
    rows: Rows = [
        {"list": [1.0, 2.5], "object": {"x": 1, "y": "a"}, "map": {"k": "v"}, "any": [1, "two", None]},
        {"list": [], "object": {"x": 2}, "map": {}, "any": None},
    ]

    def describe(frame: pd.DataFrame) -> list[str]:
        return [
            f"{list(row.list)} {row.object['x']} {row.object.get('y')} {sorted(row.map.items())} {row.any}"
            for row in frame.itertuples()
        ]

    saved = partial(save, Applied(describe), signature=ModelSignature(inputs), input_example=pd.DataFrame(rows[:1]))
    return Case(saved, pd.DataFrame(rows), copy.deepcopy(rows), values("prediction"))


class Hinted(PythonModel):
    """A model whose type hint is its signature."""

    def predict(self, model_input: list[str]) -> list[int]:
        """Return the lengths."""
        return [len(text) for text in model_input]


def type_hint() -> Case:
    """A type hint instead of a signature, with one unnamed input."""
    data = ["one", "and two", ""]
    saved = partial(save, Hinted(), input_example=["an example"])
    return Case(saved, data, [{"input": text} for text in data], values("prediction"))


class Line(BaseModel):
    """A pydantic model for type hints."""

    text: str
    times: int = 1


class HintedObjects(PythonModel):
    """A model whose type hint is a list of pydantic models."""

    def predict(self, model_input: list[Line]) -> list[str]:
        """Return the texts, repeated."""
        return [line.text * line.times for line in model_input]


def type_hint_objects() -> Case:
    """A type hint that refers to a class of the model."""
    data = [{"text": "one", "times": 2}, {"text": "two"}]
    saved = partial(save, HintedObjects(), input_example=[{"text": "an example", "times": 1}])
    return Case(saved, data, [{"input": line} for line in copy.deepcopy(data)], values("prediction"))


class Chat(PythonModel):
    """A chat model with the response format of language models."""

    def predict(self, model_input, params):  # noqa: ANN001, ANN201 - MLflow reads hints as a signature
        """Return the last message in capitals."""
        said = model_input["messages"].iloc[0][-1]["content"]
        return {"choices": [{"message": {"role": "assistant", "content": said.upper()}}], "usage": dict(params)}


def chat() -> Case:
    """A chat model: one conversation as input, one object as output."""
    message = Object([Property("role", "string"), Property("content", "string")])
    specs = ParamSchema([ParamSpec("temperature", "double", 0.5)])
    inputs = Schema([ColSpec(Array(message), "messages"), ColSpec("string", "user", required=False)])
    rows: Rows = [{"messages": [{"role": "user", "content": "hello"}]}]
    signature = ModelSignature(inputs, params=specs)
    saved = partial(save, Chat(), signature=signature, input_example=pd.DataFrame(rows))
    return Case(saved, pd.DataFrame(rows), copy.deepcopy(rows), lambda output: [{"prediction": output}])


class Threshold(PythonModel):
    """A model with params."""

    def predict(self, model_input, params):  # noqa: ANN001, ANN201 - as above
        """Return whether the weight exceeds `limit`, and all params."""
        over = model_input["weight"] > params["limit"]
        return pd.DataFrame({"over": over, "params": [sorted(params.items())] * len(model_input)})


def params() -> Case:
    """Params of every type, with defaults."""
    specs = [
        ParamSpec("limit", "double", 1.5),
        ParamSpec("count", "integer", 3),
        ParamSpec("strict", "boolean", default=False),
        ParamSpec("mode", "string", "fast"),
        ParamSpec("levels", "long", [1, 2], shape=(-1,)),
    ]
    signature = ModelSignature(infer_signature(TEXTS).inputs, params=ParamSchema(specs))
    asked = {"limit": 0.5, "strict": True, "levels": [7, 8, 9], "mode": "slow & sure"}
    saved = partial(save, Threshold(), signature=signature, input_example=(TEXTS[:2], {"limit": 2.0}))
    return Case(saved, TEXTS, records(TEXTS), table, asked)


def optional_boolean() -> Case:
    """An optional boolean column, which some rows lack."""
    signature = ModelSignature(Schema([ColSpec("double", "weight"), ColSpec("boolean", "flag", required=False)]))
    frame = pd.DataFrame({"weight": [1.0, 2.5, -1.0], "flag": pd.Series([True, None, False], dtype=object)})

    def describe(frame: pd.DataFrame) -> list[str]:
        flags = frame["flag"].tolist() if "flag" in frame else ["no column"] * len(frame)
        return [f"{weight} {flag}" for weight, flag in zip(frame["weight"], flags, strict=True)]

    saved = partial(save, Applied(describe), signature=signature, input_example=frame)
    return Case(saved, frame, records(frame), values("prediction"))


SIGNATURES = {
    "optional boolean": optional_boolean,
    "nested columns": nested_columns,
    "type hint": type_hint,
    "type hint objects": type_hint_objects,
    "chat": chat,
    "params": params,
}

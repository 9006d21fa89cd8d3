"""Custom models whose signatures say more than the names of simple columns."""

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
    """Columns that are lists, objects, maps, or anything."""
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
    """Its type hint is its signature."""

    def predict(self, model_input: list[str]) -> list[int]:
        """The lengths."""
        return [len(text) for text in model_input]


def type_hint() -> Case:
    """A type hint instead of a signature: one input without a name."""
    data = ["one", "and two", ""]
    saved = partial(save, Hinted(), input_example=["an example"])
    return Case(saved, data, [{"input": text} for text in data], values("prediction"))


class Line(BaseModel):
    """What a type hint can name."""

    text: str
    times: int = 1


class HintedObjects(PythonModel):
    """Its type hint is a list of pydantic's models."""

    def predict(self, model_input: list[Line]) -> list[str]:
        """The texts, repeated."""
        return [line.text * line.times for line in model_input]


def type_hint_objects() -> Case:
    """A type hint that names a class of the model's own."""
    data = [{"text": "one", "times": 2}, {"text": "two"}]
    saved = partial(save, HintedObjects(), input_example=[{"text": "an example", "times": 1}])
    return Case(saved, data, [{"input": line} for line in copy.deepcopy(data)], values("prediction"))


class Chat(PythonModel):
    """Answers one conversation, in the form that clients of language models know."""

    def predict(self, model_input, params):  # noqa: ANN001, ANN201 - MLflow reads hints as a signature
        """The last message, in capitals."""
        said = model_input["messages"].iloc[0][-1]["content"]
        return {"choices": [{"message": {"role": "assistant", "content": said.upper()}}], "usage": dict(params)}


def chat() -> Case:
    """A language model: one conversation in, one object out."""
    message = Object([Property("role", "string"), Property("content", "string")])
    specs = ParamSchema([ParamSpec("temperature", "double", 0.5)])
    inputs = Schema([ColSpec(Array(message), "messages"), ColSpec("string", "user", required=False)])
    rows: Rows = [{"messages": [{"role": "user", "content": "hello"}]}]
    signature = ModelSignature(inputs, params=specs)
    saved = partial(save, Chat(), signature=signature, input_example=pd.DataFrame(rows))
    return Case(saved, pd.DataFrame(rows), copy.deepcopy(rows), lambda output: [{"prediction": output}])


class Threshold(PythonModel):
    """Takes params."""

    def predict(self, model_input, params):  # noqa: ANN001, ANN201 - as above
        """Whether the weight is over `limit`, and all params."""
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


SIGNATURES = {
    "nested columns": nested_columns,
    "type hint": type_hint,
    "type hint objects": type_hint_objects,
    "chat": chat,
    "params": params,
}

"""Custom models in every form in which people log them, with the backend's view of each."""

import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cloudpickle
import joblib
import mlflow
import numpy as np
import pandas as pd
import pydantic
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature, infer_signature
from mlflow.pyfunc import PythonModel
from mlflow.pyfunc.model import ChatModel
from mlflow.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema
from mlflow.types.llm import ChatChoice, ChatCompletionResponse, ChatMessage
from packages import REQUIREMENTS

cloudpickle.register_pickle_by_value(sys.modules[__name__])

TABLE = pd.DataFrame({"x": [1.0, -2.0, 3.5], "text": ["one", "and two", ""]})

_SHARED_MODULE = """
import mlflow
from mlflow.models.signature import infer_signature


class Scaled(mlflow.pyfunc.PythonModel):
    def __init__(self, factor):
        self.factor = factor

    def predict(self, context, model_input, params=None):
        return model_input["x"].to_numpy() * self.factor + params["bias"]


def train():
    with mlflow.start_run():
        mlflow.log_metric("seen", infer_signature([1.0]))
"""

_FROM_CODE = """
from mlflow.models import ModelConfig, set_model
from mlflow.pyfunc import PythonModel

config = ModelConfig(development_config="not there when it is served")


class Greeting(PythonModel):
    def predict(self, context, model_input):
        return [f"{config.get('word')} {context.model_config['word']} {text}" for text in model_input["text"]]


set_model(Greeting())
"""


class Message(pydantic.BaseModel):
    """A record with a default."""

    role: str
    times: int = 2


class Layer(PythonModel):
    """A layer of a network in numpy."""

    def __init__(self) -> None:
        self.weights = np.arange(12.0).reshape(4, 3) - 5

    def predict(self, context, model_input, params=None):  # noqa: ANN001, ANN201, ARG002 - as people write it
        """Return the layer's output."""
        return np.tanh(model_input @ self.weights)


class Loads(PythonModel):
    """Loads an artifact and raises an exception of MLflow for what it does not know."""

    def load_context(self, context):  # noqa: ANN001, ANN201 - as people write it
        """Load the table of prices."""
        import joblib as loader

        self.prices = loader.load(context.artifacts["prices"])

    def predict(self, context, model_input):  # noqa: ANN001, ANN201, ARG002 - as people write it
        """Return the price of each text."""
        if "unknown" in set(model_input["text"]):
            raise MlflowException("no such text")
        return pd.DataFrame({"price": model_input["text"].map(self.prices).fillna(0.0), "x": model_input["x"]})


class CountsWords(PythonModel):
    """Takes a list of texts."""

    def predict(self, model_input: list[str]) -> list[int]:
        """Return the number of words of each."""
        return [len(text.split()) for text in model_input]


class Repeats(PythonModel):
    """Takes a list of Pydantic models."""

    def predict(self, model_input: list[Message]) -> list[str]:
        """Return each role as often as the message says."""
        return [message.role * min(message.times, 5) for message in model_input]


class AsksMLflow(PythonModel):
    """Uses MLflow when it predicts."""

    def predict(self, context, model_input):  # noqa: ANN001, ANN201, ARG002 - as people write it
        """Return a constant, from MLflow's version."""
        return [value * len(mlflow.__version__) for value in model_input["x"]]


class Chats(ChatModel):
    """A chat model, whose messages are MLflow's own classes."""

    def predict(self, context, messages, params):  # noqa: ANN001, ANN201, ARG002 - as people write it
        """Repeat the last message."""
        said = ChatMessage(role="assistant", content=messages[-1].content)
        return ChatCompletionResponse(choices=[ChatChoice(message=said)])


class Streams(PythonModel):
    """Answers word by word."""

    def predict(self, context, model_input):  # noqa: ANN001, ANN201, ARG002 - as people write it
        """Return the texts."""
        return list(model_input["text"])

    def predict_stream(self, context, model_input):  # noqa: ANN001, ANN201, ARG002 - as people write it
        """Yield the words of a text."""
        yield from model_input["text"].split()


def sums(model_input: list[dict[str, float]]) -> list[float]:
    """Return the sum of each record's values."""
    return [sum(record.values()) for record in model_input]


def doubled(model_input):  # noqa: ANN001, ANN201 - as people write it
    """Return a column times two."""
    return model_input["x"] * 2


def save(folder: Path, model: Any, **more: Any) -> Path:
    """Save a model and return its folder."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*(type hint|Type hint|pip requirements)")
        mlflow.pyfunc.save_model(folder, python_model=model, pip_requirements=REQUIREMENTS, **more)
    return folder


def described(frame: pd.DataFrame = TABLE) -> dict[str, Any]:
    """Return the signature and the input example of a table."""
    return {"signature": infer_signature(frame), "input_example": frame[:2]}


def network(folder: Path) -> Path:
    """An array in, an array out."""
    rows = np.linspace(-1, 1, 20).reshape(5, 4)
    return save(folder / "model", Layer(), signature=infer_signature(rows, Layer().predict(None, rows)))


def artifact(folder: Path) -> Path:
    """A pickled artifact."""
    joblib.dump({"one": 1.5, "and two": 2.5}, folder / "prices.joblib")
    return save(folder / "model", Loads(), artifacts={"prices": str(folder / "prices.joblib")}, **described())


def shared_module(folder: Path) -> Path:
    """A class in a module of `code_paths` that also trains, and a param with a default."""
    (folder / "thaw_scaled.py").write_text(_SHARED_MODULE)
    sys.path.insert(0, str(folder))
    from thaw_scaled import Scaled  # type: ignore[import-not-found]

    sys.path.remove(str(folder))
    params = ParamSchema([ParamSpec("bias", DataType.double, 0.5)])
    signature = ModelSignature(Schema([ColSpec("double", "x")]), Schema([ColSpec("double")]), params)
    code = [str(folder / "thaw_scaled.py")]
    example = (TABLE[["x"]], {"bias": 1.5})
    return save(folder / "model", Scaled(3.0), code_paths=code, signature=signature, input_example=example)


def from_code(folder: Path) -> Path:
    """A model from code with a configuration."""
    (folder / "greeting.py").write_text(_FROM_CODE)
    return save(folder / "model", str(folder / "greeting.py"), model_config={"word": "hello"}, **described())


SERVED: dict[str, Callable[[Path], Path]] = {
    "array": network,
    "artifact": artifact,
    "code_paths and params": shared_module,
    "from code": from_code,
    "list of texts": lambda folder: save(folder / "model", CountsWords(), input_example=["a b", "c"]),
    "pydantic": lambda folder: save(folder / "model", Repeats(), input_example=[{"role": "x", "times": 3}]),
    "function of records": lambda folder: save(folder / "model", sums, input_example=[{"a": 1.0, "b": 2.0}]),
    "function of a table": lambda folder: save(folder / "model", doubled, **described(TABLE[["x"]])),
}
"""Models that are served without MLflow."""

REFUSED: dict[str, tuple[Callable[[Path], Path], str]] = {
    "a use of MLflow": (lambda folder: save(folder / "model", AsksMLflow(), **described()), "its code uses mlflow"),
    "a stream": (lambda folder: save(folder / "model", Streams(), **described()), "it can stream its output"),
    "a chat model": (lambda folder: save(folder / "model", Chats()), "_ChatModelPyfuncWrapper needs MLflow"),
}
"""Models that need MLflow, and why."""

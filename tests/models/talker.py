"""A model that streams: its column `text` selects what it does between two words."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from mlflow.models import set_model
from mlflow.pyfunc import PythonModel


def _raise() -> None:
    raise ValueError("xyzzy-plugh")


ACTIONS: dict[str, Callable[[], None]] = {
    "fail": _raise,
    "sleep": lambda: time.sleep(3),
    "tick": lambda: time.sleep(0.2),
}


class Talker(PythonModel):
    """Says hello, then the words of its input."""

    def predict(self, context: Any, model_input: Any, params: dict[str, Any] | None = None) -> list[str]:  # noqa: ARG002
        """Return a sentence for each row."""
        return [f"hello {text}" for text in model_input["text"]]

    def predict_stream(
        self,
        context: Any,  # noqa: ARG002
        model_input: Any,
        params: dict[str, Any] | None = None,
    ) -> Iterator[dict[str, Any]]:
        """Yield a word at a time; write a file when the caller stops."""
        try:
            if model_input["text"] == "fail at once":
                _raise()
            yield {"word": "hello", "params": params}
            for word in model_input["text"].split():
                ACTIONS.get(word, lambda: None)()
                yield {"word": word}
        finally:
            if "TALKER_FILE" in os.environ:
                Path(os.environ["TALKER_FILE"]).write_text("stopped")


set_model(Talker())

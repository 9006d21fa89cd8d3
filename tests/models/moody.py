"""A model whose input selects its behaviour: it raises, exits, sleeps or returns unusual values."""

import os
import random
import sys
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from mlflow.models import set_model
from mlflow.pyfunc import PythonModel

random.seed(7)
np.random.seed(7)  # noqa: NPY002 - as people write it


class Panic(BaseException):
    """An error outside of `Exception`, as extensions written in Rust raise."""


def _raise(rest: str) -> Any:
    raise ValueError(f"cannot take {rest}")


def _panic(_: str) -> Any:
    raise Panic


def _stop(_: str) -> Any:
    """Make this and every later prediction fail."""
    Moody.stopped = True
    raise RuntimeError


ANSWERS: dict[str, Callable[[str], Any]] = {
    "raise": _raise,
    "panic": _panic,
    "stop": _stop,
    "exit": lambda rest: sys.exit(rest or 3),
    "sleep": lambda seconds: time.sleep(float(seconds)),
    "die": lambda _: os._exit(7),
    "home": lambda _: os.environ["HOME"],
    "repeat": lambda rest: int(rest[1:]) * rest[0],
    "parallel": lambda _: Parallel(n_jobs=2)(delayed(os.getpid)() for _ in range(4)) == [os.getpid()] * 4,
    "nan": lambda _: float("nan"),
    "infinity": lambda _: [float("inf"), -np.inf],
    "float32": lambda _: np.float32(0.5),
    "integer": lambda _: np.int64(2**53 + 1),
    "boolean": lambda _: np.bool_(True),
    "array": lambda _: np.array([[1.5, np.nan]]),
    "moment": lambda _: [pd.Timestamp("2026-01-31T12:00"), np.datetime64("2026-01-31T12:00", "ns"), pd.NaT, pd.NA],
    "date": lambda _: datetime(2026, 1, 31),  # noqa: DTZ001
    "bytes": lambda _: b"\x00\xff",
    "by_class": lambda _: {np.str_("cat"): np.float64(0.25), np.int64(7): 0.5, False: 0.25},
    "object": lambda _: object(),
    "random": lambda _: [random.random(), np.random.random()],  # noqa: NPY002 - as people write it
    "surrogate": lambda _: "\ud800",
}


class Moody(PythonModel):
    """Interprets each text as `mood` or `mood:rest`, and returns other texts unchanged."""

    stopped = False

    def predict(self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> list[Any]:  # noqa: ARG002
        """Return a value for each row."""
        if self.stopped:
            raise RuntimeError("stopped")
        return [self._answer(text) for text in model_input["text"]]

    def _answer(self, text: str | None) -> Any:
        mood, _, rest = (text or "").partition(":")
        return ANSWERS[mood](rest) if mood in ANSWERS else text


set_model(Moody())

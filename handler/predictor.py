"""The model that a bundle holds, ready to predict: loaded and proved once, then asked by every protocol."""

import math
import time
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import msgspec

from handler import answers, backends, bundle, log, outputs
from handler.batch import Batch
from handler.bundle import Example, Manifest
from handler.errors import BundleError, DeadlineExceeded, InvalidValue, ModelFailed, RequestError
from handler.schema import Schema

SPENT: ContextVar[float] = ContextVar("SPENT", default=0.0)
"""Seconds that models have taken in this request so far."""

# What the warm-up may differ by from the manifest's answer: another processor may round another way.
# The proof itself is stricter, and was made when the bundle was built.
_RELATIVE, _ABSOLUTE = 1e-6, 1e-9


class Predictor:
    """A served model.

    Args:
        folder: the bundle.
        log_input: whether logs may quote the model's own messages, which can hold what callers sent.

    Raises:
        BundleError: the bundle is not whole, its model does not load, or its example gets another answer.
    """

    def __init__(self, folder: Path, *, log_input: bool = False) -> None:
        self.manifest: Manifest = bundle.read(folder)
        self.folder = folder
        self._log_input = log_input
        self._outputs = outputs.names(self.manifest.signature.outputs)
        try:
            self.schema = Schema(self.manifest.signature)
            self._backend = backends.load(self.manifest, folder)
        except (BundleError, KeyboardInterrupt):
            raise
        except BaseException as error:
            raise BundleError(
                f"the {self.manifest.backend} backend cannot load the model in {folder}: {_said(error)}"
            ) from error
        self._warm_up(folder)

    def predict(self, batch: Batch, params: dict[str, Any], deadline: float | None = None) -> Any:
        """What the model gives for a batch, as its library has it; an empty list for no rows.

        Where the model raises, its rows are tried one by one: the rows it refuses are the caller's doing
        as long as the model still answers its own example.

        Raises:
            InvalidValue: the model refuses a row.
            ModelFailed: the model fails, whatever the row.
            DeadlineExceeded: no time was left before a call to the model; a call under way is not broken off.
        """
        started = time.perf_counter()
        backends.DEADLINE.set(deadline)
        try:
            size = self._backend.chunk or batch.count
            if batch.count <= size:
                return self._predict(batch, params, deadline)
            parts = (batch.part(start, size) for start in range(0, batch.count, size))
            return [answer for part in parts for answer in self._predict(part, params, deadline)]
        finally:
            SPENT.set(SPENT.get() + time.perf_counter() - started)

    def columns(self, batch: Batch, params: dict[str, Any], deadline: float | None = None) -> dict[str, list[Any]]:
        """The same as output columns by name, each as long as the batch.

        Raises:
            ModelFailed: also where the model did not give one answer for each row.
        """
        output = self.predict(batch, params, deadline)
        return outputs.to_columns(output, batch.count, self._outputs) if batch.count else {}

    def _predict(self, batch: Batch, params: dict[str, Any], deadline: float | None) -> Any:
        _check(deadline)
        if not batch.count:
            return []
        try:
            return self._backend.predict(batch.columns, params)
        except InvalidValue as error:
            raise _placed(error, batch) from None
        except (RequestError, KeyboardInterrupt):
            raise
        except BaseException as error:  # noqa: BLE001 - a model may raise anything: sys.exit, a panic of Rust's
            log.failure(error, quote=self._log_input)
            raise self._blame(batch, params, error, deadline) from None

    def _blame(
        self, batch: Batch, params: dict[str, Any], error: BaseException, deadline: float | None
    ) -> RequestError:
        failed = ModelFailed(f"the model failed with {type(error).__name__}; the log has the details")
        example = self.manifest.example
        if example is None or self._refusal(self._read(example), example.params):
            return failed
        for index in range(batch.count):
            _check(deadline)
            if refusal := self._refusal(batch.part(index, 1), params):
                why = f"the model refuses this row with {type(refusal).__name__}"
                return _placed(InvalidValue(why, row=index), batch)
        return failed

    def _refusal(self, batch: Batch, params: dict[str, Any]) -> BaseException | None:
        """What the model raises on a batch, if it does."""
        try:
            self._backend.predict(batch.columns, params)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - as in `predict`
            return error
        return None

    def _read(self, example: Example) -> Batch:
        return self.schema.decode(msgspec.json.encode(example.rows))

    def _warm_up(self, folder: Path) -> None:
        example = self.manifest.example
        if example is None or example.answer is None:  # a model that lives elsewhere is not asked before it has to be
            return
        try:
            batch = self._read(example)
            output = self._backend.predict(batch.columns, example.params)
            columns = outputs.to_columns(output, batch.count, self._outputs)
            got = msgspec.json.decode(answers.encode(answers.rows(columns)))
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            raise BundleError(f"the model in {folder} fails on its own input example: {_said(error)}") from error
        if not close(example.answer, got):
            raise BundleError(
                f"the bundle in {folder} answers its input example with {_short(got)}, "
                f"but was proved with {_short(example.answer)}; build it again where it runs"
            )


def close(expected: Any, got: Any) -> bool:
    """Whether two JSON values are the same but for the last digits of their numbers."""
    match expected, got:
        case float(), float():
            return math.isclose(expected, got, rel_tol=_RELATIVE, abs_tol=_ABSOLUTE)
        case list(), list():
            return len(expected) == len(got) and all(map(close, expected, got))
        case dict(), dict():
            return expected.keys() == got.keys() and all(close(expected[key], got[key]) for key in expected)
    return type(expected) is type(got) and bool(expected == got)


def _placed(error: InvalidValue, batch: Batch) -> InvalidValue:
    """What a backend says of a row of its batch, said of the request."""
    if error.row is None:
        return error
    row = batch.first + error.row
    alone = batch.single and not error.column
    return InvalidValue(
        error.detail if alone else f"{error.detail}, at {batch.path(row, error.column)}",
        row=None if batch.single else row,
        column=error.column,
    )


def _check(deadline: float | None) -> None:
    if deadline is not None and time.monotonic() >= deadline:
        raise DeadlineExceeded("no time is left to predict in; send fewer rows, or raise the function's time-out")


def _said(error: BaseException) -> str:
    """An error in one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def _short(value: Any) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= 200 else f"{text[:200]}..."  # noqa: PLR2004 - what a log line bears

"""The model in a bundle: loaded and checked once, then called by every protocol."""

import math
import time
from collections.abc import Generator
from typing import Any, NamedTuple

import msgspec

from handler import backends, bundle, log, streaming, warm_up
from handler.bundle import Example, Manifest
from handler.errors import BundleError, InvalidValue, ModelFailed, RequestError
from handler.files import AnyPath
from handler.message import ModelTime
from handler.response import encoding, output_columns
from handler.schema import Schema
from handler.schema.batch import Batch
from handler.streaming import failed, require_time

_MAY_BE_WHOLE = {"custom", "pyfunc", "remote"}  # backends whose answers may turn out not to be one value per row


class Answer(NamedTuple):
    """A model's output for a batch.

    Attributes:
        output: the output as the model's library returned it.
        columns: the output as columns by name, each as long as the batch; None if it is not one value per row.
    """

    output: Any
    columns: dict[str, list[Any]] | None

    def to_json_value(self, *, single: bool) -> Any:
        """Return the value that `POST /predict` responds with.

        Args:
            single: whether the request is one object, not a list.
        """
        if self.columns is None:
            from handler.response import whole_output

            return {"predictions": whole_output.to_json_value(self.output)}
        rows = encoding.records(self.columns)
        return rows[0] if single else rows


class Predictor:
    """A loaded model.

    Args:
        folder: the bundle.
        log_input: whether logs may quote the model's error messages, which may contain a request's input.
        token: bearer token for a remote model's endpoint, or the ARN of the secret that holds it.

    Raises:
        BundleError: a file is missing or altered, the model does not load, or it does not reproduce the output for
            its input example.
    """

    def __init__(self, folder: AnyPath, *, log_input: bool = False, token: str = "") -> None:
        self.manifest: Manifest = bundle.read_manifest(folder)
        self.folder = folder
        self._log_input = log_input
        self._example = self.manifest.check or self.manifest.example
        try:
            self._outputs = output_columns.output_names(self.manifest.signature.outputs)
            self.schema = Schema(self.manifest.signature)
            self._backend = backends.load(self.manifest, folder, token=token)
        except (BundleError, KeyboardInterrupt):
            raise
        except BaseException as error:
            raise BundleError(
                f"the {self.manifest.backend} backend cannot load the model in {folder}: {_one_line(error)}"
            ) from error
        self._warm_up(folder)

    @property
    def width(self) -> int:
        """Number of input and output columns; the values of a tensor's row count as columns."""
        signature = self.manifest.signature
        return _width(signature.inputs) + _width(signature.outputs)

    def predict(
        self,
        batch: Batch,
        params: dict[str, Any],
        deadline: float | None = None,
        model_time: ModelTime | None = None,
    ) -> Any:
        """Return the model's output for a batch, as its library returns it; an empty list for no rows.

        If the model raises, its rows are tried one by one: a row that fails is the caller's fault, as long as the
        model still predicts its own example.

        Args:
            batch: typed rows.
            params: the model's params from the request.
            deadline: `time.monotonic()` in seconds at which the caller gives up; None for no limit.
            model_time: the seconds that the model takes are added to it.

        Raises:
            InvalidValue: the model rejects a row.
            ModelFailed: the model fails, whatever the row.
            DeadlineExceeded: no time was left before a call to the model; a running call is not interrupted.
        """
        started = time.perf_counter()
        try:
            size = self._backend.chunk or batch.count
            if batch.count <= size:
                return self._predict(batch, params, deadline)
            parts = (batch.part(start, size) for start in range(0, batch.count, size))
            return [answer for part in parts for answer in self._predict(part, params, deadline)]
        finally:
            if model_time is not None:
                model_time.seconds += time.perf_counter() - started

    @property
    def streams(self) -> bool:
        """Whether the model can stream its output."""
        return bool(getattr(self._backend, "streams", False))

    def stream(
        self,
        batch: Batch,
        params: dict[str, Any],
        deadline: float | None = None,
        model_time: ModelTime | None = None,
    ) -> Generator[Any, None, None]:
        """Yield the parts of the model's output for one row as the model makes them; closing it stops the model.

        Args:
            batch: one typed row.
            params: the model's params from the request.
            deadline: `time.monotonic()` in seconds, checked before each part; None for no limit.
            model_time: the seconds that the model takes are added to it.

        Raises:
            InvalidValue: the model rejects the row.
            ModelFailed: the model fails.
            DeadlineExceeded: the deadline has passed.
        """
        return streaming.stream(self._backend, batch, params, deadline, model_time, log_input=self._log_input)

    def answer(
        self,
        batch: Batch,
        params: dict[str, Any],
        deadline: float | None = None,
        model_time: ModelTime | None = None,
    ) -> Answer:
        """Return the model's output for a batch: as columns by output name, or whole.

        Raises:
            ModelFailed: the model fails, or a model of known rows does not return one output for each row.
            InvalidValue, DeadlineExceeded: as `predict` does.
        """
        return self._shape(self.predict(batch, params, deadline, model_time), batch.count)

    def explain(self, batch: Batch, deadline: float | None = None, model_time: ModelTime | None = None) -> list[Any]:
        """Return an explanation for each row of a batch that was predicted, as `handler.explanations` does."""
        from handler import explanations

        return explanations.explain(self._backend, self.manifest, batch, deadline, model_time)

    def output_columns(self, answer: Answer) -> dict[str, list[Any]]:
        """Return an answer as columns, which have any length if the answer is whole."""
        if answer.columns is not None:
            return answer.columns
        from handler.response import whole_output

        return whole_output.to_columns(answer.output, self._outputs)

    def _shape(self, output: Any, rows: int) -> Answer:
        if self.manifest.answers.whole:
            return Answer(output, None)
        try:
            return Answer(output, output_columns.to_columns(output, rows, self._outputs) if rows else {})
        except ModelFailed:
            if self.manifest.backend not in _MAY_BE_WHOLE:
                raise
            return Answer(output, None)

    def _predict(self, batch: Batch, params: dict[str, Any], deadline: float | None) -> Any:
        require_time(deadline)
        if not batch.count:
            return []
        try:
            return self._backend.predict(batch.columns, params, deadline)
        except InvalidValue as error:
            raise _at_request_row(error, batch) from None
        except (RequestError, KeyboardInterrupt):
            raise
        except BaseException as error:  # noqa: BLE001 - a model may raise anything: sys.exit, a panic in Rust
            log.failure(error, quote=self._log_input)
            raise self._blame(batch, params, error, deadline) from None

    def _blame(
        self, batch: Batch, params: dict[str, Any], error: BaseException, deadline: float | None
    ) -> RequestError:
        """Return the error that says whose fault it is that the model raised."""
        blamed = failed(error)
        example = self._example
        if example is None or self._try(self._decode_example(example), example.params, deadline):
            return blamed
        for index in range(batch.count):
            require_time(deadline)
            if raised := self._try(batch.part(index, 1), params, deadline):
                why = f"the model refuses this row with {type(raised).__name__}"
                return _at_request_row(InvalidValue(why, row=index), batch)
        return blamed

    def _try(self, batch: Batch, params: dict[str, Any], deadline: float | None) -> BaseException | None:
        """Return what the model raises on a batch; None if it predicts."""
        try:
            self._backend.predict(batch.columns, params, deadline)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - as in `_predict`
            return error
        return None

    def _decode_example(self, example: Example) -> Batch:
        return self.schema.decode(msgspec.json.encode(example.rows))

    def _varying_parts(self) -> list[list[str | int]]:
        """Return the paths of the varying parts in what `POST /predict` responds to a list of rows."""
        answers = self.manifest.answers
        outside: list[str | int] = ["predictions"] if answers.whole else [warm_up.ANY]
        return [outside + path for path in answers.varies]

    def _warm_up(self, folder: AnyPath) -> None:
        example = self._example
        if example is None or example.answer is None:  # a remote model is not called before the first request
            return
        try:
            batch = self._decode_example(example)
            output = self._backend.predict(batch.columns, example.params)
            answer = self._shape(output, batch.count).to_json_value(single=False)
            got = msgspec.json.decode(encoding.encode(answer))
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            raise BundleError(f"the model in {folder} fails on its own input example: {_one_line(error)}") from error
        varies = self._varying_parts()
        expected, got = warm_up.steady(example.answer, varies), warm_up.steady(got, varies)
        if not warm_up.close(expected, got, self.manifest.options.get("tolerance")):
            raise BundleError(
                f"the bundle in {folder} predicts {_shorten(got)} for its input example, "
                f"but was proved with {_shorten(expected)}; build it again where it runs"
            )


def _width(specs: list[dict[str, Any]] | None) -> int:
    return sum(
        abs(math.prod(spec["tensor-spec"]["shape"][1:])) if spec["type"] == "tensor" else 1
        for spec in specs or [{"type": "any"}]
    )


def _at_request_row(error: InvalidValue, batch: Batch) -> InvalidValue:
    """Return a backend's error, its row counted in the request instead of in the batch."""
    if error.row is None:
        return error
    row = batch.first + error.row
    alone = batch.single and not error.column
    return InvalidValue(
        error.detail if alone else f"{error.detail}, at {batch.path(row, error.column)}",
        row=None if batch.single else row,
        column=error.column,
    )


def _one_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def _shorten(value: Any) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= 200 else f"{text[:200]}..."  # noqa: PLR2004 - characters in a log line

"""What a parent process asks the modules of this folder, and what they answer: JSON objects, one class for each.

Modules that run in a model's own Python import these names for the type checker alone, because Python 3.7 has no
`TypedDict`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Dict, List, NotRequired, TypedDict, final

Row = Dict[str, Any]
"""A row as `POST /predict` takes it."""

Specs = List[Dict[str, Any]]
"""The inputs, outputs or params of a signature."""

Hints = Dict[str, Dict[str, List[Any]]]
"""By column, values near which the model's answer changes: see `model.build.rows`."""


class Calls(TypedDict):
    """How many calls were made, with how many rows."""

    calls: int
    rows: int


class AnsweringRequest(TypedDict):
    """What `answering` takes.

    Attributes:
        rows: the rows to ask.
        params: the model's.
        alone: the model takes one row at a time.
        one_at_a_time: how many of the first rows to ask alone; the rest are asked in small batches, or not at all if
            they are whole; null for as many as PATIENCE allows.
        examples: how many of the first rows are the model's example.
        whole: the output is not one value per row: each row is asked alone, and its answer is the whole output.
        known: answers and errors of the first rows, from a child that died.
        careful: how many rows after them are asked alone.
        skip_together: nothing is asked all at once.
        twice: some rows are asked again, to find what differs from call to call.
        gently: rows are left out around which a call costs too much; the limits that an earlier child has found, see
            `gentle`.
        sizes: numbers of rows that are asked together as well.
    """

    rows: list[Row]
    params: dict[str, Any]
    alone: bool
    one_at_a_time: NotRequired[int | None]
    examples: NotRequired[int]
    whole: NotRequired[bool]
    known: NotRequired[list[Any]]
    careful: NotRequired[int]
    skip_together: NotRequired[bool]
    twice: NotRequired[bool]
    gently: NotRequired[dict[str, list[Any]]]
    sizes: NotRequired[Sequence[int]]


class ComparedAnswers(TypedDict):
    """The answers of one side of a proof that `model.build.proof` compares.

    Attributes:
        batch: the answers to all rows at once.
        single: the answer to each row alone.
        errors: what each row raised; null if it did not.
        together: the one output for all rows, if outputs are whole.
        example: the answer to the example by itself; null if the model refuses it.
        varies: the paths of what differs from call to call.
        batches: for each of the `sizes`, which rows were asked together, and the answer; null if the model refuses it.
        characters: how Python's Unicode tables class each character beyond ASCII in the rows' texts.
    """

    batch: list[Any]
    single: list[Any]
    errors: list[str | None]
    together: NotRequired[Any]
    example: NotRequired[Any]
    varies: NotRequired[list[list[Any]]]
    batches: NotRequired[list[tuple[list[int], Any]]]
    characters: NotRequired[dict[str, str]]


class ReferenceAnswers(ComparedAnswers):
    """MLflow's side of a proof; `float32` says whether the numbers are float32."""

    float32: bool


class AnsweringResult(ComparedAnswers):
    """What `answering` gives.

    Attributes:
        one_at_a_time: how many rows were asked alone.
        seconds_together: the seconds that all at once took.
        left_out: the rows that were left out, each with its place and the reason; the other lists are without them.
        asked: how many calls were made.
    """

    one_at_a_time: int
    seconds_together: float
    left_out: list[list[Any]]
    asked: Calls


class AskMlflowRequest(AnsweringRequest):
    """What `ask_mlflow` takes; `model` is a folder, `param_specs` the params of its signature."""

    model: str
    param_specs: Specs


@final
class AskMlflowResult(AnsweringResult):
    """What `ask_mlflow` gives: `ReferenceAnswers`, and more.

    Attributes:
        float32: whether the numbers are float32.
        seconds: time to load.
        classes: the labels of a classifier; null for other models, a list for each target of several.
        changing_params: the names of params of which another value changes the answers.
        mlflow: MLflow's version.
        imported: the names of the distributions whose files were imported; null if none was asked.
    """

    float32: bool
    seconds: float
    classes: list[Any] | None
    changing_params: NotRequired[list[str]]
    mlflow: str | None
    imported: list[str] | None


@final
class NotPerRowResult(TypedDict):
    """What `ask_mlflow` gives if an output has not one value for each row and the request does not say `whole`."""

    not_per_row: str


class AskBundleRequest(AnsweringRequest):
    """What `ask_bundle` takes.

    Attributes:
        bundle: a folder.
        roots: modules that the bundle needs, so that the result lists what was imported; null to list nothing.
    """

    bundle: str
    roots: list[str] | None


class AskBundleResult(AnsweringResult):
    """What `ask_bundle` gives.

    Attributes:
        seconds: time to load.
        imported: the distributions whose files were imported, as requirements.
        required: those of them that `roots` depend on.
        installed: all distributions.
    """

    seconds: float
    imported: list[str]
    required: list[str]
    installed: list[str]


class ExplainRequest(TypedDict):
    """What `explain` takes.

    Attributes:
        bundle: a folder.
        rows: the rows to explain.
        tolerance: how far contributions may miss the number that they add up to, relative to their sizes.
    """

    bundle: str
    rows: list[Row]
    tolerance: float


class ExplainResult(TypedDict):
    """What `explain` gives.

    Attributes:
        unexplained: why there are no explanations; empty if there are.
        rows: the number of rows that were explained.
        difference: the greatest miss.
    """

    unexplained: str
    rows: int
    difference: float


class DescribeRequest(TypedDict):
    """What `describe` takes; `model` is MLflow's folder."""

    model: str
    flavor: str


class DescribeResult(TypedDict):
    """What `describe` gives: the estimator's columns in order; numbers from 0 if it knows only how many, else none."""

    columns: list[str]


class ExportRequest(TypedDict):
    """What `export` takes.

    Attributes:
        model: MLflow's folder.
        flavor: the flavor to load the model by.
        form: the name of a writer, see `model/writers/`.
        bundle: the folder to write into.
        predict_fn: the method that is served.
        inputs: the signature's.
        params: the signature's.
        columns: the inputs where the model can be compiled, else none.
        example: rows of the input example.
    """

    model: str
    flavor: str
    form: str
    bundle: str
    predict_fn: str
    inputs: Specs | None
    params: Specs
    columns: Specs
    example: list[Row]


class ExportResult(TypedDict):
    """What `export` gives.

    Attributes:
        classes: the labels of a classifier.
        options: more options for the backend.
        modules: the top-level modules that the bundle cannot do without.
        hints: values near which the model's answer changes; null where they are unknown.
    """

    classes: list[Any] | None
    options: dict[str, Any]
    modules: list[str]
    hints: Hints | None


class RepackRequest(TypedDict):
    """What `repack` takes: names of distributions, and the folder to write into."""

    names: list[str]
    folder: str


RepackResult = Dict[str, str]
"""What `repack` gives: the wheel's file name by distribution."""


class SaveRequest(TypedDict):
    """What `save` takes.

    Attributes:
        kind: a name in `save.KINDS` or `save.SAVERS`.
        file: the file that a library wrote, or its directory.
        example: a file of inputs.
        folder: where to write the model.
        trusted: types that a skops file may hold.
        task: of a pipeline of transformers.
        writer: the version of Keras that the environment is for.
    """

    kind: str
    file: str
    example: str
    folder: str
    trusted: list[str]
    task: NotRequired[str]
    writer: NotRequired[str]


class SaveResult(TypedDict, total=False):
    """What `save` gives; nothing of it where it worked.

    Attributes:
        problem: what stands in the way, in words.
        missing: the module that could not be imported.
        saved_with: the version of scikit-learn or Keras that a file was saved with, where another would do.
    """

    problem: str
    missing: str
    saved_with: str

"""Ask MLflow for the reference: the answers of the model itself, in its own environment.

It takes an `AskMlflowRequest` and gives an `AskMlflowResult` or a `NotPerRowResult` (see `contract`).
"""

from __future__ import annotations

import copy
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from .answering import Predict, ask_all
from .distributions import imported_distributions, installed_distributions
from .mlflow_input import input_reader
from .other_params import changing_params
from .outputs import NotPerRow, dtypes, plain, rows_of, whole_of
from .serving import Record, serve

if TYPE_CHECKING:
    from .contract import AskMlflowRequest, AskMlflowResult, NotPerRowResult


_PANIC = "PanicException"
"""What libraries in Rust raise, such as `tokenizers`; it is not an Exception, and would end the process."""


def answer(request: AskMlflowRequest, record: Record) -> AskMlflowResult | NotPerRowResult:
    """Load the model and ask it."""
    try:
        return ask(request, record)
    except NotPerRow as error:
        return {"not_per_row": str(error)}


def ask(request: AskMlflowRequest, record: Record) -> AskMlflowResult:
    """Load the model and ask it.

    Raises:
        NotPerRow: an output does not have one value for each row, and the request does not say `whole`.
    """
    start = time.perf_counter()
    kinds: list[str] = []
    model = load(request["model"])
    given, whole = request["params"], bool(request.get("whole"))
    predict = mlflow_predict(model, given, kinds, whole=whole)
    seconds = time.perf_counter() - start
    result = ask_all(predict, request, record)
    specs = request["param_specs"]
    answered = [row for row, error in zip(request["rows"], result["errors"]) if error is None]

    def predict_with(params: dict[str, Any], rows: list[Any]) -> Any:
        return mlflow_predict(model, params, kinds, whole=whole)(rows)

    return {
        **result,
        "float32": "float32" in kinds or "float16" in kinds,
        "seconds": seconds,
        "classes": classes_of(model),
        "changing_params": changing_params(predict_with, specs, given, answered) if specs and answered else [],
        "mlflow": getattr(sys.modules.get("mlflow"), "__version__", None),
        "imported": [distribution.name for distribution in imported_distributions([], installed_distributions())],
    }


def load(folder: str) -> Any:
    """Return the model as MLflow's scoring server loads it."""
    import mlflow.pyfunc

    return mlflow.pyfunc.load_model(folder)


def classes_of(model: Any) -> list[Any] | None:
    """Return the labels of the classifier in a loaded model, a list for each target of several; None without one."""
    with suppress(Exception):
        wrapper = model._model_impl  # noqa: SLF001 - `get_raw_model` is of MLflow 2.13
        for holder in (wrapper, *vars(wrapper).values()):
            found = getattr(holder, "classes_", None)
            if getattr(found, "ndim", 0) == 1 or isinstance(found, list):
                labels: list[Any] = plain(list(found) if isinstance(found, list) else found)
                return labels
    return None


def mlflow_predict(model: Any, params: dict[str, Any], kinds: list[str], *, whole: bool = False) -> Predict:
    """Return a function that predicts as MLflow's scoring server does; the outputs' dtypes are added to `kinds`."""
    read = input_reader(model)

    def predict(rows: list[Any]) -> Any:
        data = read(copy.deepcopy(rows))  # MLflow's casts change what they are given
        try:
            output = model.predict(data, params=params) if params else model.predict(data)
        except BaseException as error:
            if type(error).__name__ == _PANIC:
                raise ValueError(str(error)) from None
            raise
        kinds.extend(dtypes(output))
        return plain(whole_of(output) if whole else rows_of(output, len(rows)))

    return predict


if __name__ == "__main__":
    serve(answer)

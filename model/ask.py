"""Child: asks MLflow, or a bundle through the handler's own code, for the answers to the same rows.

Run as a script in an environment that need not hold anything of ours (`handler/` where a bundle is asked).

Request: `model` or `bundle` (a folder), `rows` as `POST /predict` takes them, `params`, `alone` (whether the model
takes no more than one of them at a time), `one_at_a_time` (how many of the first are asked alone, by default as many
as there is patience for: both sides are asked alike, as rows may mean another thing together) and `roots` (modules that
cannot be done without). Result: the answers to all rows at once (`batch`) and to each alone (`single`), what each
raised (`errors`), how many were asked alone (`one_at_a_time`), whether the numbers are float32, the `seconds` it took
to load and those it took to answer all at once (`seconds_together`), MLflow's version, the distributions whose files
were `imported`, pinned, and those of them that `roots` depend on (`required`).
"""

import base64
import copy
import importlib.metadata
import json
import os
import re
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

Predict = Callable[[list[Any]], list[Any]]

PATIENCE = 10.0  # seconds for rows asked one by one: a forest takes a tenth of one for each
SMALL_BATCH = 64


def main(asked: str, given: str) -> None:
    """Answer the request in the file `asked` in the file `given`."""
    warnings.simplefilter("ignore")
    try:
        result = answer(json.loads(Path(asked).read_text()))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a model may raise anything
        traceback.print_exc()
        result = {"error": f"{type(error).__name__}: {' '.join(str(error).split())}"}
    Path(given).write_text(json.dumps(result))


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Load what is asked, and ask it every row alone and all of them together."""
    start = time.perf_counter()
    kinds: list[str] = []
    if "model" in request:
        predict = mlflow_model(request["model"], request["params"], kinds)
    else:
        predict = bundle(request["bundle"], request["params"])
    seconds = time.perf_counter() - start
    single, errors, one_at_a_time = one_by_one(
        predict, request["rows"], alone=request["alone"], first=request.get("one_at_a_time")
    )
    start = time.perf_counter()
    batch = single if request["alone"] else together(predict, request["rows"], errors)
    seconds_together = time.perf_counter() - start
    imported = []
    if "roots" in request:  # what a model imports when it is asked is not known of one that was not
        imported = imported_distributions(request["roots"]) if request["rows"] else installed_distributions()
    return {
        "batch": batch,
        "single": single,
        "errors": errors,
        "one_at_a_time": one_at_a_time,
        "float32": "float32" in kinds or "float16" in kinds,
        "seconds": seconds,
        "seconds_together": seconds_together,
        "mlflow": getattr(sys.modules.get("mlflow"), "__version__", None),
        "imported": [distribution.pin for distribution in imported],
        "required": [distribution.pin for distribution in required(imported, request.get("roots", []))],
    }


def one_by_one(
    predict: Predict, rows: list[Any], *, alone: bool, first: int | None
) -> tuple[list[Any], list[str | None], int]:
    """The answer to each row, what it raised, and how many of the first were asked alone.

    Those after `first` are asked in small batches; where that is None, those after PATIENCE.
    """
    found: list[tuple[Any, str | None]] = []
    end = time.monotonic() + PATIENCE
    while len(found) < len(rows):
        if first is None and not alone and time.monotonic() >= end:
            first = len(found)
        size = 1 if alone or first is None or len(found) < first else SMALL_BATCH
        found += halved(predict, rows[len(found) : len(found) + size])
    return [answer for answer, _ in found], [error for _, error in found], len(rows) if first is None else first


def halved(predict: Predict, rows: list[Any]) -> list[tuple[Any, str | None]]:
    """The answer to each row of a batch, and what it raised: found by halves where the batch raises."""
    try:
        return [(answer, None) for answer in predict(rows)]
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a model may raise anything
        if len(rows) == 1:
            return [(None, f"{type(error).__name__}: {' '.join(str(error).split())[:500]}")]
    half = len(rows) // 2
    return halved(predict, rows[:half]) + halved(predict, rows[half:])


def together(predict: Predict, rows: list[Any], errors: list[str | None]) -> list[Any]:
    """The answers to the rows that do not raise, asked all at once; all None if that raises."""
    good = [index for index, error in enumerate(errors) if error is None]
    answers: list[Any] = [None] * len(rows)
    try:
        for index, value in zip(good, predict([rows[index] for index in good]) if good else [], strict=True):
            answers[index] = value
    except (Exception, SystemExit):  # noqa: BLE001 - a model may raise anything
        traceback.print_exc()
    return answers


def bundle(folder: str, params: dict[str, Any]) -> Predict:
    """Predict as the handler does."""
    from handler import answers
    from handler.predictor import Predictor

    predictor = Predictor(Path(folder), log_input=True)

    def predict(rows: list[Any]) -> list[Any]:
        batch = predictor.schema.decode(json.dumps(rows).encode())
        answered: list[Any] = json.loads(answers.encode(answers.rows(predictor.columns(batch, params))))
        return answered

    return predict


def mlflow_model(folder: str, params: dict[str, Any], kinds: list[str]) -> Predict:
    """Predict as MLflow does, rows read by the functions that its own scoring server reads them with.

    The names of the predictions' dtypes are added to `kinds`.
    """
    import mlflow
    from mlflow.utils.proto_json_utils import NumpyEncoder, dataframe_from_parsed_json, parse_tf_serving_input

    model = mlflow.pyfunc.load_model(folder)
    schema = model.metadata.get_input_schema()
    inputs = schema.inputs if schema else []
    unnamed = len(inputs) == 1 and inputs[0].name is None
    # A name can be a number, which is text in JSON; dates in several forms are too much for pandas.
    labels = [index if spec.name is None else spec.name for index, spec in enumerate(inputs)]
    names = {str(label): label for label in labels}
    moments = {str(spec.name) for spec in inputs if getattr(spec.type, "name", None) == "datetime"}
    encoder = NumpyEncoder()

    def column(field: str, value: Any) -> tuple[Any, Any]:
        value = datetime.fromisoformat(value) if field in moments and value is not None else value
        return names.get(field, field), value

    def predict(rows: list[Any]) -> list[Any]:
        # A copy: MLflow's casts change what they are given.
        given = [
            row["input"] if unnamed else dict(column(*item) for item in row.items()) for row in copy.deepcopy(rows)
        ]
        data: Any = given
        if schema is not None and schema.is_tensor_spec():
            data = parse_tf_serving_input({"instances": given}, schema=schema)
        elif not unnamed:
            data = dataframe_from_parsed_json(given, pandas_orient="records", schema=schema)
        output = model.predict(data, params=params) if params else model.predict(data)
        kinds.extend(dtypes(output))
        answered: list[Any] = json.loads(json.dumps(as_rows(output, len(rows)), default=plain))
        return answered

    def plain(value: Any) -> Any:
        if type(value).__name__ in {"NaTType", "NAType"}:
            return None
        if isinstance(value, bytes | bytearray):
            return base64.b64encode(value).decode()
        return listed(value) if hasattr(value, "tolist") else encoder.default(value)

    return predict


def as_rows(output: Any, count: int) -> list[Any]:
    """A prediction as a list with one value a row."""
    if hasattr(output, "toarray"):  # scipy.sparse
        output = output.toarray()
    if hasattr(output, "to_dict") and not hasattr(output, "to_frame"):  # pandas.DataFrame, not Series
        output = output.to_dict(orient="records")
    if hasattr(output, "tolist"):
        output = listed(output)
    if isinstance(output, dict) and output and all(holds(value, count) for value in output.values()):
        output = [dict(zip(output, row, strict=True)) for row in zip(*map(listed, output.values()), strict=True)]
    if not isinstance(output, list | tuple):
        output = [output]
    if len(output) != count:
        raise ValueError(f"the model gave {len(output)} answers for {count} rows")
    return list(output)


def holds(value: Any, count: int) -> bool:
    """Whether a value is a container of so many."""
    return not isinstance(value, str | bytes | dict) and getattr(value, "__len__", int)() == count


def listed(values: Any) -> Any:
    """What a container of numpy or pandas holds, as a list; numpy would give nanoseconds as numbers."""
    if not hasattr(values, "to_numpy") and getattr(getattr(values, "dtype", None), "kind", "") == "M":
        values = values.astype("datetime64[us]")
    return values.tolist() if hasattr(values, "tolist") else values


def dtypes(output: Any) -> list[str]:
    """The names of the dtypes in a prediction."""
    parts = list(output.values()) if isinstance(output, dict) else [output]
    tables = [list(part.dtypes) for part in parts if getattr(part, "ndim", 1) == 2 and hasattr(part, "dtypes")]  # noqa: PLR2004 - a table
    return [str(dtype) for dtype in sum(tables, [getattr(part, "dtype", "") for part in parts])]


class Distribution:
    """An installed distribution: reading its metadata takes a while, so it is done once."""

    def __init__(self, installed: Any) -> None:
        self.name = plain_name(installed.metadata["Name"])
        self.files = [installed.locate_file(file) for file in installed.files or []]
        self.modules = {str(file).split("/", maxsplit=1)[0].split(".", maxsplit=1)[0] for file in installed.files or []}
        self.needs = {plain_name(text) for text in installed.requires or [] if "extra ==" not in text}
        url = json.loads(installed.read_text("direct_url.json") or "{}").get("url")
        self.pin = f"{self.name} @ {url}" if url else f"{self.name}=={installed.version}"


def plain_name(requirement: str) -> str:
    """A distribution's normalized name (PyPA, "Names and normalization") out of a requirement."""
    name = re.split(r"[^\w.-]", requirement, maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()


def installed_distributions() -> list[Distribution]:
    """All of them, by name."""
    return sorted(map(Distribution, importlib.metadata.distributions()), key=lambda distribution: distribution.name)


def imported_distributions(roots: list[str]) -> list[Distribution]:
    """The installed distributions that own an imported file, or a module of `roots` that is used without an import.

    Where several own one (mlflow and mlflow-skinny have the same files), one that is needed anyway is enough;
    else the one with the fewest files.
    """
    installed = installed_distributions()
    owners: dict[str, list[Distribution]] = {}
    for distribution in installed:
        for file in distribution.files:
            owners.setdefault(os.path.realpath(file), []).append(distribution)
    files = [module_file(module) for module in list(sys.modules.values())]
    claims = [owners[path] for path in {os.path.realpath(file) for file in files if file} if path in owners]
    modules = {name.split(".")[0] for name in sys.modules}
    needed = {claim[0] for claim in claims if len(claim) == 1}
    needed |= {one for one in installed if not one.modules.isdisjoint(set(roots) - modules)}
    for claim in claims:
        if needed.isdisjoint(claim):
            needed.add(min(claim, key=lambda distribution: (len(distribution.files), distribution.name)))
    return sorted(needed, key=lambda distribution: distribution.name)


def required(distributions: list[Distribution], roots: list[str]) -> list[Distribution]:
    """Those of `distributions` that own a top-level module of `roots`, or that such a one depends on.

    What is left out was imported because it happened to be there: scikit-learn takes pandas, if it can.
    """
    found: set[Distribution] = set()
    waiting = [distribution for distribution in distributions if not distribution.modules.isdisjoint(roots)]
    while waiting:
        distribution = waiting.pop()
        found.add(distribution)
        waiting += [other for other in distributions if other.name in distribution.needs and other not in found]
    return [distribution for distribution in distributions if distribution in found]


def module_file(module: Any) -> str | None:
    """A module's file, if it says a true one: modules can answer anything when asked for an attribute."""
    file = vars(module).get("__file__") if hasattr(module, "__dict__") else None
    return file if isinstance(file, str) else None


if __name__ == "__main__":
    main(*sys.argv[1:])

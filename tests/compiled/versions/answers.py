"""Fits every case of the table in this interpreter, compiles it, and writes what its library answers.

`python answers.py FOLDER [PATTERN]`, with `exporters`, `writers` and the tests' `samples` on the path; PATTERN selects
cases by their names. Writes FOLDER/answers.json, and a folder with `graph.json` and `arrays.bin` for each
compiled model. Runs on Python 3.7 and newer.
"""

from __future__ import annotations

import json
import math
import platform
import sys
import warnings
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import data
import numpy as np
import pandas as pd
from cases import Case, cases, name

NEAR = 2
"""The number of values of a column, at which predictions change, to test with their neighbours."""

LIBRARIES = {
    "catboost": "catboost", "category_encoders": "category-encoders", "imblearn": "imbalanced-learn",
    "interpret": "interpret-core", "lightgbm": "lightgbm", "sklearn": "scikit-learn", "xgboost": "xgboost",
}  # fmt: skip
"""The project of each module."""

TYPES = {"bool": "boolean", "int32": "integer", "int64": "long", "float32": "float", "float64": "double"}


def main(folder: Path, pattern: str = "") -> None:
    """Write the answers of the cases, of all by default."""
    warnings.simplefilter("ignore")
    known = namespace()
    results: list[dict[str, Any]] = []
    for case in cases(pattern):
        result: dict[str, Any] = {"name": name(case)}
        try:
            rows = data.FRAMES[case.frame]()
            estimator = fitted(case, rows.fitted, known)
        except Exception as error:
            result["absent"] = said(error)
        else:
            result["methods"] = {
                method: answers(estimator, method, rows, folder / f"{len(results)}-{method}", closely=not place)
                for place, method in enumerate(case.methods)
            }
        results.append(result)
    written = {"versions": versions(), "results": results}
    (folder / "answers.json").write_text(json.dumps(written), encoding="utf-8")


def namespace() -> dict[str, Any]:
    """Return the names that the expressions of cases use."""
    for enabler in ("enable_hist_gradient_boosting", "enable_halving_search_cv"):
        imported(f"sklearn.experimental.{enabler}")
    from scipy import special
    from sklearn.compose import make_column_selector, make_column_transformer
    from sklearn.feature_selection import chi2
    from sklearn.pipeline import make_pipeline, make_union
    from sklearn.utils import all_estimators

    functions = (chi2, make_column_selector, make_column_transformer, make_pipeline, make_union)
    libraries = {name: imported(name) for name in LIBRARIES}
    for part in ("combine", "ensemble", "over_sampling", "pipeline", "under_sampling"):
        imported(f"imblearn.{part}")
    imported("category_encoders.wrapper")
    imported("interpret.glassbox")
    return {
        **dict(all_estimators()),
        **{function.__name__: function for function in functions},
        **{name: library for name, library in libraries.items() if library},
        "NAN": math.nan,
        "np": np,
        "special": special,
    }


def imported(module: str) -> Any:
    """Return a module, or None if this environment does not have it."""
    try:
        return import_module(module)
    except ImportError:
        return None


def fitted(case: Case, frame: Any, known: dict[str, Any]) -> Any:
    """Return the fitted estimator of a case; the expression of a booster trains it."""
    more = {**known, "frame": frame, "target": data.TARGETS[case.target]}
    estimator = eval(case.expression, more)  # noqa: S307 - the table's own words
    if not hasattr(estimator, "fit"):
        return estimator
    options = eval(f"dict({case.fit})", more)  # noqa: S307
    return estimator.fit(frame, more["target"], **options)


def answers(estimator: Any, method: str, rows: data.Rows, folder: Path, *, closely: bool) -> dict[str, Any]:
    """Return the rows and the library's answers, alone and in a batch, or the reason why the model is not compiled.

    Args:
        estimator: the fitted estimator.
        method: its method that is compared.
        rows: the rows that it was fitted to, usual ones, and edge cases, each of which is asked alone.
        folder: where the compiled model is written, a new folder.
        closely: whether rows around the model's thresholds and categories are asked too.
    """
    from exporters import Unsupported
    from writers import writer

    inputs = [{"name": name, "type": TYPES.get(str(dtype), "string")} for name, dtype in rows.fitted.dtypes.items()]
    folder.mkdir()
    try:
        written = writer("compiled")(estimator, folder, {"columns": inputs, "inputs": inputs, "predict_fn": method})
    except Unsupported as error:
        return {"refused": str(error)}
    except Exception as error:
        return {"failed": said(error)}
    usual, edges = listed(rows.usual), listed(rows.edges)
    if closely:
        usual += near(written.hints or {}, listed(rows.fitted))
    asked = [*edges, *usual]
    alone = [answer for row in edges for answer in attempt(estimator, method, [row], inputs)]
    alone += attempt(estimator, method, usual, inputs)
    errors = [answer.error if isinstance(answer, Refused) else None for answer in alone]
    good = [index for index, error in enumerate(errors) if error is None]
    batch: list[Any] = [None] * len(asked)
    if good:
        together = ask(estimator, method, [asked[index] for index in good], inputs).tolist()
        for index, answer in zip(good, together):
            batch[index] = finite(answer)
    reference = {
        "single": [None if isinstance(answer, Refused) else finite(answer.tolist()[0]) for answer in alone],
        "batch": batch,
        "errors": errors,
        "float32": any(str(answer.dtype) == "float32" for answer in alone if not isinstance(answer, Refused)),
    }
    return {"inputs": inputs, "rows": asked, "reference": reference}


class Refused(NamedTuple):
    """The error that an estimator raises for a row, in one line."""

    error: str


def attempt(estimator: Any, method: str, rows: list[dict[str, Any]], inputs: list[dict[str, Any]]) -> list[Any]:
    """Return the answer to each row, as an array of one, or its refusal; rows are asked together if none is refused."""
    try:
        found = ask(estimator, method, rows, inputs)
    except Exception as error:
        if len(rows) == 1:
            return [Refused(said(error))]
        half = len(rows) // 2
        return [answer for part in (rows[:half], rows[half:]) for answer in attempt(estimator, method, part, inputs)]
    return [found[index : index + 1] for index in range(len(rows))]


def ask(estimator: Any, method: str, rows: list[dict[str, Any]], inputs: list[dict[str, Any]]) -> Any:
    """Return an estimator's answers as an array, given its input as MLflow gives it."""
    dtypes = {kind: dtype for dtype, kind in TYPES.items()}
    columns = {}
    for spec in inputs:
        values = [row[spec["name"]] for row in rows]
        numeric = spec["type"] in dtypes
        columns[spec["name"]] = np.array(values, dtype=dtypes[spec["type"]]) if numeric else pd.Series(values)
    frame = pd.DataFrame(columns)
    asked: Any = frame
    if type(estimator).__name__ == "Booster" and type(estimator).__module__.startswith("xgboost."):
        asked = import_module("xgboost").DMatrix(frame)
    found = getattr(estimator, method)(asked)
    for plain in ("toarray", "to_numpy"):  # scipy.sparse, pandas
        found = getattr(found, plain)() if hasattr(found, plain) else found
    return np.asarray(found)


def near(hints: dict[str, dict[str, list[Any]]], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows with one value replaced by a value at which predictions change, or by a neighbour of it."""
    found = []
    for column, kinds in hints.items():
        values = [value for value in kinds.get("values", []) if isinstance(rows[0][column], (str, float))]
        for place, value in enumerate(values[:: max(1, len(values) // NEAR)][:NEAR]):
            ways = [value]
            if isinstance(rows[0][column], float):
                narrow = np.float32(value)
                beside = [np.nextafter(value, math.inf), np.nextafter(value, -math.inf)]
                ways = [value, *beside, np.nextafter(narrow, np.float32(math.inf))]
            elif not isinstance(value, str):
                continue
            found += [{**rows[place], column: plain(way)} for way in ways]
    return found


def listed(frame: Any) -> list[dict[str, Any]]:
    """Return rows as dicts."""
    return [{name: plain(value) for name, value in row.items()} for row in frame.to_dict(orient="records")]


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it: None for missing."""
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and math.isnan(value) else value


def finite(answer: Any) -> Any:
    """Return an answer as JSON can hold it: None for numbers that are not finite."""
    if isinstance(answer, (list, tuple)):
        return [finite(inner) for inner in answer]
    return None if isinstance(answer, float) and not math.isfinite(answer) else answer


def said(error: Exception) -> str:
    """Return an error in one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"


def versions() -> dict[str, str]:
    """Return the versions of Python and the installed libraries."""
    found = {"python": platform.python_version(), "numpy": np.__version__}
    for module, project in LIBRARIES.items():
        if module in sys.modules:
            found[project] = sys.modules[module].__version__
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])

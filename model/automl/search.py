"""Child: searches for the best pipeline with FLAML and saves it as an MLflow model.

Run as a script in the environment of requirements-automl.txt. Request: `csv`, `target`, `seconds`, `task`, `seed`,
`trials` (the log that FLAML writes) and `folder` (where the model goes). Result: as `model.automl.search` gives it, and
`plots` in SVG; or a `problem` in words.
"""

import importlib.metadata
import io
import json
import sys
import traceback
import warnings
from pathlib import Path
from typing import Any

HELD_OUT = 0.2
FEWEST = 50  # rows
_CLASSES = 20  # a number with no more values than this names classes
_WORDS = 4  # on average, from which on a column of texts is prose
_MOST_CATEGORIES = 50
_TERMS = 10_000
_EXAMPLE = 5
PACKAGES = ("mlflow-skinny", "scikit-learn", "numpy", "scipy", "pandas", "cloudpickle")
LIBRARIES = {"lightgbm": "lightgbm", "xgboost": "xgboost-cpu"}


class Problem(Exception):
    """The data cannot be used."""


def main(asked: str, given: str) -> None:
    """Answer the request in the file `asked` in the file `given`."""
    warnings.simplefilter("ignore")
    try:
        result = search(json.loads(Path(asked).read_text()))
    except Problem as problem:
        result = {"problem": str(problem)}
    except Exception as error:  # noqa: BLE001 - libraries may raise anything
        traceback.print_exc()
        result = {"error": f"{type(error).__name__}: {' '.join(str(error).split())[:500]}"}
    Path(given).write_text(json.dumps(result))


def search(request: dict[str, Any]) -> dict[str, Any]:
    """Search on four fifths of the rows, score on the rest, and fit what was best on all of them."""
    from sklearn.model_selection import train_test_split
    from sklearn.pipeline import Pipeline

    table, target = read(request["csv"], request["target"])
    task = request["task"] or guessed_task(target)
    target = named(target) if task == "classification" else target.astype(float)
    kinds, left_out = sorted_columns(table)
    if not any(kinds.values()):
        raise Problem("no column is left to predict from")
    table = table[[name for names in kinds.values() for name in names]].fillna(dict.fromkeys(kinds["text"], ""))
    if task == "classification":
        counts = target.value_counts()
        if len(counts) < 2 or counts.min() < 2:  # noqa: PLR2004
            raise Problem(f"{request['target']} needs two classes or more, with two rows or more each")
    parts = train_test_split(
        table,
        target,
        test_size=HELD_OUT,
        random_state=request["seed"],
        stratify=target if task == "classification" else None,
    )
    features, estimator, metric = best(parts[0], parts[2], kinds, task, request)
    pipeline = Pipeline([("features", features), ("model", estimator)]).fit(parts[0], parts[2])
    answers = pipeline.predict(parts[1])
    scores, baseline, plots = judged(task, parts, answers)
    pipeline = Pipeline([("features", prepared(kinds)), ("model", estimator)]).fit(table, target)
    save(pipeline, table, request, scores)
    return {
        "task": task,
        "metric": metric,
        "rows": len(table),
        "held_out": len(parts[1]),
        "columns": kinds,
        "left_out": left_out,
        "scores": scores,
        "baseline": baseline,
        "pipeline": type(estimator).__name__,
        "plots": plots,
    }


def read(path: str, name: str) -> Any:
    """The inputs, and the target where it is known.

    Raises:
        Problem: it is no CSV file, has no such column, or too few rows.
    """
    import pandas as pd

    try:
        table = pd.read_csv(path, low_memory=False)
    except (ValueError, UnicodeDecodeError) as error:
        raise Problem(f"it cannot be read as CSV: {' '.join(str(error).split())[:300]}") from None
    if name not in table.columns:
        raise Problem(f"there is no column {name!r}; there are {', '.join(map(str, table.columns[:20]))}")
    table = table[table[name].notna()]
    if len(table) < FEWEST:
        raise Problem(f"{name} is known of {len(table)} rows, and {FEWEST} are needed")
    return table.drop(columns=name), table[name]


def guessed_task(target: Any) -> str:
    """Classification of texts, booleans and whole numbers of which there are few; else regression."""
    few = target.nunique() <= _CLASSES
    whole = target.dtype.kind in "iub" or (target.dtype.kind == "f" and few and (target == target.round()).all())
    return "classification" if target.dtype.kind not in "iufb" or (few and whole) else "regression"


def named(target: Any) -> Any:
    """Classes as integers where they are whole numbers, else as they are."""
    whole = target.dtype.kind in "iuf" and (target == target.round()).all()
    return target.astype("int64") if whole else target.astype(bool) if target.dtype.kind == "b" else target.astype(str)


def sorted_columns(table: Any) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Columns by how they are prepared, and why others are left out."""
    kinds: dict[str, list[str]] = {"number": [], "category": [], "text": []}
    left_out = {}
    for name in table.columns:
        column = table[name]
        known = column.dropna()
        if known.nunique() < 2:  # noqa: PLR2004 - it tells nothing
            left_out[name] = "it has one value only"
        elif column.dtype.kind in "iuf":
            kinds["number"].append(name)
        elif known.astype(str).str.split().str.len().mean() >= _WORDS:
            kinds["text"].append(name)
        elif known.nunique() > max(_MOST_CATEGORIES, len(known) / 2):
            left_out[name] = "it has another value in nearly every row, as an id has"
        else:
            kinds["category"].append(name)
    return kinds, left_out


def prepared(kinds: dict[str, list[str]]) -> Any:
    """What makes numbers of columns: missing ones filled and all scaled, a column for each category, words counted."""
    from sklearn.compose import ColumnTransformer
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    steps: list[tuple[str, Any, Any]] = []
    if kinds["number"]:
        steps.append(("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), kinds["number"]))
    if kinds["category"]:
        encoder = OneHotEncoder(
            handle_unknown="ignore", max_categories=_MOST_CATEGORIES, sparse_output=not kinds["number"]
        )
        steps.append(("categories", encoder, kinds["category"]))
    words = TfidfVectorizer(max_features=_TERMS, sublinear_tf=True)
    steps += [(f"words of {name}", words, name) for name in kinds["text"]]
    return ColumnTransformer(steps)


def best(
    table: Any, target: Any, kinds: dict[str, list[str]], task: str, request: dict[str, Any]
) -> tuple[Any, Any, str]:
    """The preparation, the best estimator that FLAML finds for it, unfitted, and the metric it is best by."""
    from flaml import AutoML
    from sklearn.base import clone
    from sklearn.preprocessing import LabelEncoder

    features = prepared(kinds)
    rows = features.fit_transform(table)
    classes = task == "classification"
    coded = LabelEncoder().fit_transform(target) if classes else target.to_numpy()
    # XGBoost takes no other classes than 0, 1, 2 and so on.
    numbered = not classes or sorted(target.unique()) == list(range(target.nunique()))
    learners = ["lgbm", "rf", "extra_tree", *(["lrl1"] if classes else []), *(["xgboost"] if numbered else [])]
    metric = "r2" if not classes else "roc_auc" if target.nunique() == 2 else "macro_f1"  # noqa: PLR2004
    automl = AutoML()
    automl.fit(
        rows,
        coded,
        task=task,
        metric=metric,
        time_budget=request["seconds"],
        estimator_list=learners,
        log_file_name=request["trials"],
        log_type="all",
        seed=request["seed"],
        n_jobs=-1,
        verbose=0,
    )
    if automl.model is None:
        raise Problem("no model was fitted in the time there was: give more --minutes")
    estimator = clone(automl.model.estimator)
    settings = {"n_jobs": 1} if "n_jobs" in estimator.get_params() else {}
    return features, estimator.set_params(**settings), metric


def judged(task: str, parts: list[Any], answers: Any) -> tuple[dict[str, float], dict[str, float], list[str]]:
    """Scores on the held-out rows, those of an answer that is always the same, and plots."""
    from sklearn import metrics
    from sklearn.dummy import DummyClassifier, DummyRegressor

    truth = parts[3]
    if task == "classification":
        dummy = DummyClassifier().fit(parts[0], parts[2]).predict(parts[1])
        measures = {
            "accuracy": metrics.accuracy_score,
            "balanced accuracy": metrics.balanced_accuracy_score,
            "F1 (macro)": lambda true, given: metrics.f1_score(true, given, average="macro"),
        }
        plot = confusion(truth, answers)
    else:
        dummy = DummyRegressor().fit(parts[0], parts[2]).predict(parts[1])
        measures = {
            "R2": metrics.r2_score,
            "mean absolute error": metrics.mean_absolute_error,
            "root mean squared error": metrics.root_mean_squared_error,
        }
        plot = residuals(truth, answers)
    scores, baseline = (
        {name: float(measure(truth, given)) for name, measure in measures.items()} for given in (answers, dummy)
    )
    return scores, baseline, [plot]


def confusion(truth: Any, answers: Any) -> str:
    """A confusion matrix."""
    import matplotlib.pyplot as plt
    from sklearn.metrics import ConfusionMatrixDisplay

    count = truth.nunique()
    figure, axes = plt.subplots(figsize=(2 + 0.55 * count, 1.6 + 0.5 * count))
    ConfusionMatrixDisplay.from_predictions(
        truth,
        answers,
        ax=axes,
        cmap="Blues",
        colorbar=False,
        xticks_rotation=45 if count > 3 else 0,  # noqa: PLR2004
    )
    return svg(figure, axes)


def residuals(truth: Any, answers: Any) -> str:
    """What was predicted against by how much it was wrong."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(6, 3.6))
    shown = slice(None, 2000)
    axes.scatter(answers[shown], (truth.to_numpy() - answers)[shown], s=9, alpha=0.5, color="#0072b2", linewidths=0)
    axes.axhline(0, color="#444444", linewidth=0.8)
    axes.set_xlabel("predicted")
    axes.set_ylabel("true - predicted")
    return svg(figure, axes)


def svg(figure: Any, axes: Any) -> str:
    """A figure as text."""
    import matplotlib.pyplot as plt

    axes.spines[["top", "right"]].set_visible(False)
    with plt.rc_context({"svg.fonttype": "none", "svg.hashsalt": "thaw"}):
        out = io.StringIO()
        figure.savefig(out, format="svg", bbox_inches="tight", metadata={"Date": None})
    plt.close(figure)
    return out.getvalue().partition("<svg")[2].join(["<svg", ""])


def save(pipeline: Any, table: Any, request: dict[str, Any], scores: dict[str, float]) -> None:
    """Write the pipeline as an MLflow model with signature, example, scores and what it needs."""
    import mlflow
    import pandas as pd
    from mlflow.models import infer_signature

    needs = [*PACKAGES]
    root = type(pipeline[-1]).__module__.split(".")[0]
    if root in LIBRARIES:
        needs.append(LIBRARIES[root])
    answers = pd.DataFrame({request["target"]: pipeline.predict(table.head(_EXAMPLE))})
    known = table.dropna().head(_EXAMPLE)
    mlflow.sklearn.save_model(
        pipeline,
        request["folder"],
        serialization_format="cloudpickle",
        signature=infer_signature(table, answers),
        input_example=known if len(known) else table.head(_EXAMPLE),
        pip_requirements=[f"{name}=={importlib.metadata.version(name)}" for name in needs],
        metadata={name: round(value, 4) for name, value in scores.items()},
    )


if __name__ == "__main__":
    main(*sys.argv[1:])

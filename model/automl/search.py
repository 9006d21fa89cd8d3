"""Child process: search for the best pipeline with FLAML and save it as an MLflow model.

Runs as a script in the environment of requirements/automl.txt. Request: `csv`, `target`, `seconds`, `task`, `seed`,
`trials` (the log that FLAML writes) and `folder` (of the model). Result: as `model.automl.search` returns it, and
`plots` in SVG; or `problem`, a message for the user.
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
_CLASSES = 20  # most distinct whole numbers that count as classes
_WORDS = 4  # mean words per value from which a column counts as text, not as categories
_MOST_CATEGORIES = 50
_TERMS = 10_000
_EXAMPLE = 5
PACKAGES = ("mlflow-skinny", "scikit-learn", "numpy", "scipy", "pandas", "cloudpickle")
LIBRARIES = {"lightgbm": "lightgbm", "xgboost": "xgboost-cpu"}


class UnusableDataError(Exception):
    """The data cannot be used; the message says why."""


def main(request: str, result: str) -> None:
    """Read the request from one file and write the result to the other."""
    warnings.simplefilter("ignore")
    try:
        found = search(json.loads(Path(request).read_text()))
    except UnusableDataError as problem:
        found = {"problem": str(problem)}
    except Exception as error:  # noqa: BLE001 - libraries may raise anything
        traceback.print_exc()
        found = {"error": f"{type(error).__name__}: {' '.join(str(error).split())[:500]}"}
    Path(result).write_text(json.dumps(found))


def search(request: dict[str, Any]) -> dict[str, Any]:
    """Search on four fifths of the rows, score on the others, and fit the best pipeline on all rows."""
    from sklearn.model_selection import train_test_split
    from sklearn.pipeline import Pipeline

    table, target = read_data(request["csv"], request["target"])
    task = request["task"] or guess_task(target)
    target = to_classes(target) if task == "classification" else target.astype(float)
    kinds, left_out = sort_columns(table)
    if not any(kinds.values()):
        raise UnusableDataError("no usable column is left to predict from")
    table = table[[name for names in kinds.values() for name in names]].fillna(dict.fromkeys(kinds["text"], ""))
    if task == "classification":
        counts = target.value_counts()
        if len(counts) < 2 or counts.min() < 2:  # noqa: PLR2004
            raise UnusableDataError(f"{request['target']} needs at least two classes with at least two rows each")
    parts = train_test_split(
        table,
        target,
        test_size=HELD_OUT,
        random_state=request["seed"],
        stratify=target if task == "classification" else None,
    )
    features, estimator, metric = find_best(parts[0], parts[2], kinds, task, request)
    pipeline = Pipeline([("features", features), ("model", estimator)]).fit(parts[0], parts[2])
    predictions = pipeline.predict(parts[1])
    scores, baseline, plots = evaluate(task, parts, predictions)
    pipeline = Pipeline([("features", make_preprocessor(kinds)), ("model", estimator)]).fit(table, target)
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


def read_data(path: str, name: str) -> Any:
    """Return the inputs and the target of the rows whose target is not missing.

    Raises:
        UnusableDataError: the file is not CSV, lacks the column, or has too few rows.
    """
    import pandas as pd

    try:
        table = pd.read_csv(path, low_memory=False)
    except (ValueError, UnicodeDecodeError) as error:
        raise UnusableDataError(f"not a valid CSV file: {' '.join(str(error).split())[:300]}") from None
    if name not in table.columns:
        raise UnusableDataError(
            f"the column {name!r} does not exist; the columns are {', '.join(map(str, table.columns[:20]))}"
        )
    table = table[table[name].notna()]
    if len(table) < FEWEST:
        raise UnusableDataError(f"only {len(table)} rows have a value of {name}; {FEWEST} are needed")
    return table.drop(columns=name), table[name]


def guess_task(target: Any) -> str:
    """Return classification for texts, booleans and few distinct whole numbers, else regression."""
    few = target.nunique() <= _CLASSES
    whole = target.dtype.kind in "iub" or (target.dtype.kind == "f" and few and (target == target.round()).all())
    return "classification" if target.dtype.kind not in "iufb" or (few and whole) else "regression"


def to_classes(target: Any) -> Any:
    """Return class labels: whole numbers as integers, booleans as they are, everything else as text."""
    whole = target.dtype.kind in "iuf" and (target == target.round()).all()
    return target.astype("int64") if whole else target.astype(bool) if target.dtype.kind == "b" else target.astype(str)


def sort_columns(table: Any) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Return the columns by how they are preprocessed, and the reasons why others are left out."""
    kinds: dict[str, list[str]] = {"number": [], "category": [], "text": []}
    left_out = {}
    for name in table.columns:
        column = table[name]
        known = column.dropna()
        if known.nunique() < 2:  # noqa: PLR2004 - a constant column
            left_out[name] = "because it has one value only"
        elif column.dtype.kind in "iuf":
            kinds["number"].append(name)
        elif known.astype(str).str.split().str.len().mean() >= _WORDS:
            kinds["text"].append(name)
        elif known.nunique() > max(_MOST_CATEGORIES, len(known) / 2):
            left_out[name] = "because nearly every row has another value, as in an id"
        else:
            kinds["category"].append(name)
    return kinds, left_out


def make_preprocessor(kinds: dict[str, list[str]]) -> Any:
    """Return a transformer that imputes and scales numbers, one-hot encodes categories and weights words by TF-IDF."""
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


def find_best(
    table: Any, target: Any, kinds: dict[str, list[str]], task: str, request: dict[str, Any]
) -> tuple[Any, Any, str]:
    """Return the preprocessor, the best estimator that FLAML finds, unfitted, and the metric that it optimized."""
    from flaml import AutoML
    from sklearn.base import clone
    from sklearn.preprocessing import LabelEncoder

    features = make_preprocessor(kinds)
    rows = features.fit_transform(table)
    classes = task == "classification"
    coded = LabelEncoder().fit_transform(target) if classes else target.to_numpy()
    # XGBoost accepts only the classes 0, 1, 2 and so on.
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
        raise UnusableDataError("no model was fitted within the time limit: raise --minutes")
    estimator = clone(automl.model.estimator)
    settings = {"n_jobs": 1} if "n_jobs" in estimator.get_params() else {}
    return features, estimator.set_params(**settings), metric


def evaluate(task: str, parts: list[Any], predictions: Any) -> tuple[dict[str, float], dict[str, float], list[str]]:
    """Return the scores on the held-out rows, the scores of a constant prediction, and plots."""
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
        plot = plot_confusion(truth, predictions)
    else:
        dummy = DummyRegressor().fit(parts[0], parts[2]).predict(parts[1])
        measures = {
            "R2": metrics.r2_score,
            "mean absolute error": metrics.mean_absolute_error,
            "root mean squared error": metrics.root_mean_squared_error,
        }
        plot = plot_residuals(truth, predictions)
    scores, baseline = (
        {name: float(measure(truth, given)) for name, measure in measures.items()} for given in (predictions, dummy)
    )
    return scores, baseline, [plot]


def plot_confusion(truth: Any, predictions: Any) -> str:
    """Return a confusion matrix as SVG."""
    import matplotlib.pyplot as plt
    from sklearn.metrics import ConfusionMatrixDisplay

    count = truth.nunique()
    figure, axes = plt.subplots(figsize=(2 + 0.55 * count, 1.6 + 0.5 * count))
    ConfusionMatrixDisplay.from_predictions(
        truth,
        predictions,
        ax=axes,
        cmap="Blues",
        colorbar=False,
        xticks_rotation=45 if count > 3 else 0,  # noqa: PLR2004
    )
    return to_svg(figure, axes)


def plot_residuals(truth: Any, predictions: Any) -> str:
    """Return a plot of residuals against predictions as SVG."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(6, 3.6))
    shown = slice(None, 2000)
    axes.scatter(
        predictions[shown], (truth.to_numpy() - predictions)[shown], s=9, alpha=0.5, color="#0072b2", linewidths=0
    )
    axes.axhline(0, color="#444444", linewidth=0.8)
    axes.set_xlabel("predicted")
    axes.set_ylabel("true - predicted")
    return to_svg(figure, axes)


def to_svg(figure: Any, axes: Any) -> str:
    """Return a figure as SVG, and close it."""
    import matplotlib.pyplot as plt

    axes.spines[["top", "right"]].set_visible(False)
    with plt.rc_context({"svg.fonttype": "none", "svg.hashsalt": "thaw"}):
        out = io.StringIO()
        figure.savefig(out, format="svg", bbox_inches="tight", metadata={"Date": None})
    plt.close(figure)
    return out.getvalue().partition("<svg")[2].join(["<svg", ""])


def save(pipeline: Any, table: Any, request: dict[str, Any], scores: dict[str, float]) -> None:
    """Write the pipeline as an MLflow model with signature, example, scores and requirements."""
    import mlflow
    import pandas as pd
    from mlflow.models import infer_signature

    packages = [*PACKAGES]
    root = type(pipeline[-1]).__module__.split(".")[0]
    if root in LIBRARIES:
        packages.append(LIBRARIES[root])
    outputs = pd.DataFrame({request["target"]: pipeline.predict(table.head(_EXAMPLE))})
    complete = table.dropna().head(_EXAMPLE)
    mlflow.sklearn.save_model(
        pipeline,
        request["folder"],
        serialization_format="cloudpickle",
        signature=infer_signature(table, outputs),
        input_example=complete if len(complete) else table.head(_EXAMPLE),
        pip_requirements=[f"{name}=={importlib.metadata.version(name)}" for name in packages],
        metadata={name: round(value, 4) for name, value in scores.items()},
    )


if __name__ == "__main__":
    main(*sys.argv[1:])

"""sklearn.calibration and sklearn.isotonic."""

from __future__ import annotations

from typing import Any

from . import Exporter, Unsupported, as_columns, as_rows, checked_columns, labels, unsupported_method
from .combining import BINARY, best_label, concatenate, mean, score, select_columns, single_column
from .forms import VALUES, Exported, Rows, Tables, chain
from .versions import first_of

LEAST = 1e-12
"""Added to probabilities before their logarithm is taken (sklearn.calibration)."""


def calibrated(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the mean probabilities of the calibrated classifiers, or their label."""
    if method not in ("predict", "predict_proba"):
        raise unsupported_method(estimator, method)
    averaged = mean([probabilities(own, rows, tables) for own in estimator.calibrated_classifiers_])
    return averaged if method == "predict_proba" else best_label(averaged, labels(estimator.classes_))


def probabilities(pair: Any, rows: Rows, tables: Tables) -> Exported:
    """Export one classifier's calibrated probabilities as columns."""
    classifier = first_of(pair, "estimator", "base_estimator")
    scores, method = score(classifier, ("decision_function", "predict_proba"), rows, tables)
    if pair.method == "temperature":
        return temperature(pair, scores, method)
    if pair.method not in ("sigmoid", "isotonic"):
        raise Unsupported(f"calibration with method={pair.method!r} has no exporter")
    classes = first_of(pair, "classes_", "classes").tolist()  # before 0.24, the first alone is always there
    known = classifier.classes_.tolist()
    columns = [
        single_column(select_columns(scores, [index]), calibrator_of(calibrator, tables))
        for index, calibrator in enumerate(first_of(pair, "calibrators", "calibrators_"))
    ]
    parts = [Exported(chain(operation, *as_columns(found)), Rows(1, "columns")) for operation, found in columns]
    last: list[dict[str, Any]]
    if len(classes) == BINARY:
        last = [{"op": "combining.complement"}]
    else:
        nothing = Exported({"op": "combining.constant", "value": 0.0, "form": rows.form}, VALUES)
        missing = Exported(chain(nothing.operation, *as_columns(VALUES)), Rows(1, "columns"))
        parts = [parts[known.index(label)] if label in known else missing for label in classes]
        last = [{"op": "combining.shares", "otherwise": 1 / len(classes)}]
    made = chain(concatenate(parts).operation, *last, {"op": "calibrating.rounded"})
    return Exported(made, Rows(len(classes), "columns"))


def calibrator_of(calibrator: Any, tables: Tables) -> dict[str, Any]:
    """Export a calibrator as an operation on values."""
    if type(calibrator).__name__ == "IsotonicRegression":
        return curve(calibrator, tables)
    return {"op": "calibrating.sigmoid", "slope": float(calibrator.a_), "offset": float(calibrator.b_)}


def temperature(pair: Any, scores: Exported, method: str) -> Exported:
    """Export temperature scaling: the softmax of scores or log-probabilities times the inverse temperature."""
    steps: list[dict[str, Any]] = []
    rows = Rows(len(pair.classes), "columns")
    if scores.rows.width == 1 and method == "predict_proba":
        steps.append({"op": "combining.complement"})
    if method == "predict_proba":
        steps.append({"op": "calibrating.logits", "least": LEAST})
    elif scores.rows.width == 1:
        steps += [*as_rows(scores.rows), {"op": "linear.opposed"}, {"op": "composing.transposed"}]
    steps.append({"op": "calibrating.cooled", "factor": float(pair.calibrators[0].beta_)})
    steps += [*as_rows(rows), {"op": "linear.softmax"}, {"op": "composing.transposed"}, {"op": "calibrating.rounded"}]
    return Exported(chain(scores.operation, *steps), rows)


def isotonic(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export isotonic regression of a column."""
    if method not in ("predict", "transform"):
        raise unsupported_method(estimator, method)
    return single_column(Exported(chain(*checked_columns(rows)), rows), curve(estimator, tables))


def curve(estimator: Any, tables: Tables) -> dict[str, Any]:
    """Export isotonic regression as an operation on values."""
    x, y = (first_of(estimator, f"{axis}_thresholds_", f"_necessary_{axis}_") for axis in "Xy")  # before 0.24
    if str(x.dtype) != "float64":
        raise Unsupported(f"{type(estimator).__name__} that computes in {x.dtype} has no exporter")
    return {
        "op": "calibrating.isotonic",
        "x": tables.add(x),
        "y": tables.add(y),
        "least": float(estimator.X_min_),
        "most": float(estimator.X_max_),
        "outside": estimator.out_of_bounds,
    }


EXPORTERS: dict[str, Exporter] = {
    "sklearn.CalibratedClassifierCV": calibrated,
    "sklearn.IsotonicRegression": isotonic,
}

"""XGBoost's trees and linear models, bare or in its scikit-learn interface.

Boosters are read from the JSON that XGBoost saves them in.
"""

from __future__ import annotations

import json
import math
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from . import Exporter, Unsupported, as_rows, checked_columns, checked_rows, labels, unsupported_method
from .forest import CATEGORIES, MISSING_LEFT, UNKNOWN_LEFT, Forest
from .forms import VALUES, Exported, Rows, Tables, chain, zip_strict
from .versions import version

_NUMBERS = {"boolean", "double", "float", "integer", "long", "object"}  # an array of objects may hold nothing else

TRANSFORMS = {
    "binary:hinge": "above_zero",
    "multi:softprob": "softmax",
    **dict.fromkeys(("binary:logistic", "reg:logistic"), "sigmoid"),
    **dict.fromkeys(("count:poisson", "reg:gamma", "reg:tweedie", "survival:aft", "survival:cox"), "exponentials"),
    **dict.fromkeys(
        ("binary:logitraw", "rank:map", "rank:ndcg", "rank:pairwise", "reg:absoluteerror", "reg:linear",
         "reg:pseudohubererror", "reg:quantileerror", "reg:squarederror", "reg:squaredlogerror")
    ),
}  # fmt: skip
"""The operation that each objective applies to sums, None for none; `multi:softmax` returns the best class."""


class Given(NamedTuple):
    """The input of a booster.

    Attributes:
        rows: the form of the input.
        missing: the float32 that counts as missing, besides NaN.
        inplace: whether XGBoost predicts in place.
    """

    rows: Rows
    missing: float = math.nan
    inplace: bool = False

    @property
    def infinite(self) -> bool:
        """Whether infinities are accepted: from 1.4 on not by a DMatrix."""
        return self.inplace or version("xgboost") < (1, 4)

    def columns(self, indices: list[int]) -> list[dict[str, Any]]:
        """Return the operations that convert columns to float32, with NaN for missing."""
        narrowed = {"op": "xgboost_boosters.narrowed", "missing": None if math.isnan(self.missing) else self.missing}
        if self.rows.scipy:
            absent = {"op": "xgboost_boosters.sparse", "indices": indices}
            form = [] if self.rows.sparse else [{"op": "composing.sparse"}]
            rows = [] if self.infinite else checked_rows(self.rows, missing=True, float32=True)
            if self.infinite and not self.rows.sparse:
                rows = as_rows(self.rows)
            return [*rows, *form, absent, narrowed]
        steps = checked_columns(self.rows, missing=True, float32=True)
        if self.infinite:
            steps.pop()
        return [*steps, {"op": "composing.columns", "indices": indices}, narrowed]


class Sums(NamedTuple):
    """The steps from rows to columns of sums, the number of sums, and the objective."""

    steps: list[dict[str, Any]]
    outputs: int
    objective: str

    def then(self, operation: str) -> Sums:
        """Apply an operation to the sums."""
        return self._replace(steps=[*self.steps, {"op": f"xgboost_boosters.{operation}"}])

    def transformed(self) -> Sums:
        """Apply the objective's operation to the sums."""
        if self.objective not in TRANSFORMS:
            raise Unsupported(f"XGBoost's objective {self.objective} has no exporter")
        transform = TRANSFORMS[self.objective]
        return self.then(transform) if transform else self

    def highest(self, classes: list[Any]) -> Exported:
        """Return the label of the greatest sum."""
        label = {"op": "linear.highest", "classes": classes}
        return Exported(chain(*self.steps, {"op": "composing.transposed"}, label), VALUES)

    def exported(self) -> Exported:
        """Return the sums as a result."""
        if self.outputs == 1:
            return Exported(chain(*self.steps, {"op": "composing.column", "index": 0}), VALUES)
        return Exported(chain(*self.steps, {"op": "composing.transposed"}), Rows(self.outputs))

    def predicted(self) -> Exported:
        """Return the predictions of a booster."""
        if self.objective == "multi:softmax":
            return self.highest([float(place) for place in range(self.outputs)])
        return self.transformed().exported()


def sums(booster: Any, given: Given, tables: Tables) -> Sums:
    """Export the sums of an xgboost.Booster.

    Raises:
        Unsupported: the booster was fitted to another number of columns, or the input is not numeric.
    """
    if set(given.rows.types) - _NUMBERS:
        raise Unsupported("XGBoost of anything but numbers has no exporter")
    learner = saved_model(booster)["learner"]
    count = feature_count(learner)
    if given.rows.width != count:
        raise Unsupported(f"XGBoost of {count} columns where {given.rows.width} come has no exporter")
    base = base_margins(booster)
    exporter = {"gbtree": trees, "dart": trees, "gblinear": linear}[learner["gradient_booster"]["name"]]
    return Sums(exporter(learner["gradient_booster"], base, given, tables), len(base), learner["objective"]["name"])


def saved_model(booster: Any) -> Any:
    """Return a booster as XGBoost's JSON."""
    if version("xgboost") >= (1, 6):
        return json.loads(booster.save_raw("json"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        booster.save_model(str(path))
        return json.loads(path.read_text(encoding="utf-8"))


def feature_count(learner: dict[str, Any]) -> int:
    """Return the number of columns that a booster was fitted to."""
    return int(learner["learner_model_param"]["num_feature"])


def load_model(content: Any) -> Any:
    """Return the booster of XGBoost's JSON."""
    import xgboost

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        path.write_text(json.dumps(content), encoding="utf-8")
        return xgboost.Booster(model_file=str(path))


def base_margins(booster: Any) -> list[float]:
    """Return the start value of each sum: the prediction of the booster with all weights set to zero.

    Versions derive it from `base_score` in different ways, and the last bit affects every prediction.
    """
    import numpy as np
    import xgboost

    silent = saved_model(booster)
    inner = silent["learner"]["gradient_booster"]
    content = inner.get("gbtree", inner)["model"]
    for part in content.get("trees", [content]):
        for name in {"base_weights", "leaf_weights", "split_conditions", "weights"} & set(part):
            part[name] = [0.0] * len(part[name])
    row = xgboost.DMatrix(np.zeros((1, feature_count(silent["learner"])), "f4"))
    margins: list[float] = load_model(silent).predict(row, output_margin=True, validate_features=False).ravel().tolist()
    return margins


def linear(booster: dict[str, Any], base: list[float], given: Given, tables: Tables) -> list[dict[str, Any]]:
    """Return the steps to weighted sums (gblinear)."""
    import numpy as np

    *weights, biases = np.array(booster["model"]["weights"], "f4").reshape(-1, len(base))
    added = {
        "op": "xgboost_boosters.linear",
        "weights": [tables.add(weight) for weight in np.transpose(weights)],
        "base": (np.array(base, "f4") + biases).tolist(),
    }
    return [*given.columns(list(range(given.rows.width))), added]


def trees(booster: dict[str, Any], base: list[float], given: Given, tables: Tables) -> list[dict[str, Any]]:
    """Return the steps to sums of leaves (gbtree), weighted by tree (dart)."""
    import numpy as np

    model = booster.get("gbtree", booster)["model"]
    if model.get("cats", {}).get("enc"):
        raise Unsupported("XGBoost of pandas' categories has no exporter")
    weights = booster.get("weight_drop") or model.get("weight_drop")  # in the model since 3.4
    rounds = given.inplace and "weight_drop" in booster
    if version("xgboost") < (1, 7) and any(tree.get("categories_nodes") for tree in model["trees"]):
        raise Unsupported("XGBoost of categories before 1.7 has no exporter")
    used = sorted({feature for tree in model["trees"] for feature in tree["split_indices"]})
    forest = Forest(int(model["trees"][0]["tree_param"]["size_leaf_vector"]) or 1)
    for place, (tree, output) in enumerate(zip_strict(model["trees"], model["tree_info"])):
        values = leaves(tree, forest.width)
        if weights:
            start = np.float32(base[output] if rounds else 0.0)  # added and subtracted again
            values = (start + values - start) * np.float32(weights[place])
        grow(forest, tree, values, np.searchsorted(used, tree["split_indices"]), output)
    added = forest.operation(given.rows.pick(used, "rows"), tables, base, float32=True)
    return [*given.columns(used), {"op": "composing.transposed"}, added]


def leaves(tree: dict[str, Any], width: int) -> Any:
    """Return the values of all nodes; only those of leaves are used. XGBoost 3.2 stores vectors separately."""
    import numpy as np

    if width == 1:
        return np.array(tree["split_conditions"], "f4").reshape(-1, 1)
    if "leaf_weights" not in tree:
        return np.array(tree["base_weights"], "f4").reshape(-1, width)
    places = np.where(np.array(tree["left_children"]) < 0, tree["right_children"], 0)
    return np.array(tree["leaf_weights"], "f4").reshape(-1, width)[places]


def grow(forest: Forest, tree: dict[str, Any], values: Any, columns: Any, output: int) -> None:
    """Add a tree: `<` a float32 becomes `<=` the float32 before it; a set of categories goes right."""
    import numpy as np

    thresholds = np.nextafter(np.array(tree["split_conditions"], "f4"), np.float32(-np.inf)).astype("f8")
    flags = np.where(np.array(tree["default_left"]) > 0, MISSING_LEFT, 0)
    parts = (tree.get(f"categories_{part}", []) for part in ("nodes", "segments", "sizes"))  # from 1.3 on
    for node, start, size in zip_strict(*parts):
        right = set(tree["categories"][start : start + size])
        known = max(right) + 1
        flags[node] |= CATEGORIES | UNKNOWN_LEFT
        thresholds[node] = forest.categories(int(columns[node]), set(range(known)) - right, int(flags[node]), known)
    shape = tree["left_children"], tree["right_children"], columns
    forest.add(*shape, thresholds, values, flags, output, tree.get("sum_hessian"))


def booster(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export a Booster, to which MLflow passes a DMatrix."""
    if method != "predict":
        raise unsupported_method(estimator, method)
    return sums(estimator, Given(rows), tables).predicted()


def fitted(estimator: Any, rows: Rows, tables: Tables) -> Sums:
    """Export the sums of an estimator, up to the best iteration if training stopped early."""
    import numpy as np

    inner = estimator.get_booster()
    trees_only = estimator.booster != "gblinear"
    best = getattr(estimator, "best_iteration", None)
    if best is not None and trees_only:
        inner = inner[: best + 1] if version("xgboost") >= (1, 3) else first_trees(inner, estimator.best_ntree_limit)
    missing = estimator.missing
    narrow = math.inf if missing is None else float(np.float32(missing))
    if math.isinf(narrow):
        raise Unsupported(f"{type(estimator).__name__} with missing={missing} has no exporter")
    return sums(inner, Given(rows, narrow, inplace=trees_only and version("xgboost") >= (1, 4)), tables)


def first_trees(booster: Any, limit: int) -> Any:
    """Return a booster with the first trees of each output alone, as slices of boosters are since XGBoost 1.3."""
    content = saved_model(booster)
    inner = content["learner"]["gradient_booster"]
    model = inner.get("gbtree", inner)["model"]
    count = limit * max(1, int(content["learner"]["learner_model_param"]["num_class"]))
    model["trees"], model["tree_info"] = model["trees"][:count], model["tree_info"][:count]
    model["gbtree_model_param"]["num_trees"] = str(len(model["trees"]))
    if "weight_drop" in inner:
        inner["weight_drop"] = inner["weight_drop"][:count]
    return load_model(content)


def regressor(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the predictions of the booster."""
    if method != "predict":
        raise unsupported_method(estimator, method)
    return fitted(estimator, rows, tables).predicted()


def classifier(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export labels or probabilities; 0 and 1 for each label if multi-label.

    Labels are integers from zero, but for the encoder that versions before 1.6 have.
    """
    if method not in ("predict", "predict_proba"):
        raise unsupported_method(estimator, method)
    total = fitted(estimator, rows, tables)
    encoder: Any = getattr(estimator, "_le", None)
    classes = labels(encoder.classes_) if hasattr(encoder, "classes_") else list(range(estimator.n_classes_))
    if estimator.objective == "multi:softmax":
        return total.highest(classes) if method == "predict" else total.then("softmax").exported()
    found = total.transformed()
    if found.outputs > 1 and len(classes) not in (2, found.outputs):
        raise Unsupported(f"{type(estimator).__name__} of {found.outputs} sums for {len(classes)} has no exporter")
    if method == "predict_proba":
        return found.exported() if found.outputs > 1 else found.then("opposite")._replace(outputs=2).exported()
    if found.outputs == 1:
        label = {"op": "xgboost_boosters.label", **({} if repr(classes) == "[0, 1]" else {"classes": classes})}
        return Exported(chain(*found.steps, label), VALUES)
    return found.highest(classes) if len(classes) > 2 else found.then("above_half").exported()  # noqa: PLR2004


EXPORTERS: dict[str, Exporter] = {
    "xgboost.Booster": booster,
    **{f"xgboost.{name}": classifier for name in ("XGBClassifier", "XGBRFClassifier")},
    **{f"xgboost.{name}": regressor for name in ("XGBRFRegressor", "XGBRanker", "XGBRegressor")},
}

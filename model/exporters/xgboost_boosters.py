"""XGBoost: boosted trees and linear models, by themselves or by scikit-learn's interface.

What a booster holds is read from the JSON that XGBoost itself saves models in.
"""

import json
import math
from typing import Any, NamedTuple

from . import VALUES, Exported, Exporter, Rows, Tables, Unsupported, as_rows, chain, checked, numbers, unknown
from .forest import CATEGORIES, MISSING_LEFT, UNKNOWN_LEFT, Forest

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
"""The operation on sums of each objective, None for none; `multi:softmax` says where the greatest is."""


class Given(NamedTuple):
    """What a booster is given.

    Attributes:
        rows: what comes in.
        missing: the float32 that counts as missing, as NaN always does.
        inplace: whether XGBoost reads the numbers where they are, which lets infinities through, as a DMatrix does not.
    """

    rows: Rows
    missing: float = math.nan
    inplace: bool = False

    def columns(self, indices: list[int]) -> list[dict[str, Any]]:
        """The operations that bring some of the columns into float32, with NaN for missing."""
        narrowed = {"op": "xgboost_boosters.narrowed", "missing": None if math.isnan(self.missing) else self.missing}
        if self.rows.scipy:
            absent = {"op": "xgboost_boosters.sparse", "indices": indices}
            form = [] if self.rows.sparse else [{"op": "composing.sparse"}]
            rows = [] if self.inplace else checked(self.rows, missing=True, float32=True)
            if self.inplace and not self.rows.sparse:
                rows = as_rows(self.rows)
            return [*rows, *form, absent, narrowed]
        steps = numbers(self.rows, missing=True, float32=True)
        if self.inplace:
            steps.pop()
        return [*steps, {"op": "composing.columns", "indices": indices}, narrowed]


class Sums(NamedTuple):
    """The steps from rows to columns of sums, how many there are, and the objective that they were fitted for."""

    steps: list[dict[str, Any]]
    outputs: int
    objective: str

    def then(self, operation: str) -> "Sums":
        """What an operation makes of each of them."""
        return self._replace(steps=[*self.steps, {"op": f"xgboost_boosters.{operation}"}])

    def transformed(self) -> "Sums":
        """What the objective makes of them."""
        if self.objective not in TRANSFORMS:
            raise Unsupported(f"XGBoost's objective {self.objective} has no exporter")
        transform = TRANSFORMS[self.objective]
        return self.then(transform) if transform else self

    def highest(self, classes: list[Any]) -> Exported:
        """The label of the greatest."""
        label = {"op": "linear.highest", "classes": classes}
        return Exported(chain(*self.steps, {"op": "composing.transposed"}, label), VALUES)

    def exported(self) -> Exported:
        """All of them."""
        if self.outputs == 1:
            return Exported(chain(*self.steps, {"op": "composing.column", "index": 0}), VALUES)
        return Exported(chain(*self.steps, {"op": "composing.transposed"}), Rows(self.outputs))

    def predicted(self) -> Exported:
        """What a booster predicts."""
        if self.objective == "multi:softmax":
            return self.highest([float(place) for place in range(self.outputs)])
        return self.transformed().exported()


def sums(booster: Any, given: Given, tables: Tables) -> Sums:
    """The sums of an xgboost.Booster.

    Raises:
        Unsupported: it was fitted to other columns, or to what is no number.
    """
    if set(given.rows.types) - _NUMBERS:
        raise Unsupported("XGBoost of anything but numbers has no exporter")
    if given.rows.width != booster.num_features():
        raise Unsupported(f"XGBoost of {booster.num_features()} columns where {given.rows.width} come has no exporter")
    learner = json.loads(booster.save_raw("json"))["learner"]
    base = base_margins(booster)
    exporter = {"gbtree": trees, "dart": trees, "gblinear": linear}[learner["gradient_booster"]["name"]]
    return Sums(exporter(learner["gradient_booster"], base, given, tables), len(base), learner["objective"]["name"])


def base_margins(booster: Any) -> list[float]:
    """What each sum starts with: what the booster says when all that it adds is zero.

    Versions differ in what they make of `base_score`, and a unit in the last place would show in every answer.
    """
    import numpy as np
    import xgboost

    silent = json.loads(booster.save_raw("json"))
    inner = silent["learner"]["gradient_booster"]
    content = inner.get("gbtree", inner)["model"]
    for part in content.get("trees", [content]):
        for name in {"base_weights", "leaf_weights", "split_conditions", "weights"} & set(part):
            part[name] = [0.0] * len(part[name])
    row = xgboost.DMatrix(np.zeros((1, booster.num_features()), "f4"))
    loaded = xgboost.Booster(model_file=bytearray(json.dumps(silent).encode()))
    margins: list[float] = loaded.predict(row, output_margin=True, validate_features=False).ravel().tolist()
    return margins


def linear(booster: dict[str, Any], base: list[float], given: Given, tables: Tables) -> list[dict[str, Any]]:
    """The steps to weighted sums (gblinear)."""
    import numpy as np

    *weights, biases = np.array(booster["model"]["weights"], "f4").reshape(-1, len(base))
    added = {
        "op": "xgboost_boosters.linear",
        "weights": [tables.add(weight) for weight in np.transpose(weights)],
        "base": (np.array(base, "f4") + biases).tolist(),
    }
    return [*given.columns(list(range(given.rows.width))), added]


def trees(booster: dict[str, Any], base: list[float], given: Given, tables: Tables) -> list[dict[str, Any]]:
    """The steps to the sums of the trees' leaves (gbtree), each with its tree's weight (dart)."""
    import numpy as np

    model = booster.get("gbtree", booster)["model"]
    if model.get("cats", {}).get("enc"):
        raise Unsupported("XGBoost of pandas' categories has no exporter")
    used = sorted({feature for tree in model["trees"] for feature in tree["split_indices"]})
    forest = Forest(int(model["trees"][0]["tree_param"]["size_leaf_vector"]) or 1)
    for place, (tree, output) in enumerate(zip(model["trees"], model["tree_info"], strict=True)):
        values = leaves(tree, forest.width)
        if "weight_drop" in booster:
            start = np.float32(base[output] if given.inplace else 0.0)  # added, then taken away: that rounds
            values = (start + values - start) * np.float32(booster["weight_drop"][place])
        grow(forest, tree, values, np.searchsorted(used, tree["split_indices"]), output)
    added = forest.operation(given.rows.pick(used, "rows"), tables, base, float32=True)
    return [*given.columns(used), {"op": "composing.transposed"}, added]


def leaves(tree: dict[str, Any], width: int) -> Any:
    """The values of every node, those of leaves among them; XGBoost 3.2 keeps vectors in a place of their own."""
    import numpy as np

    if width == 1:
        return np.array(tree["split_conditions"], "f4").reshape(-1, 1)
    if "leaf_weights" not in tree:
        return np.array(tree["base_weights"], "f4").reshape(-1, width)
    places = np.where(np.array(tree["left_children"]) < 0, tree["right_children"], 0)
    return np.array(tree["leaf_weights"], "f4").reshape(-1, width)[places]


def grow(forest: Forest, tree: dict[str, Any], values: Any, columns: Any, output: int) -> None:
    """Add a tree: what is less than a float32 is at most the one before it; a set of categories goes right."""
    import numpy as np

    thresholds = np.nextafter(np.array(tree["split_conditions"], "f4"), np.float32(-np.inf)).astype("f8")
    flags = np.where(np.array(tree["default_left"]) > 0, MISSING_LEFT, 0)
    starts, sizes = tree["categories_segments"], tree["categories_sizes"]
    for node, start, size in zip(tree["categories_nodes"], starts, sizes, strict=True):
        right = set(tree["categories"][start : start + size])
        known = max(right) + 1
        flags[node] |= CATEGORIES | UNKNOWN_LEFT
        thresholds[node] = forest.categories(int(columns[node]), set(range(known)) - right, int(flags[node]), known)
    forest.add(tree["left_children"], tree["right_children"], columns, thresholds, values, flags, output)


def booster(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """A Booster, which MLflow asks by way of a DMatrix."""
    if method != "predict":
        raise unknown(estimator, method)
    return sums(estimator, Given(rows), tables).predicted()


def fitted(estimator: Any, rows: Rows, tables: Tables) -> Sums:
    """The sums of an estimator of the scikit-learn interface: up to the best iteration if it stopped early."""
    import numpy as np

    inner = estimator.get_booster()
    inplace = estimator.booster != "gblinear"
    best = getattr(estimator, "best_iteration", None)
    if best is not None and inplace:
        inner = inner[: best + 1]
    missing = estimator.missing
    if missing is None or math.isinf(narrow := float(np.float32(missing))):
        raise Unsupported(f"{type(estimator).__name__} with missing={missing} has no exporter")
    return sums(inner, Given(rows, narrow, inplace), tables)


def regressor(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """What the booster predicts."""
    if method != "predict":
        raise unknown(estimator, method)
    return fitted(estimator, rows, tables).predicted()


def classifier(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Labels, which are whole numbers from zero, or probabilities; ones and zeros where a row has several labels."""
    if method not in ("predict", "predict_proba"):
        raise unknown(estimator, method)
    total = fitted(estimator, rows, tables)
    classes = list(range(estimator.n_classes_))
    if estimator.objective == "multi:softmax":
        return total.highest(classes) if method == "predict" else total.then("softmax").exported()
    found = total.transformed()
    if found.outputs > 1 and len(classes) not in (2, found.outputs):
        raise Unsupported(
            f"{type(estimator).__name__} of {found.outputs} sums for {len(classes)} classes has no exporter"
        )
    if method == "predict_proba":
        return found.exported() if found.outputs > 1 else found.then("opposite")._replace(outputs=2).exported()
    if found.outputs == 1:
        return Exported(chain(*found.then("label").steps), VALUES)
    return found.highest(classes) if len(classes) > 2 else found.then("above_half").exported()  # noqa: PLR2004


EXPORTERS: dict[str, Exporter] = {
    "xgboost.Booster": booster,
    **{f"xgboost.{name}": classifier for name in ("XGBClassifier", "XGBRFClassifier")},
    **{f"xgboost.{name}": regressor for name in ("XGBRFRegressor", "XGBRanker", "XGBRegressor")},
}

"""Yggdrasil decision forests (ydf) give ydf's predictions."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
import ydf

RANDOM = np.random.default_rng(0)
ROWS = 400
FRAME = pd.DataFrame(
    {
        "size": RANDOM.normal(size=ROWS),
        "rooms": RANDOM.integers(0, 9, ROWS),
        "city": RANDOM.choice(["Bern", "Oslo", "東京", "", "Rome"], ROWS),
        "new": RANDOM.random(ROWS) < 0.5,
    }
)
FRAME["size"] = FRAME["size"].mask(RANDOM.random(ROWS) < 0.2)
SCORE = FRAME["size"].fillna(1) + (FRAME["city"] == "Oslo") * 2 - FRAME["new"] + RANDOM.normal(size=ROWS) / 2
TARGETS = {
    "two classes": np.where(SCORE > 0, "yes", "no"),
    "three classes": np.digitize(SCORE, [-0.5, 0.8]).astype(str),
    "numbers": SCORE.to_numpy(),
}
ODD = pd.DataFrame(
    {
        "size": [np.inf, -np.inf, 1e300, 5e-324, -0.0, np.nan, 16777217.0],
        "rooms": [2**62, -(2**62), 16777217, 0, 3, 9007199254740993, -1],
        "city": ["never", "<OOD>", "", "Oslo ", "東京", "Bern", "oslo"],
        "new": [True, False] * 3 + [True],
    }
)
LEARNERS: dict[str, Any] = {
    "boosted": (ydf.GradientBoostedTreesLearner, {"num_trees": 30}),
    "votes": (ydf.RandomForestLearner, {"num_trees": 30}),
    "shares": (ydf.RandomForestLearner, {"num_trees": 30, "winner_take_all": False}),
    "one tree": (ydf.CartLearner, {}),
}


def trained(learner: str, target: str, **options: Any) -> Any:
    """Train a model of all columns."""
    kind, own = LEARNERS[learner]
    task = ydf.Task.REGRESSION if target == "numbers" else ydf.Task.CLASSIFICATION
    return kind(label="y", task=task, **{**own, **options}).train(FRAME.assign(y=TARGETS[target]), verbose=0)


def asked(model: Any, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows in the order of the model's features."""
    return rows[model.input_feature_names()]


@pytest.mark.filterwarnings("ignore:overflow encountered in cast")
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("learner", LEARNERS)
def test_predictions(compare: Any, learner: str, target: str) -> None:
    """Every learner, with missing numbers, unknown categories, and numbers beside each threshold."""
    model = trained(learner, target)
    edges = sorted(thresholds(model))[:40]
    near = [np.float32(edge) for edge in edges]
    sides = [*edges, *(np.nextafter(one, np.float32(-np.inf)) for one in near), *np.nextafter(edges, -np.inf)]
    beside = pd.concat([FRAME] * 3, ignore_index=True)[: len(sides)].assign(size=np.array(sides, "f8"))
    rows = pd.concat([FRAME[:60], ODD, beside], ignore_index=True)
    compare(model, asked(model, rows), float32=True)


def thresholds(model: Any) -> set[float]:
    """The numbers that trees compare the size with."""
    place = next(one.column_idx for one in model.input_features() if one.name == "size")
    nodes = [tree.root for tree in model.get_all_trees()]
    found = set()
    for node in nodes:  # grows meanwhile
        if not node.is_leaf:
            nodes += [node.pos_child, node.neg_child]
            if node.condition.attribute == place:
                found.add(float(node.condition.threshold))
    return found


REFUSED: dict[str, Any] = {
    "NumericalSparseObliqueCondition": lambda: trained("votes", "numbers", split_axis="SPARSE_OBLIQUE"),
    "task ANOMALY_DETECTION|IsolationForestModel": lambda: ydf.IsolationForestLearner(
        num_trees=5, features=[*FRAME]
    ).train(FRAME, verbose=0),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_does_not_compile(compiled: Any, name: str) -> None:
    """The error names the reason."""
    from exporters import Unsupported

    model = REFUSED[name]()
    with pytest.raises(Unsupported, match=name):
        compiled(model, asked(model, FRAME))

"""CatBoost's models give CatBoost's answers: to the last bit where it only adds, else nearly so."""

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest
from catboost import CatBoost, CatBoostClassifier, CatBoostRanker, CatBoostRegressor
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

RANDOM = np.random.default_rng(0)
ROWS = 300
FRAME = pd.DataFrame(RANDOM.normal(size=(ROWS, 3)), columns=["a", "b", "fixed acidity"]).round(2)
HOLES = FRAME.mask(RANDOM.random(FRAME.shape) < 0.2)
NUMBER = (FRAME["a"] * 3 - FRAME["b"] + RANDOM.normal(size=ROWS)).to_numpy()
POSITIVE = np.exp(NUMBER / 3)
BINARY = (NUMBER > 0).astype(int)
THREE = np.digitize(NUMBER, [-1.5, 1.5])
SEVERAL = np.column_stack([NUMBER, FRAME["b"] * 2])
LABELS = np.column_stack([BINARY, THREE > 1]).astype(int)
SMALL = {"iterations": 12, "depth": 3, "verbose": False, "allow_writing_files": False, "thread_count": 1}
UNCERTAIN = "RMSEWithUncertainty"
ROUNDED = 1e-14
"""The most that the processor's own powers of e differ by."""

EDGES = pd.DataFrame(
    [
        [0.0, 0.0, 0.0],
        [-0.0, 5e-324, -5e-324],
        [1e6, -1e6, 16777217.0],
        [3.4028234663852886e38, -3.4028234663852886e38, 3.5e38],
        [np.nan, np.nan, np.nan],
        [1e300, -1e300, 0.0],
        [np.inf, -np.inf, 0.0],
    ],
    columns=FRAME.columns,
)


def around(model: Any, frame: pd.DataFrame) -> pd.DataFrame:
    """Rows to ask: known ones, edges, and some borders of a model with their neighbours in float32 and float64."""
    parts = [frame[:8], EDGES]
    for place, known in model.get_borders().items():
        borders = np.random.default_rng(0).choice(known, min(len(known), 3), replace=False)
        for way in (-np.inf, np.inf):
            with np.errstate(over="ignore"):  # the next float32 after the last is infinite
                single = np.nextafter(np.float32(borders), np.float32(way))
            for values in (single, np.nextafter(borders, way), borders):
                rows = frame[: len(borders)].copy()
                rows[frame.columns[place]] = values.astype("f8")
                parts.append(rows)
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize("loss", ["RMSE", "MAE", "Quantile:alpha=0.3", "MAPE", "Huber:delta=1", "LogCosh", "Lq:q=3"])
def test_sums_have_the_same_bits(compare: Any, loss: str) -> None:
    """Where a loss leaves the sums alone, every bit is CatBoost's, around all borders and where values miss."""
    model = CatBoostRegressor(loss_function=loss, **SMALL).fit(HOLES, POSITIVE)
    assert 0.0 == compare(model, around(model, HOLES)).difference


@pytest.mark.parametrize(
    ("loss", "target"),
    [("Poisson", POSITIVE), ("Tweedie:variance_power=1.5", POSITIVE), ("RMSEWithUncertainty", NUMBER)],
)
def test_powers_of_e(compare: Any, loss: str, target: Any) -> None:
    """Where predictions are powers of e, CatBoost's own exponential function differs by a few units."""
    model = CatBoostRegressor(loss_function=loss, **SMALL).fit(HOLES, target)
    assert ROUNDED > compare(model, around(model, HOLES)).difference


@pytest.mark.parametrize("loss", ["MultiRMSE", "MultiQuantile:alpha=0.1,0.5,0.9"])
def test_several_outputs(compare: Any, loss: str) -> None:
    """Several targets, or several quantiles of one, have a sum each."""
    model = CatBoostRegressor(loss_function=loss, **SMALL).fit(HOLES, SEVERAL if loss == "MultiRMSE" else NUMBER)
    assert 0.0 == compare(model, around(model, HOLES)).difference


@pytest.mark.parametrize("method", ["predict", "predict_proba"])
@pytest.mark.parametrize(
    ("loss", "target"),
    [
        ("Logloss", BINARY), ("Logloss", BINARY > 0), ("Logloss", np.array(["no", "yes"])[BINARY]),
        ("CrossEntropy", 1 / (1 + np.exp(-NUMBER))), ("MultiClass", THREE),
        ("MultiClass", np.array(["u", "v", "w"])[THREE]),
        ("MultiClassOneVsAll", THREE), ("MultiLogloss", LABELS), ("MultiCrossEntropy", 1 / (1 + np.exp(-SEVERAL))),
    ],
)  # fmt: skip
def test_classes(compare: Any, loss: str, target: Any, method: str) -> None:
    """Labels are the same, in CatBoost's own form, and probabilities to a few units in the last place."""
    model = CatBoostClassifier(loss_function=loss, **SMALL).fit(HOLES, target)
    assert ROUNDED > compare(model, around(model, HOLES), method).difference


@pytest.mark.parametrize("scale", [1.0, 1e2, 1e4, -1e4])
@pytest.mark.parametrize(
    ("loss", "target"),
    [("Logloss", BINARY), ("MultiClass", THREE), ("MultiClassOneVsAll", THREE), ("MultiLogloss", LABELS)],
)
def test_logarithms_of_probabilities(compare: Any, loss: str, target: Any, scale: float) -> None:
    """They are CatBoost's also where a probability is zero, whose logarithm is finite or not."""
    model = CatBoostClassifier(loss_function=loss, **SMALL).fit(HOLES, target)
    model.set_scale_and_bias(scale, [0.0] * max(1, model.predict(HOLES[:1], "RawFormulaVal").size))
    compare(model, HOLES[:60], "predict_log_proba")


@pytest.mark.parametrize(
    ("loss", "target", "kinds"),
    [
        ("RMSE", NUMBER, ["RawFormulaVal", "Exponent", "Probability", "LogProbability"]),
        ("Logloss", BINARY, ["RawFormulaVal", "Exponent", "Probability", "LogProbability", "Class"]),
        ("MultiClass", THREE, ["RawFormulaVal", "Probability", "LogProbability", "Class"]),
        ("MultiClassOneVsAll", THREE, ["RawFormulaVal", "Probability", "LogProbability", "Class"]),
        (UNCERTAIN, NUMBER, ["RawFormulaVal", "Probability", "LogProbability", UNCERTAIN]),
    ],
)
def test_types_of_predictions(compare: Any, loss: str, target: Any, kinds: list[str]) -> None:
    """Each type that `predict` has as an option, whatever the loss."""
    model = CatBoost({**SMALL, "loss_function": loss}).fit(HOLES, target)
    for kind in kinds:
        compare(model, HOLES[:40], f"predict:{kind}", asked=partial(model.predict, prediction_type=kind))


def test_probability_threshold(compare: Any) -> None:
    """A threshold other than one half applies to labels, also where a probability equals it."""
    model = CatBoostClassifier(**SMALL).fit(HOLES, BINARY)
    for probability in model.predict_proba(HOLES[:10])[:, 1]:
        model.set_probability_threshold(probability)
        compare(model, HOLES[:40])


@pytest.mark.parametrize("loss", ["Logloss", "MultiClass", "RMSE", "Poisson"])
def test_without_a_kind(compare: Any, loss: str) -> None:
    """The class CatBoost predicts sums, whatever the loss."""
    target = {"Logloss": BINARY, "MultiClass": THREE}.get(loss, POSITIVE)
    model = CatBoost({**SMALL, "loss_function": loss}).fit(HOLES, target)
    assert 0.0 == compare(model, around(model, HOLES)).difference


@pytest.mark.parametrize("loss", ["YetiRank", "QueryRMSE", "PairLogit", "QuerySoftMax"])
def test_ranking(compare: Any, loss: str) -> None:
    """A ranker predicts sums."""
    model = CatBoostRanker(loss_function=loss, **SMALL).fit(HOLES, BINARY, group_id=np.repeat(np.arange(30), 10))
    assert 0.0 == compare(model, around(model, HOLES)).difference


@pytest.mark.parametrize("mode", ["Min", "Max", "Forbidden"])
@pytest.mark.parametrize("holes", [True, False])
def test_missing_numbers(compare: Any, mode: str, *, holes: bool) -> None:
    """Missing numbers lie below or above all borders as trained, and below where none was missing in training."""
    rows = HOLES if holes and mode != "Forbidden" else FRAME
    model = CatBoostRegressor(nan_mode=mode, **SMALL).fit(rows, NUMBER)
    assert 0.0 == compare(model, around(model, HOLES)).difference


@pytest.mark.parametrize("params", [
    {"grow_policy": "Depthwise"},
    {"grow_policy": "Lossguide", "max_leaves": 9, "depth": 8},
    {"depth": 1},
    {"depth": 12, "iterations": 3},
    {"border_count": 1024, "iterations": 60},
    {"border_count": 1},
    {"boosting_type": "Ordered"},
    {"model_shrink_rate": 0.1},
    {"iterations": 1, "min_data_in_leaf": 10_000, "grow_policy": "Depthwise"},
    {"langevin": True},
    {"posterior_sampling": True},
], ids=str)  # fmt: skip
@pytest.mark.parametrize("several", [True, False])
def test_trees(compare: Any, params: dict[str, Any], *, several: bool) -> None:
    """Trees of either kind, of any depth, with one sum or several: every bit is CatBoost's."""
    loss = "MultiRMSE" if several else "RMSE"
    model = CatBoostRegressor(**{**SMALL, "loss_function": loss, **params}).fit(HOLES, SEVERAL if several else NUMBER)
    assert 0.0 == compare(model, around(model, HOLES)).difference


def test_monotone_trees(compare: Any) -> None:
    """Constraints of one target, which CatBoost does not have for several."""
    model = CatBoostRegressor(**SMALL, monotone_constraints="(1,-1,0)").fit(HOLES, NUMBER)
    assert 0.0 == compare(model, around(model, HOLES)).difference


@pytest.mark.parametrize("scale", [1.0, 0.37, -2.5])
def test_scale_and_bias(compare: Any, scale: float) -> None:
    """Sums are multiplied and shifted after they are added up."""
    model = CatBoostRegressor(**SMALL).fit(HOLES, NUMBER)
    model.set_scale_and_bias(scale, [0.1])
    assert 0.0 == compare(model, around(model, HOLES)).difference


def test_whole_numbers(compare: Any) -> None:
    """Whole numbers round to float32 at once: in float64 first, some beyond 2^53 would come out one step further."""
    values = RANDOM.integers(-(2**62), 2**62, ROWS)
    frame = pd.DataFrame({"long": values, "integer": (values >> 32).astype("i4"), "flag": values % 2 > 0})
    model = CatBoostRegressor(**SMALL).fit(frame, frame["long"] / 2**60 + frame["integer"] / 2**30 + frame["flag"])
    rows = [frame[:20]]
    for border in np.array(model.get_borders()[0], "f4"):
        middle = (int(border) + int(np.nextafter(border, np.float32(np.inf)))) // 2
        near = [middle + step for step in (-1025, -1, 0, 1, 1025)]
        rows.append(frame[: len(near)].assign(long=near))
    assert 0.0 == compare(model, pd.concat(rows, ignore_index=True)).difference


MIXED = FRAME.assign(city=RANDOM.choice(["Rome", "Oslo", "Bern"], ROWS))
MEAN, SCALED = SimpleImputer(), StandardScaler()


@pytest.mark.parametrize("method", ["predict", "predict_proba"])
@pytest.mark.parametrize(("before", "categories", "frame"), [
    (SCALED, None, FRAME),
    (StandardScaler().set_output(transform="pandas"), None, FRAME),
    (make_column_transformer((OneHotEncoder(), ["city"]), sparse_threshold=1.0), None, MIXED),
    (make_column_transformer((MEAN, ["a", "b"]), ("passthrough", ["city"])), [2], MIXED),
    (make_column_transformer((MEAN, ["b"]), ("passthrough", ["city"]), verbose_feature_names_out=False).set_output(
        transform="pandas"), ["city"], MIXED),
], ids=["an array", "a frame", "sparse rows", "categories among numbers", "categories in a frame"])  # fmt: skip
def test_pipelines(compare: Any, before: Any, categories: Any, frame: pd.DataFrame, method: str) -> None:
    """CatBoost at the end of pipelines of scikit-learn."""
    model = make_pipeline(clone(before), CatBoostClassifier(**SMALL, cat_features=categories)).fit(frame, BINARY)
    assert ROUNDED > compare(model, frame[:60], method).difference


VECTORS = pd.Series([np.array([number, 1.0]) for number in FRAME["a"]])
REFUSED: dict[str, tuple[Any, pd.DataFrame, str]] = {
    "embedding features": (
        lambda: CatBoostClassifier(**SMALL, embedding_features=["vector"]).fit(FRAME.assign(vector=VECTORS), BINARY),
        FRAME.assign(vector="[1, 2]"),
        "predict",
    ),
    "predictions of type VirtEnsembles": (lambda: CatBoost(SMALL).fit(FRAME, NUMBER), FRAME, "predict:VirtEnsembles"),
    f"predictions of type {UNCERTAIN}": (lambda: CatBoost(SMALL).fit(FRAME, NUMBER), FRAME, f"predict:{UNCERTAIN}"),
    "predictions of type Exponent of several sums": (
        lambda: CatBoostClassifier(**SMALL).fit(FRAME, THREE), FRAME, "predict:Exponent"
    ),
    "virtual_ensembles_predict": (lambda: CatBoost(SMALL).fit(FRAME, NUMBER), FRAME, "virtual_ensembles_predict"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_does_not_compile(compiled: Any, name: str) -> None:
    """The error names the reason, and the next backend serves the model."""
    from exporters import Unsupported

    make, frame, method = REFUSED[name]
    model = make()
    with pytest.raises(Unsupported, match=name):
        compiled(model, frame, method)


def test_numbers_in_texts_are_refused(compiled: Any) -> None:
    """CatBoost would parse them."""
    from exporters import Unsupported

    model = CatBoostClassifier(**SMALL).fit(FRAME, BINARY)
    with pytest.raises(Unsupported, match="numbers of type string"):
        compiled(model, FRAME.astype(str))

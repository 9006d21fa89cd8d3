"""statsmodels: linear, generalized linear and discrete models, with and without formulas of patsy."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from compiled.conftest import Compare
from statsmodels.discrete.count_model import (
    ZeroInflatedGeneralizedPoisson,
    ZeroInflatedNegativeBinomialP,
    ZeroInflatedPoisson,
)
from statsmodels.genmod import families
from statsmodels.miscmodels.ordinal_model import OrderedModel

pytestmark = pytest.mark.filterwarnings("ignore::Warning")

ROWS = 300
LINKS = families.links


@pytest.fixture(scope="module", name="frame")
def _frame() -> pd.DataFrame:
    """Columns of several types."""
    random = np.random.default_rng(3)
    return pd.DataFrame(
        {
            "x": random.normal(size=ROWS),
            "z": random.uniform(0.1, 3, ROWS),
            "n": random.integers(0, 9, ROWS),
            "group": random.choice(["a", "b", "c"], ROWS),
            "flag": random.random(ROWS) < 0.5,
        }
    )


@pytest.fixture(scope="module", name="targets")
def _targets(frame: pd.DataFrame) -> dict[str, Any]:
    """A number, a positive number, a count, a share and a label."""
    random = np.random.default_rng(4)
    total = 0.5 * frame["x"] + 0.3 * frame["z"]
    return {
        "number": total + random.normal(size=ROWS),
        "positive": np.exp(total / 2) * random.uniform(0.5, 1.5, ROWS),
        "count": random.poisson(np.exp(total / 2)),
        "share": random.uniform(0.05, 0.95, ROWS),
        "label": (total + random.normal(size=ROWS) > 0.4).astype(int),
    }


Fit = Callable[[pd.DataFrame, dict[str, Any]], Any]

MODELS: dict[str, Fit] = {
    "OLS": lambda rows, y: sm.OLS(y["number"], rows).fit(),
    "WLS": lambda rows, y: sm.WLS(y["number"], rows, weights=rows["z"]).fit(),
    "GLS": lambda rows, y: sm.GLS(y["number"], rows).fit(),
    "regularized OLS": lambda rows, y: sm.OLS(y["number"], rows).fit_regularized(alpha=0.1),
    "quantile": lambda rows, y: sm.QuantReg(y["number"], rows).fit(q=0.3),
    "robust": lambda rows, y: sm.RLM(y["number"], rows).fit(),
    "mixed": lambda rows, y: sm.MixedLM(y["number"], rows, groups=np.arange(ROWS) % 7).fit(),
    "Logit": lambda rows, y: sm.Logit(y["label"], rows).fit(disp=0),
    "Probit": lambda rows, y: sm.Probit(y["label"], rows).fit(disp=0),
    "regularized Logit": lambda rows, y: sm.Logit(y["label"], rows).fit_regularized(disp=0),
    "Poisson": lambda rows, y: sm.Poisson(y["count"], rows).fit(disp=0),
    "NegativeBinomial": lambda rows, y: sm.NegativeBinomial(y["count"], rows).fit(disp=0),
    "NegativeBinomialP": lambda rows, y: sm.NegativeBinomialP(y["count"], rows).fit(disp=0),
    "GeneralizedPoisson": lambda rows, y: sm.GeneralizedPoisson(y["count"], rows).fit(disp=0),
    "GEE": lambda rows, y: sm.GEE(y["count"], rows, groups=np.arange(ROWS) % 7, family=families.Poisson()).fit(),
}

FAMILIES = {
    "Gaussian": (families.Gaussian(), "number"),
    "Gaussian, log": (families.Gaussian(LINKS.Log()), "positive"),
    "Binomial": (families.Binomial(), "label"),
    "Binomial, Probit": (families.Binomial(LINKS.Probit()), "label"),
    "Binomial, Cauchy": (families.Binomial(LINKS.Cauchy()), "label"),
    "Binomial, CLogLog": (families.Binomial(LINKS.CLogLog()), "label"),
    "Binomial, LogLog": (families.Binomial(LINKS.LogLog()), "label"),
    "Poisson": (families.Poisson(), "count"),
    "Poisson, Sqrt": (families.Poisson(LINKS.Sqrt()), "count"),
    "Gamma": (families.Gamma(), "positive"),
    "Gamma, Log": (families.Gamma(LINKS.Log()), "positive"),
    "Tweedie, Power": (families.Tweedie(link=LINKS.Power(0.7), var_power=1.5), "positive"),
    "InverseGaussian, Log": (families.InverseGaussian(LINKS.Log()), "positive"),
    "NegativeBinomial": (families.NegativeBinomial(alpha=0.7), "count"),
    "Tweedie": (families.Tweedie(var_power=1.5), "positive"),
}

FORMULAS = (
    "y ~ x + z",
    "y ~ x - 1",
    "y ~ x + C(group)",
    "y ~ group + flag",
    "y ~ C(n) + x",
    "y ~ x * z",
    "y ~ x:group",
    "y ~ group * n",
    "y ~ np.log(z) + I(x ** 2) + Q('n')",
    "y ~ C(group, Sum) + x",
    "y ~ 0 + group",
    "y ~ bs(x, df=5) + bs(np.exp(z), knots=[1.5], degree=2, include_intercept=True)",
    "y ~ cr(x, df=4) + cc(z, df=3)",
    "y ~ cr(x, df=3, constraints='center') * group",
    "y ~ center(x) + standardize(z) + scale(n)",
    "y ~ x * z * n",
    "y ~ I(x > 0) + I(n >= 3):z + (z != n)",
    "y ~ x:z:group:flag",
    "y ~ (x + z + n) ** 3",
    "y ~ I(x + z) + I(x - n) + I(2 * x) + I(-z) + I(x / z) + I(n / 4)",
    "y ~ I(x ** 3) + I(n ** 3) + np.power(z, 0.5) + I(-n) + I(z ** n)",
    "y ~ np.log(z + 1) + np.log(z / (n + 1)) + np.sqrt(I(x * x + z)) + I(x * n):group",
)


def probes(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows of the frame, and extreme numbers."""
    extremes = pd.DataFrame({"x": [0.0, -0.0, 1e300, -1e300, np.inf, -np.inf, np.nan], "z": 1.0, "n": 1})
    return pd.concat([frame[["x", "z", "n"]][:60], extremes], ignore_index=True)


@pytest.mark.parametrize("name", MODELS)
def test_a_model_of_given_columns(name: str, frame: pd.DataFrame, targets: dict[str, Any], compare: Compare) -> None:
    """Its expected values are statsmodels' own, also for missing, infinite and huge numbers."""
    fitted = MODELS[name](frame[["x", "z", "n"]].astype({"n": "int64"}), targets)
    compare(fitted, probes(frame))


@pytest.mark.parametrize("name", FAMILIES)
def test_a_family_and_its_link(name: str, frame: pd.DataFrame, targets: dict[str, Any], compare: Compare) -> None:
    """Every family of generalized linear models, with its default link and others."""
    family, target = FAMILIES[name]
    fitted = sm.GLM(targets[target], sm.add_constant(frame[["x", "z"]]), family=family).fit()
    rows = probes(frame)
    compare(fitted, pd.DataFrame({"const": 1.0, "x": rows["x"], "z": rows["z"]}))


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula(formula: str, frame: pd.DataFrame, targets: dict[str, Any], compare: Compare) -> None:
    """Numbers, functions of them, categories with their contrasts, and products of two."""
    fitted = smf.ols(formula, frame.assign(y=targets["number"])).fit()
    compare(fitted, frame[:80])


@pytest.mark.parametrize("formula", ["y ~ cr(x, df=4)", "y ~ cc(x, df=4)", "y ~ bs(x, df=4)"])
def test_splines_beyond_their_knots(
    formula: str, frame: pd.DataFrame, targets: dict[str, Any], compare: Compare
) -> None:
    """Natural splines continue as lines, cyclic ones repeat, and B-splines refuse a number outside."""
    fitted = smf.ols(formula, frame.assign(y=targets["number"])).fit()
    low, high = frame["x"].min(), frame["x"].max()
    compare(fitted, pd.DataFrame({"x": [low, high, low - 0.5, high + 0.5, 1e3, -1e3, 0.0, np.nan]}))


def test_a_missing_category_has_no_prediction(frame: pd.DataFrame, targets: dict[str, Any], compare: Compare) -> None:
    """Alone, in a request of its own, as among others."""
    fitted = smf.ols("y ~ x + group", frame.assign(y=targets["number"])).fit()
    asked = pd.DataFrame({"x": [0.5, 1.0, 2.0], "group": pd.Series(["a", None, "c"], dtype=object)})
    assert not compare(fitted, asked).refusal


def test_a_formula_of_a_generalized_model(frame: pd.DataFrame, targets: dict[str, Any], compare: Compare) -> None:
    """The link follows the formula's sum."""
    fitted = smf.glm("y ~ x + group", frame.assign(y=targets["count"]), family=families.Poisson()).fit()
    compare(fitted, frame[:80])


@pytest.mark.parametrize("formula", ["", "x + C(group)"])
def test_a_multinomial_model_gives_a_table(formula: str, frame: pd.DataFrame, compiled: Callable[..., Any]) -> None:
    """Its columns are the numbers of the classes."""
    rows = frame.assign(class_=frame["n"] % 3)
    model = smf.mnlogit(f"class_ ~ {formula}", rows) if formula else sm.MNLogit(rows["class_"], rows[["x", "z"]])
    fitted = model.fit(disp=0)
    given = frame if formula else frame[["x", "z"]]
    got = compiled(fitted, given).predict(given.to_dict(orient="list"), {})
    expected = fitted.predict(given).rename(columns=str).to_dict(orient="records")
    assert [pytest.approx(row, rel=1e-13) for row in expected] == got


@pytest.mark.parametrize("formula", ["", "0 + x + z"])
@pytest.mark.parametrize("distribution", ["logit", "probit"])
def test_an_ordered_model_gives_a_table(
    distribution: str, formula: str, frame: pd.DataFrame, compiled: Callable[..., Any]
) -> None:
    """Its columns are the numbers of the classes, from the lowest on."""
    rows = frame.assign(grade=pd.cut(frame["x"] + frame["z"], 4, labels=False))
    fitted = (
        OrderedModel.from_formula(f"grade ~ {formula}", rows, distr=distribution)
        if formula
        else OrderedModel(rows["grade"], rows[["x", "n"]], distr=distribution)
    ).fit(method="bfgs", disp=0, maxiter=9)
    given = pd.concat([frame, probes(frame)], ignore_index=True)[["x", "z"] if formula else ["x", "n"]]
    got = compiled(fitted, given).predict(given.to_dict(orient="list"), {})
    expected = fitted.predict(given).rename(columns=str).to_dict(orient="records")
    assert [pytest.approx(row, rel=1e-9, abs=1e-13, nan_ok=True) for row in expected] == got


@pytest.mark.parametrize("kind", [ZeroInflatedPoisson, ZeroInflatedNegativeBinomialP, ZeroInflatedGeneralizedPoisson])
def test_a_model_with_more_zeros(kind: Any, frame: pd.DataFrame, targets: dict[str, Any], compare: Compare) -> None:
    """Its expected count is that of the others, times their share."""
    count = targets["count"] * frame["flag"]
    compare(kind(count, frame[["x", "z"]]).fit(disp=0, maxiter=9), frame[["x", "z"]][:60])
    fitted = kind.from_formula("y ~ x + group", frame.assign(y=count)).fit(disp=0, maxiter=9)
    compare(fitted, frame[:60])


@pytest.mark.parametrize(
    ("fit", "reason"),
    [
        (lambda rows, y: smf.ols("y ~ standardize(x, ddof=1)", rows.assign(y=y["number"])).fit(), "the options in"),
        (lambda rows, y: smf.ols("y ~ te(cr(x, 3), cr(z, 3))", rows.assign(y=y["number"])).fit(), "te"),
        (lambda rows, y: smf.ols("y ~ np.abs(center(x))", rows.assign(y=y["number"])).fit(), "center"),
        (lambda rows, y: smf.ols("y ~ I(n ** n)", rows.assign(y=y["number"])).fit(), r"I\(n \*\* n\)"),
        (lambda rows, y: smf.ols("y ~ np.maximum(x, z)", rows.assign(y=y["number"])).fit(), "maximum"),
        (
            lambda rows, y: ZeroInflatedPoisson(y["count"], rows[["x"]], exog_infl=rows[["z"]]).fit(disp=0, maxiter=5),
            "whose share of zeros depends on columns",
        ),
    ],
    ids=["options", "te", "nested", "power", "two columns", "zeros"],
)
def test_what_has_no_exporter_is_named(
    fit: Fit, reason: str, frame: pd.DataFrame, targets: dict[str, Any], compare: Compare
) -> None:
    """The build says which part it is, and serves the model with MLflow."""
    from exporters import Unsupported

    with pytest.raises(Unsupported, match=reason):
        compare(fit(frame, targets), frame[:5])

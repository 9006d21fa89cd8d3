"""A person's own functions and classes, as steps of pipelines."""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import check_is_fitted

_random = np.random.default_rng(5)
FRAME = pd.DataFrame(
    {
        "income": _random.normal(50, 20, 200).round(2),
        "debt": _random.normal(10, 30, 200).round(2),
        "rooms": _random.integers(0, 6, 200),
        "city": _random.choice(["Rome", "paris", "Oslo"], 200),
    }
)
LABELS = np.where(FRAME["income"] > FRAME["debt"], "good", "bad")


def ratios(table: pd.DataFrame) -> pd.DataFrame:
    """Return numbers that are made by hand."""
    found = table.copy()
    found["ratio"] = found["debt"] / (found["income"].abs() + 1)
    found["large"] = (found["rooms"] > 3).astype("int64")
    return found.drop(columns=["rooms"])


def lowered(table: pd.DataFrame) -> pd.DataFrame:
    """Return texts in lower case."""
    return table.apply(lambda column: column.str.lower())


def clipped(numbers: Any, low: float = -1.0) -> Any:
    """Return an array without extremes, and a sum."""
    inside = np.clip(numbers, low, 2.0)
    return np.column_stack([inside, inside[:, 0] + inside[:, 1]])


def ranked(table: pd.DataFrame) -> pd.DataFrame:
    """Compare rows with each other."""
    return table.rank()


class Capped(BaseEstimator, TransformerMixin):
    """Learns limits, and a scaler of its own."""

    def fit(self, table: pd.DataFrame, labels: Any = None) -> "Capped":  # noqa: ARG002 - scikit-learn passes them
        """Learn from a table."""
        self.limits_ = table.quantile(0.9)
        self.scaler_ = StandardScaler().fit(table.clip(upper=self.limits_, axis=1))
        return self

    def transform(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return numbers within the limits, scaled, and which were missing."""
        found = table.copy()
        for column in table.columns:
            found[column] = found[column].clip(upper=self.limits_[column])
        scaled = pd.DataFrame(self.scaler_.transform(found), columns=table.columns, index=table.index)
        return scaled.assign(rich=(table["income"] > 60).astype(float))


class Chosen(BaseEstimator, TransformerMixin):
    """Selects columns by name, and checks that it was fitted."""

    def __init__(self, names: Any) -> None:
        self.names = names

    def fit(self, table: pd.DataFrame, labels: Any = None) -> "Chosen":  # noqa: ARG002
        """Learn nothing."""
        self.width_ = table.shape[1]
        return self

    def transform(self, table: pd.DataFrame) -> Any:
        """Return an array."""
        check_is_fitted(self)
        if table.shape[1] != self.width_:
            raise ValueError("another table")
        return table[self.names].to_numpy()


class Cautious(BaseEstimator, ClassifierMixin):
    """A classifier around another one, with a threshold."""

    def __init__(self, threshold: float = 0.7) -> None:
        self.threshold = threshold

    def fit(self, table: pd.DataFrame, labels: Any) -> "Cautious":
        """Learn from a table."""
        self.model_ = LogisticRegression().fit(table, labels)
        self.classes_ = self.model_.classes_
        return self

    def predict(self, table: pd.DataFrame) -> Any:
        """Return labels."""
        return np.where(self.model_.predict_proba(table)[:, 1] >= self.threshold, "good", "bad")


NUMERIC = FRAME[["income", "debt", "rooms"]]

"""Cross-validate a fake-text classifier, and choose the probability from which a text counts as fake."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from model.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

FOLDS = 5
FITS = FOLDS * (FOLDS + 1)  # most fits of one `cross_validate`
_SEED = 20161108
_THRESHOLDS = tuple(step / 100 for step in range(1, 100))


@dataclass(frozen=True)
class Scores:
    """Scores of a cross-validation; the positive class is *fake*.

    Attributes:
        rows: number of scored texts.
        fake_rows: number of fake ones among them.
        roc_auc: over the probabilities of all folds together.
        f1: of decisions whose threshold was chosen without the fold they belong to.
        roc_auc_within: how often, of a fake and a genuine text of the same group, the fake one gets the higher
            probability; None if no group has both.
        threshold: the best one for all folds together, 0.01 to 0.99.
    """

    rows: int
    fake_rows: int
    roc_auc: float
    f1: float
    roc_auc_within: float | None
    threshold: float


def cross_validate(
    estimator: Any, rows: NDArray[Any], fake: Bools, groups: NDArray[Any], advance: Callable[[], None]
) -> Scores:
    """Score an estimator on folds that never divide a group; inner folds choose each threshold.

    Args:
        estimator: a scikit-learn classifier with `predict_proba`; it is cloned, not fitted.
        rows: the inputs, n rows.
        fake: the labels, shape (n,).
        groups: one value per row, shape (n,).
        advance: called after each fit.

    Raises:
        ModelError: there are too few groups to have both classes on both sides of every fold.
    """
    import numpy as np
    from sklearn.metrics import f1_score, roc_auc_score

    probabilities = np.zeros(len(fake))
    decisions = np.zeros(len(fake), dtype=bool)
    for train, test in split_into_folds(fake, groups):
        inner = np.zeros(len(train))
        for within, held_out in split_into_folds(fake[train], groups[train]):
            inner[held_out] = _probabilities(estimator, rows, fake, train[within], train[held_out])
            advance()
        probabilities[test] = _probabilities(estimator, rows, fake, train, test)
        decisions[test] = probabilities[test] >= best_threshold(fake[train], inner)
        advance()
    return Scores(
        rows=len(fake),
        fake_rows=int(fake.sum()),
        roc_auc=float(roc_auc_score(fake, probabilities)),
        f1=float(f1_score(fake, decisions)),
        roc_auc_within=_within(fake, probabilities, groups),
        threshold=best_threshold(fake, probabilities),
    )


def best_threshold(fake: Bools, probabilities: Floats) -> float:
    """Return the threshold, in steps of 0.01, with the highest F1 of the fake class; the lowest if several tie."""

    def f1(threshold: float) -> float:
        predicted = probabilities >= threshold
        return float(2 * (fake & predicted).sum() / (fake.sum() + predicted.sum()))

    return max(_THRESHOLDS, key=f1)


def count_groups_of_rarer_class(fake: Bools, groups: NDArray[Any]) -> int:
    """Return the number of groups that contain the rarer class."""
    return min(len(set(groups[fake])), len(set(groups[~fake])))


def split_into_folds(fake: Bools, groups: NDArray[Any]) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Return pairs of row numbers, for training and for testing; each row is tested once and no group is divided.

    Raises:
        ModelError: as `cross_validate`.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    count = min(FOLDS, count_groups_of_rarer_class(fake, groups))
    if count > 1:
        splitter = StratifiedGroupKFold(count, shuffle=True, random_state=_SEED)
        pairs = list(splitter.split(fake, fake, groups))
        if all(len(test) and len(set(fake[train])) > 1 for train, test in pairs):
            return pairs
    raise ModelError("too few groups of both classes to cross-validate")


def _probabilities(
    estimator: Any, rows: NDArray[Any], fake: Bools, train: NDArray[np.intp], test: NDArray[np.intp]
) -> Floats:
    import numpy as np
    from sklearn.base import clone

    fitted = clone(estimator).fit(rows[train], fake[train])
    return np.asarray(fitted.predict_proba(rows[test])[:, 1], dtype=np.float64)


def _within(fake: Bools, probabilities: Floats, groups: NDArray[Any]) -> float | None:
    import numpy as np
    from sklearn.metrics import roc_auc_score

    scores, pairs = [], []
    for group in np.unique(groups):
        members = groups == group
        if count := int(fake[members].sum()) * int((~fake[members]).sum()):
            scores.append(roc_auc_score(fake[members], probabilities[members]))
            pairs.append(count)
    return float(np.average(scores, weights=pairs)) if pairs else None

"""How well a classifier of fake texts does on texts it has not seen, and above which probability it says so."""

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
FITS = FOLDS * (FOLDS + 1)  # what `cross_validate` makes at most
_SEED = 20161108
_THRESHOLDS = tuple(step / 100 for step in range(1, 100))


@dataclass(frozen=True)
class Scores:
    """What cross-validation found; the positive class is *fake*.

    Attributes:
        rows: how many texts were scored.
        fake_rows: how many of them are fake.
        roc_auc: over the probabilities of all folds together.
        f1: of decisions whose threshold was chosen without the fold they were made in.
        roc_auc_within: the probability that, of a fake and another text of the same group, the fake one
            gets the higher probability; None if no group has both.
        threshold: the one that would have been best for all folds together, 0.01 to 0.99.
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
    """Score an estimator on folds that never divide a group; another, inner round of folds chooses each threshold.

    Args:
        estimator: a scikit-learn classifier with `predict_proba`; it is cloned, not fitted.
        rows: what it predicts from, n rows.
        fake: the labels, shape (n,).
        groups: one value a row, shape (n,).
        advance: called after each fit.

    Raises:
        ModelError: there are too few groups to leave both classes on either side of every fold.
    """
    import numpy as np
    from sklearn.metrics import f1_score, roc_auc_score

    probabilities = np.zeros(len(fake))
    decisions = np.zeros(len(fake), dtype=bool)
    for train, test in folds(fake, groups):
        inner = np.zeros(len(train))
        for within, held_out in folds(fake[train], groups[train]):
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
    """Return the threshold, in steps of 0.01, that gives the fake class its highest F1; the lowest of several."""

    def f1(threshold: float) -> float:
        said = probabilities >= threshold
        return float(2 * (fake & said).sum() / (fake.sum() + said.sum()))

    return max(_THRESHOLDS, key=f1)


def smallest_class(fake: Bools, groups: NDArray[Any]) -> int:
    """Return in how many groups the rarer class occurs."""
    return min(len(set(groups[fake])), len(set(groups[~fake])))


def folds(fake: Bools, groups: NDArray[Any]) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Return pairs of row numbers, to train on and to test on, so that each row is tested once and no group divided.

    Raises:
        ModelError: as `cross_validate`.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    count = min(FOLDS, smallest_class(fake, groups))
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
        of = groups == group
        if count := int(fake[of].sum()) * int((~fake[of]).sum()):
            scores.append(roc_auc_score(fake[of], probabilities[of]))
            pairs.append(count)
    return float(np.average(scores, weights=pairs)) if pairs else None

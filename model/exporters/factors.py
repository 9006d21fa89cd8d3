"""Factors, topics and codes: solved for each row, or each batch, when a model predicts (sklearn.decomposition)."""

from __future__ import annotations

from typing import Any

from . import Exporter, as_sparse, checked_rows, refuse_sparse, require_options, unsupported_method
from .forms import Exported, Rows, Tables, chain
from .kernel_methods import non_negative_rows
from .linear import refuse_float32, sums
from .versions import first_of


def nmf(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the components, for coordinate descent."""
    if method != "transform":
        raise unsupported_method(estimator, method)
    require_options(estimator, solver=("cd",), shuffle=(False,))
    refuse_float32(estimator, rows, cast=False)
    components = estimator.components_
    linear, quadratic = _penalties(estimator, rows)
    gram = components @ components.T
    gram.flat[:: len(gram) + 1] += quadratic
    solved = {
        "op": "factorizing.descended",
        "gram": [tables.add(line) for line in gram],
        "tolerance": float(estimator.tol),
        "iterations": int(estimator.max_iter),
    }
    products = sums(components, -linear, rows, tables)
    tables.whole = True
    return Exported(chain(*non_negative_rows(rows), products, solved), Rows(len(components)))


def mini_batch_nmf(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the components, for multiplicative updates."""
    import numpy as np

    if method != "transform":
        raise unsupported_method(estimator, method)
    require_options(estimator, beta_loss=("frobenius", 2))
    refuse_float32(estimator, rows, cast=False)
    components = estimator.components_
    solved = {
        "op": "factorizing.multiplied",
        "gram": [tables.add(line) for line in components @ components.T],
        "size": rows.width,
        "penalties": _penalties(estimator, rows),
        "tolerance": float(estimator.tol),
        "iterations": int(estimator._transform_max_iter),  # noqa: SLF001 - it has no other name
    }
    products = sums(np.vstack([components, np.ones(rows.width)]), 0.0, rows, tables)
    tables.whole = True
    return Exported(chain(*checked_rows(rows), products, solved), Rows(len(components)))


def _penalties(estimator: Any, rows: Rows) -> list[float]:
    """Return the penalties of a row's factors and of their squares."""
    linear, _, quadratic, _ = estimator._compute_regularization(_Shape(rows.width))  # noqa: SLF001
    return [float(linear), float(quadratic)]


class _Shape:
    """One row without values: its shape is all that the penalties depend on."""

    def __init__(self, width: int) -> None:
        self.shape = (1, width)


def latent_dirichlet_allocation(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the expected weights of words in topics."""
    if method != "transform":
        raise unsupported_method(estimator, method)
    refuse_float32(estimator, rows, cast=False)
    words = estimator.exp_dirichlet_component_
    shares = {
        "op": "topics.shares",
        "words": tables.add(words.T.astype("f8").ravel()),
        "topics": len(words),
        "prior": float(estimator.doc_topic_prior_),
        "tolerance": float(estimator.mean_change_tol),
        "iterations": int(estimator.max_doc_update_iter),
    }
    dense = Rows(rows.width, "sparse" if rows.sparse else "rows")
    return Exported(chain(*non_negative_rows(rows), *as_sparse(dense), shares), Rows(len(words)))


def dictionary_learning(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the dictionary."""
    if method != "transform":
        raise unsupported_method(estimator, method)
    require_options(estimator, transform_algorithm=("omp", "threshold"))
    refuse_float32(estimator, rows, cast=False)
    refuse_sparse(estimator, rows)
    atoms = first_of(estimator, "components_", "dictionary")
    alpha = estimator.transform_alpha
    if alpha is None:
        alpha = getattr(estimator, "alpha", None)
    if estimator.transform_algorithm == "threshold":
        least = 1.0 if alpha is None else float(alpha)
        code = {"op": "coding.thresholded", "least": least, "positive": bool(estimator.positive_code)}
    else:
        most = estimator.transform_n_nonzero_coefs
        most = int(min(max(rows.width / 10, 1), len(atoms)) if most is None else most)
        code = {"op": "coding.pursued", "gram": [tables.add(line) for line in atoms @ atoms.T], "most": most}
    split = [{"op": "coding.split"}] if estimator.split_sign else []
    steps = [*checked_rows(rows), sums(atoms, 0.0, rows, tables), code, *split]
    return Exported(chain(*steps), Rows(len(atoms) * (1 + len(split))))


EXPORTERS: dict[str, Exporter] = {
    "sklearn.DictionaryLearning": dictionary_learning,
    "sklearn.LatentDirichletAllocation": latent_dirichlet_allocation,
    "sklearn.MiniBatchDictionaryLearning": dictionary_learning,
    "sklearn.MiniBatchNMF": mini_batch_nmf,
    "sklearn.NMF": nmf,
    "sklearn.SparseCoder": dictionary_learning,
}

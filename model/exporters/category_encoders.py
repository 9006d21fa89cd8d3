"""category_encoders: each category's numbers are those that the fitted encoder itself gives, whatever its options.

An encoder is asked for every category it knows, for an unknown one and for a missing one, column by column.
"""

from __future__ import annotations

from itertools import groupby
from typing import Any

from . import Exporter, Unsupported, as_columns, unsupported_method
from .asked_encoders import Answers, Asked, inner_encoder, names, unseen
from .composing import concatenate
from .forms import Exported, Rows, Tables, chain
from .frames import OBJECT, common, texts
from .selecting import inner

WIDE = 50
"""The greatest width of dense one-hot rows; wider rows are sparse."""

CELLS = 2_000_000
"""The most numbers to look up by the categories of one column."""


def encoder(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the numbers that each category stands for; other columns stay as they are."""
    if method != "transform":
        raise unsupported_method(estimator, method)
    _require_lookup(estimator)
    asked = Asked(estimator, rows)
    answers = {index: asked.answers(index) for index in asked.encoded}
    owners = _owners(asked, answers)
    columns = rows._replace(form="columns")
    parts = []
    for index, run in groupby(range(len(owners)), owners.__getitem__):
        places = list(run)
        picked = {"op": "composing.columns", "indices": [index]}
        if index in answers:
            made = _looked_up(answers[index], places, columns.pick([index], "columns"), tables)
            parts.append(Exported(chain(picked, made.operation), made.rows))
            tables.hint(rows, index, [*answers[index].known, *_accepted(answers[index])])
        else:
            parts.append(Exported(picked, columns.pick([index], "columns")))
    union, found = concatenate(parts, frame=getattr(estimator, "return_df", True))
    return Exported(chain(*as_columns(rows), union), found)


def _accepted(answers: Answers) -> list[Any]:
    """Return an unknown category if it is accepted."""
    return [] if answers.unseen is None else [unseen(answers.known)]


def hashing(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export counts of the hashes of texts, and the other columns after them."""
    del tables
    if method != "transform":
        raise unsupported_method(estimator, method)
    known = names(estimator, rows)
    chosen = [known.index(name) for name in estimator.cols]
    if any(common(rows.pick([index], "columns")) != OBJECT for index in chosen):
        raise Unsupported("HashingEncoder of columns that are not text has no exporter")
    if estimator.hash_method not in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512"):
        raise Unsupported(f"HashingEncoder with hash_method={estimator.hash_method!r} has no exporter")
    given = rows.pick(chosen, "columns")
    counts = {"op": "hashing.counts", "method": estimator.hash_method, "width": estimator.n_components}
    width = estimator.n_components
    picked = [{"op": "composing.columns", "indices": chosen}, *texts(given)]
    hashed = Exported(chain(*picked, counts), Rows(width, "columns", ("long",) * width))
    others = [index for index in range(rows.width) if index not in chosen]
    kept = Exported({"op": "composing.columns", "indices": others}, rows.pick(others, "columns"))
    union, found = concatenate([hashed, kept] if others else [hashed], frame=estimator.return_df)
    dropped = _dropped(estimator) if estimator.drop_invariant else ()
    left = [place for place in range(found.width) if f"col_{place}" not in dropped]
    if len(left) == found.width:
        return Exported(chain(*as_columns(rows), union), found)
    whole = chain(*as_columns(rows), union, *as_columns(found), {"op": "composing.columns", "indices": left})
    return Exported(whole, found.pick(left, "columns"))


def _dropped(estimator: Any) -> Any:
    """Return the names of output columns that never varied in training."""
    return getattr(estimator, "invariant_cols", None) or getattr(estimator, "drop_cols", ())


def _owners(asked: Asked, answers: dict[int, Answers]) -> list[int]:
    """Return the input column that each output column is, or is computed from.

    Raises:
        Unsupported: an output column depends on several input columns.
    """
    changed = {index: found.changed(asked.base) for index, found in answers.items()}
    owners: list[int] = []
    for place, name in enumerate(asked.outputs):
        if name in asked.kept:
            owners.append(asked.kept[name])
            continue
        varying = [index for index, flags in changed.items() if flags[place]]
        if len(varying) > 1:
            raise Unsupported(f"the encoded column {name!r} depends on several columns, which has no exporter")
        owners.append(varying[0] if varying else _named_after(name, asked))
    for index, found in answers.items():
        if index not in owners and found.refuses:
            raise Unsupported(f"an encoder that drops {asked.names[index]!r} but refuses some of it has no exporter")
    return owners


def _named_after(name: Any, asked: Asked) -> int:
    """Return the encoded column after which an output column that never changes is named."""
    named = [(str(name).startswith(str(asked.names[index])), len(str(asked.names[index]))) for index in asked.encoded]
    return asked.encoded[named.index(max(named))]


def _looked_up(answers: Answers, places: list[int], rows: Rows, tables: Tables) -> Exported:
    """Export some output columns of one input column: one-hot where they are, else looked up one by one."""
    import numpy as np

    empty = np.zeros(len(places))
    others = [empty if row is None else row[places] for row in (answers.unseen, answers.none, answers.nan)]
    table = np.vstack([answers.rows[:, places], *others])
    codes: list[Any] = list(range(len(table)))
    hot = len(places) > 1 and bool(np.isin(table, (0.0, 1.0)).all() and (table.sum(axis=1) <= 1.0).all())
    if hot:
        codes = [int(row.argmax()) if row.any() else -1 for row in table]
    elif table.size > CELLS:
        raise Unsupported(f"an encoder of {len(answers.known)} categories in {len(places)} columns has no exporter")
    *coded, unseen, none, nan = codes
    column: dict[str, Any] = {
        "values": answers.known + ([] if answers.none is None else [None]),
        "codes": coded + ([] if answers.none is None else [none]),
        "nan": None if answers.nan is None else nan,
        "unseen": None if answers.unseen is None else unseen,
        "finite": False,
        "name": rows.named(0),
    }
    checks = [*_refusals(answers, rows), *texts(rows)]
    if hot:
        name, form = ("sparse_one_hot", "sparse") if len(places) > WIDE else ("one_hot", "rows")
        made = {"op": f"encoding.{name}", "columns": [{**column, "width": len(places)}], "one": 1.0}
        return Exported(chain(*checks, made), Rows(len(places), form))
    looked = {"op": "encoding.looked_up", "columns": [{**column, "outcomes": list(map(tables.add, table.T))}]}
    return Exported(chain(*checks, looked), Rows(len(places), "columns"))


def _refusals(answers: Answers, rows: Rows) -> list[dict[str, Any]]:
    """Return the operation that refuses missing texts, if the encoder does."""
    if common(rows) != OBJECT or answers.none is not None:
        return []
    return [{"op": "imputing.none_missing", "indices": [0], "names": [rows.named(0)], "missing": None, "nan": False}]


def _require_lookup(estimator: Any) -> None:
    """Refuse options by which the numbers are more than a lookup."""
    own = inner_encoder(estimator)
    for option in ("handle_unknown", "handle_missing"):
        if callable(getattr(own, option, None)):
            raise Unsupported(f"{type(estimator).__name__} with a function for {option} has no exporter")
    if getattr(own, "composite_cols", None):
        raise Unsupported(f"{type(estimator).__name__} with composite_cols has no exporter")


EXPORTERS: dict[str, Exporter] = {
    "category_encoders.HashingEncoder": hashing,
    "category_encoders.NestedCVWrapper": inner("feature_encoder"),
    **{
        f"category_encoders.{name}": encoder
        for name in (
            "BackwardDifferenceEncoder",
            "BaseNEncoder",
            "BinaryEncoder",
            "CatBoostEncoder",
            "CountEncoder",
            "CountTargetEncoder",
            "GLMMEncoder",
            "GrayEncoder",
            "HelmertEncoder",
            "JamesSteinEncoder",
            "LeaveOneOutEncoder",
            "MEstimateEncoder",
            "OneHotEncoder",
            "OrdinalEncoder",
            "PolynomialEncoder",
            "PolynomialWrapper",
            "QuantileEncoder",
            "RankHotEncoder",
            "SumEncoder",
            "SummaryEncoder",
            "TargetEncoder",
            "WOEEncoder",
        )
    },
}

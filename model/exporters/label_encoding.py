"""Encoders of labels, which serve a single column (sklearn.preprocessing.LabelEncoder, LabelBinarizer)."""

from __future__ import annotations

from typing import Any

from . import Exporter, Unsupported, as_columns, labels, require_options, unsupported_method
from .forms import VALUES, Exported, Rows, Tables, chain
from .frames import common, texts


def label_encoder(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the number of each label; others are refused."""
    # Text is cut to the length of fitted labels of kind U.
    column = _column(estimator, method, rows, tables, text="O", number="i")
    numbers = tables.add(list(range(len(column["values"]))))
    looked_up = {
        "op": "encoding.looked_up",
        "columns": [{**column, "nan": None, "unseen": None, "outcomes": [numbers]}],
    }
    steps = [*as_columns(rows), *texts(rows), looked_up, {"op": "composing.column", "index": 0}]
    return Exported(chain(*steps), VALUES._replace(types=("long",)))


def label_binarizer(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export one column for each label; others have zeros, and missing ones are refused."""
    require_options(estimator, neg_label=(0,), pos_label=(1,), sparse_output=(False,))
    labelled = _column(estimator, method, rows, tables, text="OU", number="i")
    width = len(labelled["values"])
    if width < 3:  # noqa: PLR2004
        raise Unsupported("LabelBinarizer of two labels, whose width depends on the batch, has no exporter")
    encoded = {"op": "encoding.one_hot", "columns": [{**labelled, "nan": None, "unseen": -1, "width": width}], "one": 1}
    first: dict[str, Any] = {"op": "composing.column", "index": 0}
    present = [first, {"op": "text.present", "column": rows.named(0)}, {"op": "composing.single"}]
    return Exported(chain(*as_columns(rows), *present, encoded), Rows(width, "rows", ("long",) * width))


def _column(estimator: Any, method: str, rows: Rows, tables: Tables, **kinds: str) -> dict[str, Any]:
    """Return a column's labels and their codes.

    Args:
        estimator: the encoder.
        method: its method.
        rows: the form of the batch.
        tables: the tables.
        kinds: the kinds of fitted labels that a `text` or a `number` may be compared with, as numpy's letters.

    Raises:
        Unsupported: there are several columns, or labels of another type than the column's.
    """
    if method != "transform":
        raise unsupported_method(estimator, method)
    known, kind = labels(estimator.classes_), common(rows)
    given, fitted = {"object": "text", "integer": "number", "long": "number"}.get(kind), estimator.classes_.dtype
    if rows.width != 1 or given is None or fitted.kind not in kinds[given]:
        raise Unsupported(f"{type(estimator).__name__} of {fitted} that is given {rows.width} {kind} has no exporter")
    tables.hint(rows, 0, [*known, *[f"{label} " for label in known[:1] if given == "text"]])
    name = rows.named(0)
    return {"values": known, "codes": list(range(len(known))), "finite": False, "name": name}


EXPORTERS: dict[str, Exporter] = {"sklearn.LabelBinarizer": label_binarizer, "sklearn.LabelEncoder": label_encoder}

"""Read labelled texts from CSV files with the columns `text`, `label` and, optionally, `publisher`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from model.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

LABELS = {"true": True, "fake": True, "1": True, "1.0": True}
LABELS |= {"false": False, "real": False, "0": False, "0.0": False}


@dataclass(frozen=True)
class Source:
    """A file of labelled texts.

    Attributes:
        name: its name, without directories.
        rows: number of rows with a text.
        fake: number of those labelled fake.
        sha256: of its content, in hexadecimal.
    """

    name: str
    rows: int
    fake: int
    sha256: str


@dataclass(frozen=True)
class Labelled:
    """Texts with their labels and publishers, row by row.

    Attributes:
        texts: str objects, shape (n,).
        fake: bool, shape (n,).
        publishers: str objects, shape (n,); empty if unknown.
        sources: the files they came from.
    """

    texts: NDArray[np.object_]
    fake: NDArray[np.bool_]
    publishers: NDArray[np.object_]
    sources: tuple[Source, ...]


def read_labelled_texts(paths: Sequence[Path]) -> Labelled:
    """Read CSV files (UTF-8, comma-separated, with a header) as one data set; rows without a text are left out.

    Raises:
        ModelError: a file cannot be read, has no rows, lacks a column, or has a label that is not in `LABELS`.
    """
    import numpy as np

    texts: list[str] = []
    fake: list[bool] = []
    publishers: list[str] = []
    sources = []
    for path in paths:
        table = _table(path)
        table = table[table["text"].str.strip() != ""]
        if table.empty:
            raise ModelError(f"{path} has no rows with a text")
        labels = _labels(path, table["label"].items())
        texts += table["text"].tolist()
        fake += labels
        publishers += table["publisher"].str.strip().tolist() if "publisher" in table else [""] * len(table)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        sources.append(Source(path.name, len(table), sum(labels), digest))
    return Labelled(
        np.array(texts, dtype=object), np.array(fake, dtype=bool), np.array(publishers, dtype=object), tuple(sources)
    )


def _table(path: Path) -> pd.DataFrame:
    import pandas as pd

    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
    except OSError as error:
        raise ModelError(f"cannot read {path}: {error.strerror}") from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise ModelError(f"{path} is not a CSV file in UTF-8: {' '.join(str(error).split())}") from None
    if missing := [name for name in ("text", "label") if name not in table]:
        raise ModelError(
            f"{path} lacks the column {' and the column '.join(missing)}: its columns are {', '.join(table.columns)}"
        )
    # Cells missing at the end of a short row are NaN whatever keep_default_na says.
    return table.fillna("")


def _labels(path: Path, labels: Iterable[tuple[int, str]]) -> list[bool]:
    fake = []
    for index, label in labels:
        if (known := LABELS.get(label.strip().lower())) is None:
            raise ModelError(
                f"{path}, row {index + 1}: the label {label[:40]!r} is not one of {', '.join(LABELS)} (true means fake)"
            )
        fake.append(known)
    return fake

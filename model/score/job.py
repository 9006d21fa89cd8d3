"""A scoring job: input, bundle and output."""

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple


class Job(NamedTuple):
    """A file to score.

    Attributes:
        source: a .csv (with a header line), .jsonl or .parquet file.
        output: the file to write, in any of these formats.
        bundle: directory of the bundle that scores it.
        workers: number of processes.
        keep: input columns to copy to the output.
        params: the model's params as text, every value by name.
        explain: whether the output has explanations too.
    """

    source: Path
    output: Path
    bundle: Path
    workers: int = os.cpu_count() or 1
    keep: tuple[str, ...] = ()
    params: Mapping[str, list[str]] = MappingProxyType({})
    explain: bool = False

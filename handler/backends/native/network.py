"""Serve a neural network that was exported to ONNX: one array in, one array out, as MLflow has it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from handler.backends.native.onnx import OnnxModel
from handler.bundle import Manifest
from handler.schema import model_input


class Table:
    """An output as MLflow's DataFrame has it, without pandas: columns are named by their numbers if not otherwise.

    Raises:
        ValueError: the output is not a table with so many rows.
    """

    def __init__(self, output: Any, rows: int, names: Sequence[str] = ()) -> None:
        if output.ndim > 2 or len(output) != rows:  # noqa: PLR2004 - a table
            raise ValueError(f"an output of shape {output.shape} is not a table of {rows} rows")
        self.iloc = output.reshape(rows, -1)
        self.columns = list(names) or [str(index) for index in range(self.iloc.shape[1])]

    def to_dict(self, orient: str) -> list[dict[str, Any]]:
        """Return a dict for each row, whatever the orientation: `records` is the only one that is asked for."""
        del orient
        return [dict(zip(self.columns, row, strict=True)) for row in self.iloc.tolist()]


class Network(OnnxModel):
    """An inference session that gets and gives what the network did in MLflow: a table as float32, or tensors."""

    def __init__(self, manifest: Manifest, folder: Path) -> None:
        super().__init__(manifest, folder)
        options = manifest.options
        self._feeds = options.get("inputs") or self._input_names  # in the signature's order; some may not be used
        indices = options["indices"]
        self._indices = set(self._input_names if indices is True else indices or ())  # one input: true or false
        self._outputs = options.get("outputs")

    def predict(self, columns: dict[str, list[Any]], params: dict[str, Any], deadline: float | None = None) -> Any:
        """Return the network's output: an array for tensors, a table for a table, a dict of arrays where it has names.

        Raises:
            DeadlineExceeded: no time is left between two rows that are computed alone.
            IndexError: an index is negative, which ONNX would count from the end.
            ValueError: the output for a table is not a table with as many rows.
        """
        del params
        table = self._inputs[0]["type"] != "tensor"
        arrays = [self._table(columns)] if table else self._tensors(columns)
        fed = dict(zip(self._feeds, arrays, strict=True))
        if any(fed[name].size and fed[name].min() <= -1 for name in self._indices):
            raise IndexError("an index is negative")
        outputs = self._compute({name: fed[name] for name in self._input_names}, arrays, deadline)
        if self._outputs:
            return dict(zip(self._outputs, outputs, strict=True))
        return Table(outputs[0], len(arrays[0])) if table else outputs[0]

    def _table(self, columns: dict[str, list[Any]]) -> Any:
        import numpy as np

        parts = list(model_input.to_arrays(columns, self._inputs).values())
        array = np.empty((len(parts[0]), len(parts)), dtype="float32")
        with np.errstate(over="ignore"):
            for index, part in enumerate(parts):
                array[:, index] = part
        return array

    def _tensors(self, columns: dict[str, list[Any]]) -> list[Any]:
        tensors = model_input.to_tensors(columns, self._inputs)
        return list(tensors.values()) if isinstance(tensors, dict) else [tensors]


load = Network

"""Serve an ONNX model with onnxruntime on the CPU."""

import os
from pathlib import Path
from typing import Any

from handler.bundle import Manifest
from handler.schema import model_input
from handler.streaming import require_time


class OnnxModel:
    """An inference session that gets the same inputs as from MLflow's ONNX wrapper.

    Two options are of graphs that were quantised: `alone` says that each row is computed by itself, since numbers that
    are computed together are rounded in steps of one size; `missing_spreads`, that a row with a missing number is
    answered with missing ones.
    """

    chunk: int | None = None

    def __init__(self, manifest: Manifest, folder: Path) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3  # errors only: its warnings are about the platform
        options.intra_op_num_threads = int(os.environ.get("OMP_NUM_THREADS") or 0)
        for name, value in manifest.options["session"].items():
            setattr(options, name, getattr(onnxruntime, _ENUMS[name])(value) if name in _ENUMS else value)
        for name, value in manifest.options["session_config"].items():
            options.add_session_config_entry(name, value)
        path = str(folder / "model" / manifest.options["file"])
        self._session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self._input_names = [node.name for node in self._session.get_inputs()]
        self._float32 = {node.name for node in self._session.get_inputs() if node.type == "tensor(float)"}
        self._output_names = [output.name for output in self._session.get_outputs()]
        self._inputs = manifest.signature.inputs or []
        self._alone = manifest.options.get("alone", False)
        self._spreads = manifest.options.get("missing_spreads", False)

    def predict(
        self, columns: dict[str, list[Any]], params: dict[str, Any], deadline: float | None = None
    ) -> dict[str, Any]:
        """Run the session; params are ignored, the model has none.

        Raises:
            DeadlineExceeded: no time is left between two rows that are computed alone.
            ValueError: an output is not one value a row, so it does not fit MLflow's DataFrame of outputs.
        """
        del params
        feed = self._feed(columns)
        outputs = self._compute(feed, list(feed.values()), deadline)
        if self._inputs[0]["type"] != "tensor":
            outputs = [_flat(output, len(next(iter(columns.values())))) for output in outputs]
        return dict(zip(self._output_names, outputs, strict=True))

    def _compute(self, feed: dict[str, Any], given: list[Any], deadline: float | None) -> list[Any]:
        """Return the graph's outputs for all rows.

        Args:
            feed: the graph's inputs by name.
            given: arrays of the same rows, in which numbers may be missing.
            deadline: `time.monotonic()` in seconds.
        """
        if self._alone:
            import numpy as np

            runs = []
            for row in range(len(given[0])):
                require_time(deadline)
                one = {name: array[row : row + 1] for name, array in feed.items()}
                runs.append(self._session.run(self._output_names, one))
            outputs = [np.concatenate(parts) for parts in zip(*runs, strict=True)]
        else:
            outputs = self._session.run(self._output_names, feed)
        return [_with_missing(output, given) for output in outputs] if self._spreads else outputs

    def _feed(self, columns: dict[str, list[Any]]) -> dict[str, Any]:
        feed = self._arrays(columns)
        for name in self._float32 & feed.keys():
            if feed[name].dtype == "float64":
                feed[name] = feed[name].astype("float32")
        return feed

    def _arrays(self, columns: dict[str, list[Any]]) -> dict[str, Any]:
        if self._inputs[0]["type"] == "tensor":
            tensors = model_input.to_tensors(columns, self._inputs)
            return tensors if isinstance(tensors, dict) else dict(zip(self._input_names, [tensors], strict=True))
        if len(self._input_names) == 1:
            return {self._input_names[0]: model_input.to_array(columns, self._inputs)}
        arrays = model_input.to_arrays(columns, self._inputs)
        return {name: arrays[name] for name in self._input_names}


load = OnnxModel


def _flat(output: Any, rows: int) -> Any:
    import numpy as np

    column = np.reshape(output, -1)
    if len(column) != rows:
        raise ValueError(f"an output of shape {np.shape(output)} does not have one value for each of {rows} rows")
    return column


def _with_missing(output: Any, arrays: list[Any]) -> Any:
    """Return an output with NaN for each row that has one, where onnxruntime answers as if it were a number."""
    import numpy as np

    for array in (one for one in arrays if one.dtype.kind == "f"):
        missing = np.isnan(array).reshape(len(array), -1).any(axis=1)
        if missing.any() and len(output) == len(array) and output.dtype.kind == "f":
            output[missing] = np.nan
    return output


_ENUMS = {"execution_mode": "ExecutionMode", "graph_optimization_level": "GraphOptimizationLevel"}

"""An ONNX model, by onnxruntime on the processor."""

import os
from pathlib import Path
from typing import Any

from handler import arrays
from handler.bundle import Manifest


class OnnxModel:
    """An inference session that is fed as MLflow's wrapper feeds it."""

    chunk: int | None = None

    def __init__(self, manifest: Manifest, folder: Path) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3  # errors: what it warns of is the platform, which nobody can change
        options.intra_op_num_threads = int(os.environ.get("OMP_NUM_THREADS") or 0)
        for name, value in manifest.options["session"].items():
            setattr(options, name, getattr(onnxruntime, _KINDS[name])(value) if name in _KINDS else value)
        for name, value in manifest.options["session_config"].items():
            options.add_session_config_entry(name, value)
        path = str(folder / "model" / manifest.options["file"])
        self._session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self._given = [given.name for given in self._session.get_inputs()]
        self._single = {given.name for given in self._session.get_inputs() if given.type == "tensor(float)"}
        self._names = [output.name for output in self._session.get_outputs()]
        self._inputs = manifest.signature.inputs or []

    def predict(self, columns: dict[str, list[Any]], params: dict[str, Any]) -> dict[str, Any]:
        """Run the session; the model has no params.

        Raises:
            ValueError: MLflow would make a DataFrame of the outputs, and they do not fit into one.
        """
        del params
        answers = self._session.run(self._names, self._feed(columns))
        if self._inputs[0]["type"] != "tensor":
            answers = [_flat(answer, len(next(iter(columns.values())))) for answer in answers]
        return dict(zip(self._names, answers, strict=True))

    def _feed(self, columns: dict[str, list[Any]]) -> dict[str, Any]:
        feed = self._arrays(columns)
        for name in self._single & feed.keys():
            if feed[name].dtype == "float64":
                feed[name] = feed[name].astype("float32")
        return feed

    def _arrays(self, columns: dict[str, list[Any]]) -> dict[str, Any]:
        if self._inputs[0]["type"] == "tensor":
            given = arrays.to_tensors(columns, self._inputs)
            return given if isinstance(given, dict) else dict(zip(self._given, [given], strict=True))
        if len(self._given) == 1:
            return {self._given[0]: arrays.to_array(columns, self._inputs)}
        given = arrays.to_arrays(columns, self._inputs)
        return {name: given[name] for name in self._given}


load = OnnxModel


def _flat(answer: Any, rows: int) -> Any:
    import numpy as np

    column = np.reshape(answer, -1)
    if len(column) != rows:
        raise ValueError(f"an output of shape {np.shape(answer)} is no column")
    return column


_KINDS = {"execution_mode": "ExecutionMode", "graph_optimization_level": "GraphOptimizationLevel"}

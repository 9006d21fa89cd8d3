"""Export PyTorch modules to `model/model.onnx`, by `torch.onnx`: https://docs.pytorch.org/docs/stable/onnx.html.

From PyTorch 2.6 on, `torch.export` captures a module, and refuses control flow that depends on data. TorchScript
modules, and older versions, take the exporter that compiles TorchScript or traces the module; a trace that depends on
data is refused by its warnings.
"""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import Any

from writers import Unsupported, Written

_CAPTURES = (2, 6)
"""The first version whose exporter takes dynamic shapes that it finds itself."""

_RECURRENT = {"GRU", "LSTM", "RNN"}
_LENGTH = 16  # of a sequence without an example
_SINGLE_FILE = 32_000_000  # bytes of weights: more are in a file beside the graph, which onnxruntime maps
_LONGEST = 300  # characters of a reason


def write(module: Any, bundle: Path, request: dict[str, Any]) -> Written:
    """Export a module in evaluation mode, as MLflow asks it."""
    import torch

    spec = _only_tensor(request["inputs"])
    example = torch.from_numpy(_example(spec, request))
    with torch.no_grad():
        answer = module(example)
    if not isinstance(answer, torch.Tensor):
        raise Unsupported(f"the module answers with a {type(answer).__name__}, not one tensor")
    path = bundle / "model" / "model.onnx"
    path.parent.mkdir()
    free = [place for place, length in enumerate(spec["shape"]) if length < 0]
    _export(module, example, free, path)
    graph = _Graph(path)
    if free and not graph.free(0):
        raise Unsupported(f"its export answers {len(example)} rows at a time, not any number of them")
    options: dict[str, Any] = {
        "form": "network",
        "file": path.name,
        "session": {},
        "session_config": {},
        "missing_spreads": bool(graph.operators & _RECURRENT),
        "indices": graph.looks_up,
    }
    return Written(["numpy", "onnxruntime"], options)


def _only_tensor(inputs: Any) -> dict[str, Any]:
    """Return the shape and dtype that the module gets: those of the only tensor, or of a table of float32."""
    if inputs[0]["type"] != "tensor":
        return {"shape": [-1, len(inputs)], "dtype": "float32"}
    if len(inputs) > 1:
        raise Unsupported("it has several tensors, and MLflow hands a module only one")
    spec: dict[str, Any] = inputs[0]["tensor-spec"]
    return spec


def _example(spec: dict[str, Any], request: dict[str, Any]) -> Any:
    """Return an input with at least two of all that is free: exporters take a length of 1 for a constant."""
    import numpy as np

    if request["example"] and request["inputs"][0]["type"] == "tensor":
        made = np.array([next(iter(row.values())) for row in request["example"]], dtype=spec["dtype"])
    else:
        shape = [2 if place == 0 else _LENGTH if length < 0 else length for place, length in enumerate(spec["shape"])]
        made = np.zeros(shape, dtype=spec["dtype"])
    for place, length in enumerate(spec["shape"]):
        if length < 0 and made.shape[place] < 2:  # noqa: PLR2004
            made = np.repeat(made, 2, axis=place)
    return made


def _export(module: Any, example: Any, free: list[int], path: Path) -> None:
    """Write the graph; say which operator or which line of the module stands in the way."""
    import torch

    names = {"input_names": ["input"], "output_names": ["output"]}
    version = tuple(map(int, torch.__version__.split(".")[:2]))
    if version >= _CAPTURES and not isinstance(module, torch.jit.ScriptModule):
        size = sum(tensor.numel() * tensor.element_size() for tensor in module.state_dict().values())
        shapes = dict.fromkeys(free, torch.export.Dim.AUTO)
        options: dict[str, Any] = {"dynamo": True, "dynamic_shapes": (shapes,), "external_data": size > _SINGLE_FILE}
    else:
        options = {"dynamic_axes": {"input": free}, **({"dynamo": False} if version >= (2, 5) else {})}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", torch.jit.TracerWarning)
            warnings.filterwarnings("ignore", module=r"torch\.")  # its own modules check their arguments
            torch.onnx.export(module, (example,), str(path), **names, **options)
    except Exception as error:
        raise Unsupported(f"torch.onnx cannot export it: {_reason(error)}") from None


def _reason(error: BaseException) -> str:
    """Return what the deepest cause says first, without colours and advice, and the line that it names."""
    while error.__cause__ is not None:
        error = error.__cause__
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).strip()
    said = " ".join(re.split(r"\n\s*\n|For more information", text)[0].split())[:_LONGEST]
    kind = type(error).__name__
    depends = "its control flow depends on data: " if kind == "GuardOnDataDependentSymNode" else ""
    line = re.search(r'raised this error:\n\s*File ".*", (line \d+, in \w+)(\n    \S.*)?', text)
    where = " ".join(line[0].split("File")[1].split()).partition(", ")[2] if line else ""
    return f"{depends}{kind}: {said}{f' ({where})' if where else ''}"


class _Graph:
    """What is known of a graph: its operators, and whether its input is looked up in a table."""

    def __init__(self, path: Path) -> None:
        import onnx

        model = onnx.load(str(path), load_external_data=False)
        nodes = [*model.graph.node, *(node for function in model.functions for node in function.node)]
        self._input = model.graph.input[0]
        self.operators = {node.op_type for node in nodes}
        integer = onnx.TensorProto.DataType.Name(self._input.type.tensor_type.elem_type).startswith(("INT", "UINT"))
        self.looks_up = integer and bool(self.operators & {"Gather", "GatherND", "GatherElements"})

    def free(self, place: int) -> bool:
        """Return whether a dimension of the input has any length."""
        return not self._input.type.tensor_type.shape.dim[place].HasField("dim_value")


WRITERS = {"pytorch": write}

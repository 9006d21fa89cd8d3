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
from writers.graphs import SINGLE_FILE, Graph, example_array, reason, tensor_specs

_CAPTURES = (2, 6)
"""The first version whose exporter takes dynamic shapes that it finds itself."""


def write(module: Any, bundle: Path, request: dict[str, Any]) -> Written:
    """Export a module in evaluation mode, as MLflow asks it."""
    import torch

    specs = tensor_specs(request["inputs"])
    if len(specs) > 1:
        raise Unsupported("it has several tensors, and MLflow hands a module only one")
    tensors = request["inputs"][0]["type"] == "tensor"
    rows = [next(iter(row.values())) for row in request["example"]] if tensors else []
    example = torch.from_numpy(example_array(specs[0], rows))
    with torch.no_grad():
        answer = module(example)
    if not isinstance(answer, torch.Tensor):
        raise Unsupported(f"the module answers with a {type(answer).__name__}, not one tensor")
    path = bundle / "model" / "model.onnx"
    path.parent.mkdir()
    free = [place for place, length in enumerate(specs[0]["shape"]) if length < 0]
    export(module, (example,), [free], path, ["input"])
    graph = Graph(path)
    if free and not graph.free("input", 0):
        raise Unsupported(f"its export answers {len(example)} rows at a time, not any number of them")
    options = graph.options(path, ["input"])
    if _captures_module(module):  # then what may count from the end, as `weights[places]`, has other operators
        graph.refuse_negative_places()
        options["indices"] = []
    return Written(["numpy", "onnxruntime"], options)


def export(
    module: Any, examples: tuple[Any, ...], free: list[list[int]], path: Path, names: list[str], *, traced: bool = False
) -> None:
    """Write the graph of a module to a file.

    Args:
        module: takes tensors, and returns one.
        examples: the tensors to export it with.
        free: for each tensor, the dimensions of any length.
        path: the file.
        names: of the tensors.
        traced: whether a trace will do, though it may depend on data.

    Raises:
        Unsupported: says which operator or which line of the module stands in the way.
    """
    import torch

    named = {"input_names": names, "output_names": ["output"]}
    if _captures_module(module):
        size = sum(tensor.numel() * tensor.element_size() for tensor in module.state_dict().values())
        shapes = tuple(dict.fromkeys(places, torch.export.Dim.AUTO) for places in free)
        options: dict[str, Any] = {"dynamo": True, "dynamic_shapes": shapes, "external_data": size > SINGLE_FILE}
    else:
        options = {"dynamic_axes": dict(zip(names, free)), **({"dynamo": False} if _version() >= (2, 5) else {})}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("ignore" if traced else "error", torch.jit.TracerWarning)
            warnings.filterwarnings("ignore", module=r"torch\.")  # its own modules check their arguments
            torch.onnx.export(module, examples, str(path), **named, **options)
    except Exception as error:
        raise Unsupported(f"torch.onnx cannot export it: {_reason(error)}") from None


def _version() -> tuple[int, ...]:
    import torch

    return tuple(map(int, torch.__version__.split(".")[:2]))


def _captures_module(module: Any) -> bool:
    """Return whether `torch.export` captures a module."""
    import torch

    return _version() >= _CAPTURES and not isinstance(module, torch.jit.ScriptModule)


def _reason(error: BaseException) -> str:
    """Return what the deepest cause says, and the line of the module that it names."""
    while error.__cause__ is not None:
        error = error.__cause__
    kind = type(error).__name__
    depends = "its control flow depends on data: " if kind == "GuardOnDataDependentSymNode" else ""
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
    line = re.search(r'raised this error:\n\s*File ".*", (line \d+, in \w+)(\n    \S.*)?', text)
    where = " ".join(line[0].split("File")[1].split()).partition(", ")[2] if line else ""
    return f"{depends}{reason(error)}{f' ({where})' if where else ''}"


WRITERS = {"pytorch": write}

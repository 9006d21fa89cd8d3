"""Export Keras models and TensorFlow modules to `model/model.onnx`, by tf2onnx: https://github.com/onnx/tensorflow-onnx.

A model of Keras on PyTorch is a PyTorch module, and is exported as one.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Any, Callable

from writers import Unsupported, Written, pytorch
from writers.graphs import SINGLE_FILE, Graph, reason, tensor_specs


def write(model: Any, bundle: Path, request: dict[str, Any]) -> Written:
    """Export a model in evaluation mode, as MLflow asks it."""
    keras = sys.modules.get("keras")
    library = keras.config.backend() if keras and hasattr(keras, "config") else "tensorflow"
    if library == "torch":
        return pytorch.write(_as_module(model), bundle, request)
    if library != "tensorflow":
        raise Unsupported(f"tf2onnx exports Keras on TensorFlow, and the model's is on {library}")
    specs = tensor_specs(request["inputs"])
    names = [f"input_{place}" for place in range(len(specs))]
    fields = [spec.get("name") for spec in request["inputs"]] if request["inputs"][0]["type"] == "tensor" else [None]
    path = bundle / "model" / "model.onnx"
    path.parent.mkdir()
    outputs = _export(_answering(model, fields), specs, names, path)
    graph = Graph(path)
    if not all(graph.free(name, 0) for name in names):
        raise Unsupported("its export answers a fixed number of rows, not any")
    options = {**graph.options(path, names), "outputs": outputs}
    if not graph.has("IsNaN"):  # TensorFlow answers a row with a missing number as it happens to fuse layers
        options.update({"missing_spreads": True, "loses_missing": True})
    return Written(["numpy", "onnxruntime"], options)


def _as_module(model: Any) -> Any:
    """Return a model of Keras on PyTorch as a module that takes one tensor."""
    import torch

    class Module(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, tensor: Any) -> Any:
            return self.model(tensor, training=False)

    return Module().eval()


def _answering(model: Any, fields: list[str | None]) -> Callable[..., Any]:
    """Return the function from tensors to what MLflow's `predict` answers; named tensors are passed by name."""
    import tensorflow as tf

    call: Callable[..., Any] = model
    if hasattr(model, "infer"):
        return lambda *tensors: _as_columns(model.infer(**{str(name): one for name, one in zip(fields, tensors)}))
    if hasattr(model, "serve"):  # of an exported Keras model
        call = model.serve
    elif hasattr(model, "predict"):
        call = partial(model, training=False)
    elif not callable(model):
        raise Unsupported(f"a {type(model).__name__} without a function to call is not exported")
    if fields == [None]:
        return call
    if isinstance(model, tf.Module) and not hasattr(model, "predict"):
        raise Unsupported("MLflow hands a TensorFlow module one tensor without a name")
    return lambda *tensors: call(dict(zip(fields, tensors)))


def _as_columns(outputs: dict[str, Any]) -> dict[str, Any]:
    """Return a signature's outputs as MLflow has them: rows of one number are numbers.

    Raises:
        Unsupported: rows hold one array each, of which MLflow makes more rows.
    """
    for name, value in outputs.items():
        if len(value.shape) > 1 and value.shape[1] in (1, None):
            if len(value.shape) > 2 or value.shape[1] is None:  # noqa: PLR2004 - a table
                raise Unsupported(f"MLflow flattens the rows of {name}, if they happen to hold one array")
            outputs[name] = value[:, 0]
    return outputs


def _export(call: Callable[..., Any], specs: list[dict[str, Any]], names: list[str], path: Path) -> list[str] | None:
    """Write the graph, and return the names of its outputs; None if it is one tensor."""
    import onnx
    import tensorflow as tf
    import tf2onnx

    signature = [
        tf.TensorSpec([None if length < 0 else length for length in spec["shape"]], spec["dtype"], name)
        for name, spec in zip(names, specs)
    ]
    outputs: list[Any] = []

    @tf.function(input_signature=signature)  # type: ignore[untyped-decorator]
    def flat(*tensors: Any) -> list[Any]:
        answer = call(*tensors)
        outputs[:] = [list(answer) if isinstance(answer, dict) else None]
        if not isinstance(answer, (dict, tf.Tensor)):
            raise Unsupported(f"the model answers with a {type(answer).__name__}, not one tensor or a dict of them")
        return list(answer.values()) if isinstance(answer, dict) else [answer]

    try:
        flat.get_concrete_function()
        graph, _ = tf2onnx.convert.from_function(flat, input_signature=signature, custom_op_handlers=_OPERATORS)
        onnx.checker.check_model(graph)  # tf2onnx leaves operators that it does not know
    except Exception as error:
        raise Unsupported(f"tf2onnx cannot export it: {reason(error)}") from None
    large = graph.ByteSize() > SINGLE_FILE
    onnx.save(graph, str(path), save_as_external_data=large, location=f"{path.name}.data" if large else None)
    names_of_outputs: list[str] | None = outputs[0]
    return names_of_outputs


def _erfc(graph: Any, node: Any, _name: str, _arguments: Any) -> None:
    """Replace the complementary error function, which ONNX lacks, by 1 - erf(x): GELU has it."""
    import numpy as np

    [output] = node.output
    dtype, shape = graph.get_dtype(output), graph.get_shape(output)
    one = graph.make_const(f"{node.name}/one", np.array(1, np.float32))
    graph.remove_node(node.name)
    erf = graph.make_node("Erf", node.input, dtypes=[dtype], shapes=[shape])
    graph.make_node("Sub", [one.output[0], erf.output[0]], outputs=[output], dtypes=[dtype], shapes=[shape])


_OPERATORS: dict[str, Any] = {"Erfc": (_erfc, [])}

WRITERS = {"keras": write, "tensorflow": write}

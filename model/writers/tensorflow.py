"""Export Keras models and TensorFlow modules to `model/model.onnx`, by tf2onnx: https://github.com/onnx/tensorflow-onnx.

A model of Keras on PyTorch is a PyTorch module, and is exported as one.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Callable

from writers import Unsupported, Written, pytorch
from writers.graphs import SINGLE_FILE, Graph, reason, tensor_specs


def write(model: Any, bundle: Path, request: dict[str, Any]) -> Written:
    """Export a model in evaluation mode, as MLflow asks it."""
    keras = sys.modules.get("keras")
    library = keras.config.backend() if keras and hasattr(keras, "config") else "tensorflow"
    if library == "torch":
        return pytorch.write(model, bundle, request)
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
    return Written(["numpy", "onnxruntime"], {**graph.options(path, names), "outputs": outputs})


def _answering(model: Any, fields: list[str | None]) -> Callable[..., Any]:
    """Return the function from tensors to what MLflow's `predict` answers; named tensors are passed by name."""
    import tensorflow as tf

    call = model
    if hasattr(model, "serve"):  # of an exported Keras model
        call = model.serve
    elif hasattr(model, "predict"):
        call = lambda data: model(data, training=False)  # noqa: E731
    elif not callable(model):
        raise Unsupported(f"a {type(model).__name__} without a function to call is not exported")
    if fields == [None]:
        return lambda tensor: call(tensor)
    if isinstance(model, tf.Module) and not hasattr(model, "predict"):
        raise Unsupported("MLflow hands a TensorFlow module one tensor without a name")
    return lambda *tensors: call(dict(zip(fields, tensors)))


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
        graph, _ = tf2onnx.convert.from_function(flat, input_signature=signature)
    except Exception as error:
        raise Unsupported(f"tf2onnx cannot export it: {reason(error)}") from None
    large = graph.ByteSize() > SINGLE_FILE
    options = {"save_as_external_data": True, "location": f"{path.name}.data"} if large else {}
    onnx.save(graph, str(path), **options)
    return outputs[0]


WRITERS = {"keras": write, "tensorflow": write}

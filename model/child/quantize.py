"""Quantise an ONNX graph to integers of 8 bits, by onnxruntime's own tool.

It takes a `QuantizeRequest` and gives a `QuantizeResult`. Quantisation is dynamic: weights are rounded here, numbers
between layers in steps that onnxruntime chooses at each call
(https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html).
"""

from __future__ import annotations

import logging
from collections import Counter
from pathlib import Path
from typing import Any, TypedDict

from .serving import Record, serve

_SINGLE_FILE = 128_000_000  # bytes of a float graph: what a larger one becomes has its weights in a file beside it

_BYTES = ("Conv", "EmbedLayerNormalization", "Gather")
_SUMS = ("Attention", "LSTM", "MatMul")
"""Processors with AVX2 and without VNNI multiply signed weights and add two products in 16 bits, which overflow with
weights of 8 bits: these have 7. They do not add so where weights are unsigned, except in an LSTM."""

_QUANTIZED = {
    "ConvInteger": "Conv",
    "DequantizeLinear": "Gather",
    "DynamicQuantizeLSTM": "LSTM",
    "MatMulInteger": "MatMul",
    "QAttention": "Attention",
    "QEmbedLayerNormalization": "EmbedLayerNormalization",
}
"""The operators of a quantised graph, and what they were."""


class QuantizeRequest(TypedDict):
    """What `quantize` takes: the file of a graph, and the one to write."""

    graph: str
    written: str


class QuantizeResult(TypedDict):
    """What `quantize` gives.

    Attributes:
        operators: how many operators of each kind were quantised.
        files: the float graph's own files, by their names in its folder.
    """

    operators: dict[str, int]
    files: list[str]


def quantize(request: QuantizeRequest, _record: Record) -> QuantizeResult:
    """Write the quantised graph; weights that are not quantised stay as they are."""
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.shape_inference import quant_pre_process

    logging.disable()
    graph, written = Path(request["graph"]), Path(request["written"])
    model = onnx.load(str(graph), load_external_data=False)
    files = [graph.name, *sorted(external_files(model))]
    nodes = [*model.graph.node, *(node for function in model.functions for node in function.node)]
    if not any(node.op_type in {*_BYTES, *_SUMS, "Gemm"} for node in nodes):
        return {"operators": {}, "files": files}
    large = sum((graph.parent / name).stat().st_size for name in files) > _SINGLE_FILE
    prepared, half = written.with_name("prepared.onnx"), written.with_name("half.onnx")
    quant_pre_process(
        str(graph),
        str(prepared),
        skip_symbolic_shape=True,
        save_as_external_data=len(files) > 1,
        all_tensors_to_one_file=True,
        external_data_location=f"{prepared.name}.data",
    )
    options: dict[str, Any] = {"per_channel": True, "use_external_data_format": large}
    unsigned = {"op_types_to_quantize": list(_BYTES), "weight_type": QuantType.QUInt8}
    signed = {"op_types_to_quantize": list(_SUMS), "weight_type": QuantType.QInt8, "reduce_range": True}
    quantize_dynamic(str(prepared), str(half), **unsigned, **options)
    quantize_dynamic(str(half), str(written), **signed, **options)
    for path in (prepared, half):
        path.unlink()
        path.with_name(f"{path.name}.data").unlink(missing_ok=True)
    made = onnx.load(str(written), load_external_data=False).graph.node
    kinds = Counter(_QUANTIZED[node.op_type] for node in made if node.op_type in _QUANTIZED)
    return {"operators": dict(sorted(kinds.items())), "files": files}


def external_files(model: Any) -> set[str]:
    """Return the names of the files beside a graph that hold its weights."""
    return {
        entry.value
        for tensor in model.graph.initializer
        for entry in tensor.external_data
        if tensor.data_location == tensor.EXTERNAL and entry.key == "location"
    }


if __name__ == "__main__":
    serve(quantize)

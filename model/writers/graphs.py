"""What all exporters of neural networks to ONNX share: their input, what the graph says of itself, and reasons."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

SINGLE_FILE = 32_000_000  # bytes of weights: more are in a file beside the graph, which onnxruntime maps

_LENGTH = 16  # of a sequence without an example
_LONGEST = 300  # characters of a reason
_RECURRENT = ("GRU", "LSTM", "RNN")
_LOOKUPS = {"Gather", "GatherND", "GatherElements"}
_SAME_NUMBERS = {"Cast", "Concat", "Expand", "Flatten", "Identity", "Reshape", "Slice", "Split", "Squeeze"}
_SAME_NUMBERS |= {"Transpose", "Unsqueeze"}


def tensor_specs(inputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the shape and dtype of each tensor that a network gets; a table is one of float32."""
    if inputs[0]["type"] != "tensor":
        return [{"shape": [-1, len(inputs)], "dtype": "float32"}]
    return [spec["tensor-spec"] for spec in inputs]


def example_array(spec: dict[str, Any], rows: list[Any]) -> Any:
    """Return a tensor with at least two of all that is free: exporters take a length of 1 for a constant.

    Args:
        spec: its shape and dtype.
        rows: the tensor in each row of the input example; none where there is no example.
    """
    import numpy as np

    if rows:
        made = np.array(rows, dtype=spec["dtype"])
    else:
        shape = [2 if place == 0 else _LENGTH if length < 0 else length for place, length in enumerate(spec["shape"])]
        made = np.zeros(shape, dtype=spec["dtype"])
    for place, length in enumerate(spec["shape"]):
        if length < 0 and made.shape[place] < 2:  # noqa: PLR2004
            made = np.repeat(made, 2, axis=place)
    return made


def reason(error: BaseException) -> str:
    """Return what an error says first, without colours and advice."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).strip()
    said = " ".join(re.split(r"\n\s*\n|For more information", text)[0].split())[:_LONGEST]
    return f"{type(error).__name__}: {said}"


class Graph:
    """A graph in a file: its operators, and which of its inputs are looked up in a table."""

    def __init__(self, path: Path) -> None:
        import onnx

        model = onnx.load(str(path), load_external_data=False)
        self._inputs = {value.name: value.type.tensor_type for value in model.graph.input}
        self._path, self._model = path, model
        functions = getattr(model, "functions", ())  # ONNX has had them since 1.11
        self._nodes = [*model.graph.node, *(node for function in functions for node in function.node)]

    def options(self, path: Path, inputs: list[str]) -> dict[str, Any]:
        """Return the options of the backend `network`.

        Args:
            path: the graph's file.
            inputs: the names of the graph's inputs, in the order of the signature's.
        """
        return {
            "form": "network",
            "file": path.name,
            "session": {},
            "session_config": {},
            "inputs": inputs,
            "missing_spreads": self.has(*_RECURRENT),
            "indices": [name for name in self._inputs if self._looks_up(name)],
        }

    def refuse_negative_places(self) -> None:
        """Have the graph fail where a computed place is negative, as PyTorch does: ONNX counts those from the end.

        They are the places of rows in a table of weights, and those by which single numbers are taken. A negative one
        is replaced by one that no table has.
        """
        import onnx
        from onnx import helper

        graph = self._model.graph
        weights = {tensor.name for tensor in graph.initializer}
        known = weights | {name for node in graph.node if node.op_type == "Constant" for name in node.output}
        changed = []
        for number, node in enumerate(graph.node):
            rows = node.op_type == "Gather" and node.input[0] in weights
            if (rows or node.op_type == "GatherElements") and node.input[1] not in known:
                names = [f"places_{number}_{part}" for part in ("whole", "negative", "checked")]
                changed += [
                    helper.make_node("Cast", [node.input[1]], [names[0]], to=onnx.TensorProto.INT64),
                    helper.make_node("Less", [names[0], "places_zero"], [names[1]]),
                    helper.make_node("Where", [names[1], "places_none", names[0]], [names[2]]),
                ]
                node.input[1] = names[2]
            changed.append(node)
        if len(changed) == len(graph.node):
            return
        for name, value in (("places_zero", 0), ("places_none", 2**62)):
            graph.initializer.append(helper.make_tensor(name, onnx.TensorProto.INT64, [], [value]))
        nodes = [onnx.NodeProto.FromString(node.SerializeToString()) for node in changed]
        del graph.node[:]
        graph.node.extend(nodes)
        onnx.save(self._model, str(self._path))

    def free(self, name: str, place: int) -> bool:
        """Return whether a dimension of an input has any length; an input that the graph lacks has."""
        return name not in self._inputs or not self._inputs[name].shape.dim[place].HasField("dim_value")

    def has(self, *operators: str) -> bool:
        """Return whether the graph has one of these operators."""
        return any(node.op_type in operators for node in self._nodes)

    def _looks_up(self, name: str) -> bool:
        """Return whether an input's own numbers are places in a table."""
        same = {name}
        for node in self._nodes:
            if node.op_type in _LOOKUPS and node.input[1] in same:
                return True
            if node.op_type in _SAME_NUMBERS and not same.isdisjoint(node.input):
                same.update(node.output)
        return False

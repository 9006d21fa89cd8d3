"""What an exporter of networks learns from a graph, and the input that it makes."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper, save
from onnxruntime import InferenceSession, SessionOptions

from model.writers.graphs import Graph, example_array, reason, tensor_specs


@pytest.fixture(name="graph")
def _graph(tmp_path: Path) -> Graph:
    """A graph that looks up one input after a cast, and adds the other."""
    nodes = [
        helper.make_node("Cast", ["places"], ["whole"], to=TensorProto.INT64),
        helper.make_node("Gather", ["table", "whole"], ["found"]),
        helper.make_node("Add", ["found", "numbers"], ["output"]),
    ]
    inputs = [
        helper.make_tensor_value_info("places", TensorProto.FLOAT, [None, 2]),
        helper.make_tensor_value_info("numbers", TensorProto.FLOAT, [3, 2]),
    ]
    outputs = [helper.make_tensor_value_info("output", TensorProto.FLOAT, None)]
    table = helper.make_tensor("table", TensorProto.FLOAT, [4], [1.0] * 4)
    save(helper.make_model(helper.make_graph(nodes, "graph", inputs, outputs, [table])), tmp_path / "a.onnx")
    return Graph(tmp_path / "a.onnx")


def test_an_input_that_is_looked_up_is_named(graph: Graph) -> None:
    """A cast leaves its numbers as they are; the numbers that are added do not matter."""
    options = graph.options(Path("a.onnx"), ["places", "numbers"])

    assert ["places"] == options["indices"]
    assert not options["missing_spreads"]
    assert graph.has("Cast", "LSTM")


@pytest.mark.parametrize("operator", ["Gather", "GatherElements"])
def test_a_negative_place_fails_as_in_pytorch(operator: str, tmp_path: Path) -> None:
    """However it was computed; ONNX alone would count it from the end."""
    nodes = [
        helper.make_node("Sub", ["numbers", "one"], ["less"]),
        helper.make_node("Cast", ["less"], ["places"], to=TensorProto.INT64),
        helper.make_node(operator, ["table", "places"], ["output"]),
    ]
    made = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info("numbers", TensorProto.FLOAT, [None])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, [None])],
        [
            helper.make_tensor("table", TensorProto.FLOAT, [3], [5.0, 6.0, 7.0]),
            helper.make_tensor("one", TensorProto.FLOAT, [], [1.0]),
        ],
    )
    save(helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=10), tmp_path / "a.onnx")
    Graph(tmp_path / "a.onnx").refuse_negative_places()
    options = SessionOptions()
    options.log_severity_level = 4
    session = InferenceSession(tmp_path / "a.onnx", options, providers=["CPUExecutionProvider"])

    assert [5.0, 7.0] == session.run(None, {"numbers": np.array([1, 3], "float32")})[0].tolist()
    with pytest.raises(Exception, match=r"out of data bounds|Out of range value"):
        session.run(None, {"numbers": np.array([1, 0], "float32")})


def test_a_fixed_number_of_rows_shows(graph: Graph) -> None:
    """An input that the exporter has dropped counts as free."""
    assert [True, False, True] == [graph.free(name, 0) for name in ("places", "numbers", "dropped")]


@pytest.mark.parametrize(
    ("rows", "shape"), [([], (2, 16, 3)), ([[[1, 2, 3]]], (2, 2, 3)), ([[[1, 2, 3]] * 4] * 3, (3, 4, 3))]
)
def test_an_example_has_two_of_what_is_free(rows: list[Any], shape: tuple[int, ...]) -> None:
    """Exporters take one for a constant."""
    made = example_array({"shape": [-1, -1, 3], "dtype": "int64"}, rows)

    assert (shape, "int64") == (made.shape, made.dtype)


def test_a_table_is_one_tensor_of_float32() -> None:
    """MLflow converts a DataFrame so; tensors stay as they are."""
    tensors = [{"type": "tensor", "name": name, "tensor-spec": {"dtype": "str", "shape": [-1]}} for name in "ab"]

    assert [{"shape": [-1, 2], "dtype": "float32"}] == tensor_specs([{"type": "long"}, {"type": "double"}])
    assert 2 == len(tensor_specs(tensors))


def test_a_reason_is_short_and_plain() -> None:
    """Without colours and without advice."""
    error = ValueError("\x1b[31mno such\n operator\x1b[0m\n\nTry something else")

    assert "ValueError: no such operator" == reason(error)
    assert 320 > len(reason(ValueError("x" * 1000)))


def test_an_array_of_the_example_keeps_its_numbers() -> None:
    """They may matter to the exporter."""
    assert np.array_equal(
        [[1.5, 2.0], [3.0, 4.0]], example_array({"shape": [-1, 2], "dtype": "float32"}, [[1.5, 2], [3, 4]])
    )

"""Exported networks without their library: what they are asked, and how the handler serves the graph."""

import math
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper, save

from handler.backends.native.network import Network
from handler.bundle import FORMAT, Manifest, ModelInfo, Signature
from handler.errors import DeadlineExceeded
from handler.response import output_columns, whole_output
from handler.warm_up import close
from model import mlmodel
from model.build import candidates, moods, rows
from model.build.networks import OVERFLOWS, TOLERANCE, misses
from model.build.question import SIZES, make_question
from model.child.answering import batches_of
from model.environment.requirements import Requirements
from model.environment.versions import additions

TABLE = [{"name": "a", "type": "double"}, {"name": "b", "type": "long"}]
SEQUENCES = [{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, -1, 2]}}]
INDICES = [{"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1, 3]}}]

Load = Callable[..., Network]


@pytest.fixture(name="load")
def _load(tmp_path: Path) -> Load:
    """Loads a graph of one operator: the sum of each row's numbers, or what it is told."""

    def load(inputs: list[dict[str, Any]], operator: str = "ReduceSum", /, **options: Any) -> Network:
        spec = inputs[0].get("tensor-spec", {"dtype": "float32", "shape": [-1, len(inputs)]})
        kind = TensorProto.INT64 if spec["dtype"] == "int64" else TensorProto.FLOAT
        names = ["input"]
        more: dict[str, Any] = {}
        constants = []
        if operator == "ReduceSum":
            names.append("axes")
            more["keepdims"] = 0
            constants.append(helper.make_tensor("axes", TensorProto.INT64, [1], [1]))
        shape = [None if length < 0 else length for length in spec["shape"]]
        graph = helper.make_graph(
            [helper.make_node(operator, names, ["output"], **more)],
            "network",
            [helper.make_tensor_value_info("input", kind, shape)],
            [helper.make_tensor_value_info("output", kind, None)],
            constants,
        )
        (tmp_path / "model").mkdir()
        opset = [helper.make_opsetid("", 18)]
        save(helper.make_model(graph, opset_imports=opset, ir_version=10), tmp_path / "model" / "model.onnx")
        given = {"file": "model.onnx", "session": {}, "session_config": {}, "missing_spreads": False, "indices": []}
        manifest = Manifest(
            FORMAT, "native", given | options, "pytorch", ModelInfo("", "", "network"), Signature(inputs), None, None,
            {}, {}, {},
        )  # fmt: skip
        return Network(manifest, tmp_path)

    return load


def test_a_table_is_one_array_of_float32_and_answers_in_numbered_columns(load: Load) -> None:
    """MLflow converts a DataFrame to float32, and returns one without names."""
    columns: dict[str, list[Any]] = {"a": [0.1, 1e300], "b": [2**53 + 1, 7]}
    with np.errstate(over="ignore"):
        expected = np.array([[0.1, 2**53 + 1], [np.inf, 7]], dtype="float32").T

    got = load(TABLE, "Identity").predict(columns, {})

    assert ["0", "1"] == got.columns
    assert np.array_equal(expected, got.iloc.T)
    assert {"0": np.float32(0.1), "1": np.float32(2**53 + 1)} == whole_output.to_json_value(got)[0]


def test_an_output_without_a_second_dimension_is_one_column(load: Load) -> None:
    """As pandas makes a DataFrame of it."""
    got = load(TABLE).predict({"a": [1.0, 3.0], "b": [2, 4]}, {})

    assert {"0": [3.0, 7.0]} == output_columns.to_columns(got, 2, [])


def test_a_tensor_is_answered_with_an_array(load: Load) -> None:
    """Its shape is the network's own."""
    got = load(SEQUENCES).predict({"input": [[[1.0, 2.0], [3.0, 4.0]]]}, {})

    assert np.array_equal([[4.0, 6.0]], got)


def test_tensors_are_passed_by_the_signatures_order(load: Load) -> None:
    """A graph lacks those that the network does not use, and each output has its name."""
    named = [SEQUENCES[0] | {"name": "unused"}, SEQUENCES[0] | {"name": "used"}]
    network = load(named, inputs=["input_0", "input"], outputs=["sum"])
    got = network.predict({"unused": [[[9.0, 9.0]]], "used": [[[1.0, 2.0]]]}, {})

    assert ["sum"] == list(got)
    assert [[1.0, 2.0]] == got["sum"].tolist()


def test_rows_are_computed_alone_where_the_bundle_says_so(load: Load) -> None:
    """Quantised, rows that are computed together would change each other's answers."""
    got = load(TABLE, "ReduceMax", alone=True).predict({"a": [1.0, 3.0], "b": [2, 4]}, {})

    assert [[2.0], [4.0]] == got.iloc.tolist()


def test_no_row_is_begun_after_the_deadline(load: Load) -> None:
    """Those that are computed alone are many calls."""
    with pytest.raises(DeadlineExceeded):
        load(TABLE, "ReduceMax", alone=True).predict({"a": [1.0], "b": [2]}, {}, time.monotonic() - 1)


def test_a_missing_number_spreads_over_its_row(load: Load) -> None:
    """onnxruntime's recurrent layers answer as if it were a number, PyTorch's do not."""
    got = load(SEQUENCES, "Sign", missing_spreads=True).predict({"input": [[[1.0, None]], [[1.0, 2.0]]]}, {})

    assert np.array_equal([[[np.nan, np.nan]], [[1.0, 1.0]]], got, equal_nan=True)


def test_a_negative_index_is_refused(load: Load) -> None:
    """ONNX would count it from the end."""
    network = load(INDICES, indices=["input"])

    assert [6] == network.predict({"input": [[1, 2, 3]]}, {}).tolist()
    with pytest.raises(IndexError, match="an index is negative"):
        network.predict({"input": [[1, -2, 3]]}, {})


def test_a_network_is_asked_sequences_of_several_lengths() -> None:
    """The example's length, and others; short and long ones."""
    example = [[0.0, 0.0]] * 7

    made, cases = rows.generate(SEQUENCES, [{"input": example}], network=True)

    assert {1, 2, 5, 7, 13} == {len(row["input"]) for row in made}
    assert {"example": 1, "tensor": len(made) - 1} == cases


def test_tensors_of_a_row_have_one_mood_and_one_length() -> None:
    """So that a row is ordinary or not, and several sequences fit together."""
    several = [SEQUENCES[0] | {"name": name} for name in "ab"]
    made, cases = rows.generate(several, [], network=True)

    assert {"example": 0, "tensor": len(made)} == cases
    assert all(len(row["a"]) == len(row["b"]) for row in made)
    assert all(np.isnan(np.array(row["b"], dtype=float)).any() for row in made if misses(row["a"]) and row["a"][4:])


def test_a_network_is_asked_zeros_and_huge_denormal_and_missing_numbers() -> None:
    """Each in a tensor of its own, so that they do not hide what happens to ordinary ones."""
    tensors = [
        np.array(found, dtype=float) for found in moods.tensors({"dtype": "float32", "shape": [-1, 6, 2]}, [], 0)
    ]

    assert any(not found.any() for found in tensors)
    assert any(0 < np.abs(found).max() < 1e-38 for found in tensors)
    assert any(np.abs(found).min() > OVERFLOWS for found in tensors)
    assert any(np.isnan(found).any() for found in tensors)
    assert 20 < sum(np.abs(found).max() < 500 for found in tensors)


def test_a_large_image_is_asked_few_times() -> None:
    """Their numbers are written down as JSON."""
    shape = [-1, 3, 224, 224]
    made = moods.tensors({"dtype": "uint8", "shape": shape}, [], 0)

    assert 10 == len(made)
    assert math.prod(shape[1:]) == np.size(made[0])


def test_batches_have_rows_of_one_shape_that_do_not_raise() -> None:
    """Each size takes those of another length, again and again where they are too few."""
    asked = [{"input": [0] * length} for length in (3, 3, 5, 3, 5)]
    request: Any = {"sizes": [2, 4, 7]}
    died: Any = {"sizes": [2, 4, 7], "skip_together": True}

    assert [[0, 1], [2, 4, 2, 4], [0, 1, 0, 1, 0, 1, 0]] == batches_of(asked, [None, None, None, "no", None], request)
    assert [] == batches_of(asked, ["no"] * 5, request)
    assert [] == batches_of(asked, [None] * 5, died)


@pytest.fixture(name="model")
def _model(tmp_path: Path) -> mlmodel.MLModel:
    """A PyTorch model, with modules of its own."""
    (tmp_path / "MLmodel").write_text(
        "flavors: {python_function: {loader_module: mlflow.pytorch, python_version: 3.11.7, code: code}, "
        "pytorch: {pytorch_version: 2.6.0}}\n"
        'signature: {inputs: \'[{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 2]}}]\'}\n'
    )
    return mlmodel.read(tmp_path)


def test_a_pytorch_model_is_exported_before_mlflow_serves_it(model: mlmodel.MLModel) -> None:
    """Modules that it brings are needed for the export alone."""
    first, last = candidates.listed(model, "auto")

    assert ("native", "pytorch", "pyfunc") == (first.backend, first.options["form"], last.backend)
    assert candidates.unfit(model, first, rows=True) is None
    assert SIZES == make_question(model).sizes


def test_an_exporters_packages_are_as_of_the_models_day() -> None:
    """Then they fit its libraries; today's are the second choice."""
    needs = Requirements(["torch==2.6.0"], None, Path(), [], datetime(2025, 2, 1, tzinfo=UTC))

    dated, newest = additions(needs, ["onnx"])

    assert "--exclude-newer=2025-02-03T00:00:00Z" in dated.options
    assert "onnx" == dated.options[-1] == newest.options[-1]
    assert [newest] == additions(needs._replace(created=None), ["onnx"])


def test_a_networks_example_may_differ_on_another_processor() -> None:
    """Relative to the largest number of its answer, twice as far as the proof allows."""
    expected = [{"p": [100.0, 1e-3]}]

    assert close(expected, [{"p": [100.0, 1e-3 + 190 * TOLERANCE]}], TOLERANCE)
    assert not close(expected, [{"p": [100.0, 1e-3 + 210 * TOLERANCE]}], TOLERANCE)
    assert not close(expected, [{"p": [100.0, 1e-3 + 190 * TOLERANCE]}])

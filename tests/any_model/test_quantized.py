"""`--quantize`: a network of 8 bits, with the loss next to MLflow's answers in its manifest."""

import json
import shutil
import warnings
from functools import cache, partial
from pathlib import Path
from typing import Any

import mlflow
import mlflow.pyfunc
import numpy as np
import onnx
import pytest
from any_model.served import post
from mlflow.models import ModelSignature
from mlflow.types import Schema, TensorSpec
from onnx import helper, numpy_helper
from packages import REQUIREMENTS
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier

from handler.bundle import read_manifest
from model import environment, process
from model.build.bundle import Built, Choices, build, record_reference
from model.build.verify import verify
from model.environment import handler_interpreter, model_interpreter
from model.errors import ModelError

NUMBERS = np.random.default_rng(3).normal(size=(200, 6)).astype("float32")
LABELS = np.digitize(NUMBERS @ np.array([1, -2, 0.5, 3, 0, 1]), [-2, 2])


def save(estimator: Any, folder: Path) -> Path:
    """Save a classifier as ONNX, which answers the label and the probabilities."""
    from skl2onnx import to_onnx

    model = to_onnx(estimator, NUMBERS[:1], options={"zipmap": False})
    inputs = Schema([TensorSpec(np.dtype("float32"), (-1, 6), "X")])
    outputs = Schema(
        [TensorSpec(np.dtype("int64"), (-1,), "label"), TensorSpec(np.dtype("float32"), (-1, 3), "probabilities")]
    )
    signature, example = ModelSignature(inputs, outputs), {"X": NUMBERS[:20]}
    options = {"signature": signature, "input_example": example, "pip_requirements": REQUIREMENTS}
    mlflow.onnx.save_model(model, folder, **options)
    return folder


@pytest.fixture(scope="module", name="model")
def _model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network of two layers."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        network = MLPClassifier((64, 32), max_iter=50, random_state=0).fit(NUMBERS, LABELS)
    return save(network, tmp_path_factory.mktemp("network") / "model")


def quantized(model: Path, bundle: Path, **choices: Any) -> Built:
    """Its bundle in 8 bits, built without a word."""
    return build(model, bundle, Choices(quantize=True, **choices), tell=lambda _: None)


@pytest.fixture(scope="module", name="bundle")
def _bundle(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return quantized(model, tmp_path_factory.mktemp("quantized") / "bundle").bundle


def test_the_loss_is_measured_next_to_mlflows_own_answers(model: Path, bundle: Path) -> None:
    """On the example, with the answers that the bundle gives, and on the probing rows."""
    manifest = read_manifest(bundle)
    expected = mlflow.pyfunc.load_model(str(model)).predict({"X": NUMBERS[:20]})
    assert manifest.example is not None
    got = manifest.example.answer
    apart = [
        np.abs(expected["probabilities"][place] - row["probabilities"]).max() / expected["probabilities"][place].max()
        for place, row in enumerate(got)
    ]
    loss = manifest.parity["quantized"]["example"]

    assert [len(got), 0] == [loss["rows"], loss["identical_rows"]]
    assert 0 < loss["greatest_difference"] <= max(apart) + 1e-6
    assert [row["label"] for row in got] == expected["label"][: len(got)].tolist() or loss["labels_changed"]
    assert 50 < manifest.parity["quantized"]["probing"]["rows"]
    assert {"MatMul": 3} == manifest.parity["quantized"]["operators"]
    before, after = manifest.parity["quantized"]["bytes"]
    assert after == (bundle / "model" / "model.onnx").stat().st_size != before
    assert (
        manifest.parity["quantized"]
        == json.loads((bundle / "openapi.json").read_text())["x-model"]["proof"]["quantized"]
    )


def test_a_row_is_answered_alone_as_beside_a_large_one(bundle: Path) -> None:
    """onnxruntime rounds all numbers of a call in steps of one size, so each row has a call of its own."""
    rows: list[dict[str, Any]] = [{"X": row} for row in NUMBERS[:3].tolist()]
    (_, alone), (_, beside) = post(bundle, (rows, ""), ([*rows, {"X": [1e5] * 6}], ""))

    assert alone == beside[:3]


def test_a_missing_number_is_answered_with_missing_ones(bundle: Path) -> None:
    """As MLflow does: quantised, onnxruntime would take it for zero."""
    [(status, body)] = post(bundle, ([{"X": [None, 1, 1, 1, 1, 1]}, {"X": [1] * 6}], ""))

    assert 200 == status
    assert [None] * 3 == body[0]["probabilities"]
    assert None not in body[1]["probabilities"]


def test_verify_measures_the_loss_again(bundle: Path, tmp_path: Path) -> None:
    """A larger one than the recorded is another graph."""
    recorded = read_manifest(bundle).parity["quantized"]["probing"]["greatest_difference"]
    assert recorded == pytest.approx(verify(bundle, tell=lambda _: None).verdict.difference, rel=0.5)

    copied = shutil.copytree(bundle, tmp_path / "bundle")
    manifest = json.loads((copied / "manifest.json").read_text())
    manifest["parity"]["quantized"]["probing"]["greatest_difference"] = recorded / 3
    (copied / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ModelError, match=r"the largest difference of the probing rows was .* when it was quantised"):
        verify(copied, tell=lambda _: None)


def test_an_image_quantises_what_another_machine_recorded(model: Path, bundle: Path, tmp_path: Path) -> None:
    """The reference holds the graph in float32, and the same comes of it."""
    record_reference(model, tmp_path / "reference", Choices(quantize=True), tell=lambda _: None)
    made = quantized(model, tmp_path / "bundle", reference=tmp_path / "reference").bundle

    assert (bundle / "model" / "model.onnx").read_bytes() == (made / "model" / "model.onnx").read_bytes()


def test_a_graph_without_weights_to_round_is_refused(tmp_path: Path) -> None:
    """After the proof, and nothing is written."""
    model = save(LogisticRegression().fit(NUMBERS, LABELS), tmp_path / "model")

    with pytest.raises(
        ModelError, match="the model is proved, and cannot be quantised: its graph has no matrix product"
    ):
        quantized(model, tmp_path / "bundle")
    assert not (tmp_path / "bundle").exists()


def test_other_models_are_refused_before_anything_is_built(model: Path, tmp_path: Path) -> None:
    """By their flavor, or by the backend that was chosen."""
    with pytest.raises(ModelError, match="has the flavor sklearn; build it without"):
        quantized(process.ROOT / "model" / "artifact", tmp_path / "bundle")
    with pytest.raises(ModelError, match="--quantize is for the backend native, not pyfunc"):
        quantized(model, tmp_path / "bundle", backend="pyfunc")
    assert not list(tmp_path.iterdir())


@cache
def tool() -> Path:
    """The interpreter of an environment with onnxruntime's tool."""
    handler = handler_interpreter(None, model_interpreter(None, ""))
    return environment.installed_environment([environment.QUANTIZE], handler.path)


def graph(operator: str, weights: dict[str, tuple[int, ...]], shape: list[Any], **options: Any) -> onnx.ModelProto:
    """Return a graph of one operator with random weights."""
    chance = np.random.default_rng(0)
    made = [numpy_helper.from_array(chance.normal(size=size).astype("float32"), name) for name, size in weights.items()]
    nodes = [helper.make_node(operator, ["x", *weights], ["y"], **options)]
    value = partial(helper.make_tensor_value_info, elem_type=onnx.TensorProto.FLOAT)
    parts = helper.make_graph(nodes, "one", [value("x", shape=shape)], [value("y", shape=None)], made)
    return helper.make_model(parts, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)


@pytest.mark.parametrize(
    ("made", "name", "kind", "most"),
    [
        (graph("MatMul", {"w": (6, 4)}, [None, 6]), "MatMulInteger", "int8", 64),
        (graph("Conv", {"w": (4, 3, 3, 3)}, [None, 3, 8, 8]), "ConvInteger", "uint8", 255),
        (
            graph("LSTM", {"w": (1, 32, 5), "r": (1, 32, 8)}, [7, None, 5], hidden_size=8),
            "DynamicQuantizeLSTM",
            "int8",
            64,
        ),
    ],
    ids=["MatMul", "Conv", "LSTM"],
)
def test_products_do_not_overflow_on_any_processor(
    made: onnx.ModelProto, name: str, kind: str, most: int, tmp_path: Path
) -> None:
    """Two products of a signed weight of 8 bits overflow 16 bits where a processor lacks VNNI: 2 * 255 * 64 do not."""
    onnx.save(made, tmp_path / "float.onnx")
    request = {"graph": str(tmp_path / "float.onnx"), "written": str(tmp_path / "written.onnx")}
    process.run(tool(), "quantize", request)
    written = onnx.load(tmp_path / "written.onnx")
    [node] = [node for node in written.graph.node if node.op_type == name]
    tensors = {tensor.name: numpy_helper.to_array(tensor) for tensor in written.graph.initializer}
    given = [tensors[one] for one in node.input if one in tensors]
    weights = [one for one in given if one.dtype.kind in "iu" and one.size > 8]

    assert weights
    assert all(kind == str(one.dtype) and np.abs(one.astype("int32")).max() <= most for one in weights)


def test_weights_beside_a_graph_are_read(tmp_path: Path) -> None:
    """What comes of a graph with weights in a file of its own is one file, unless it is large."""
    made = graph("MatMul", {"w": (6, 4)}, [None, 6])
    onnx.save(made, tmp_path / "a.onnx", save_as_external_data=True, location="a.onnx.data", size_threshold=0)
    (tmp_path / "made").mkdir()
    request = {"graph": str(tmp_path / "a.onnx"), "written": str(tmp_path / "made" / "b.onnx")}

    assert {"operators": {"MatMul": 1}, "files": ["a.onnx", "a.onnx.data"]} == process.run(tool(), "quantize", request)
    assert ["b.onnx"] == [path.name for path in (tmp_path / "made").iterdir()]


def test_the_command_refuses_to_quantise_what_is_not_proved(capsys: pytest.CaptureFixture[str]) -> None:
    """Without MLflow's answers there is no loss to measure."""
    from model.__main__ import main

    assert 1 == main(["build", "--quantize", "--unproved"])
    assert "leave out --unproved" in capsys.readouterr().err

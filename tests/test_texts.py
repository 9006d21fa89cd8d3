"""Exported transformers without their library: how the handler splits texts, and what it makes of the output."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import helper, numpy_helper, save
from onnx.onnx_pb import TensorProto
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from handler.backends.native.texts import Texts
from handler.bundle import FORMAT, Manifest, ModelInfo, Signature

WORDS = ["[UNK]", "[CLS]", "[SEP]", "[MASK]", "cat", "dog", "##s", "bad"]
SCORES = np.array(
    [[0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 1], [9, 0, 0], [0, 9, 0], [0, 0, 12], [1, 2, 8]], dtype="float32"
)
"""The network's output for each word."""

Load = Callable[..., Texts]


@pytest.fixture(name="load")
def _load(tmp_path: Path) -> Load:
    """Loads a network that looks each token up, and adds up a text's tokens unless it is told otherwise."""

    def load(task: str, *, by_token: bool = False, **options: Any) -> Texts:
        (tmp_path / "model").mkdir()
        table = numpy_helper.from_array(SCORES, "table")
        axes = helper.make_tensor("axes", TensorProto.INT64, [1], [1])
        last = ["output"] if by_token else ["found"]
        nodes = [helper.make_node("Gather", ["table", "input_ids"], last)]
        if not by_token:
            nodes.append(helper.make_node("ReduceSum", ["found", "axes"], ["output"], keepdims=0))
        graph = helper.make_graph(
            nodes,
            "texts",
            [helper.make_tensor_value_info("input_ids", TensorProto.INT64, [None, None])],
            [helper.make_tensor_value_info("output", TensorProto.FLOAT, None)],
            [table, axes],
        )
        made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
        save(made, tmp_path / "model" / "model.onnx")
        tokenizer = Tokenizer(models.WordPiece({word: place for place, word in enumerate(WORDS)}, unk_token=WORDS[0]))
        tokenizer.normalizer = normalizers.Lowercase()
        tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
        tokenizer.post_processor = processors.BertProcessing(("[SEP]", 2), ("[CLS]", 1))
        tokenizer.add_special_tokens(["[MASK]"])
        tokenizer.enable_padding(length=20)
        tokenizer.save(str(tmp_path / "model" / "tokenizer.json"))
        given: dict[str, Any] = {
            "file": "model.onnx",
            "session": {},
            "session_config": {},
            "task": task,
            "settings": {},
        }
        given |= {"labels": ["B-A", "I-A", "O"], "function": "softmax", "mask": 3, "unknown": 0}
        given |= {
            "prefix": "",
            "changes": [],
            "longest": 8,
            "model_max_length": 6,
            "truncation_side": "right",
            "literals": True,
        }
        manifest = Manifest(
            FORMAT, "native", given | options, "transformers", ModelInfo("", "", "texts"),
            Signature([{"type": "string"}]), None, None, {}, {}, {},
        )  # fmt: skip
        return Texts(manifest, tmp_path)

    return load


def ask(network: Texts, *texts: str, **params: Any) -> Any:
    """Return the answers to texts."""
    return network.predict({"input": list(texts)}, params)


def test_a_text_has_its_most_likely_label(load: Load) -> None:
    """With its probability; texts of several lengths are answered in their order."""
    got = ask(load("text-classification"), "cat", "dog dog", "cat dog dogs bad", "DOG")

    assert ["B-A", "I-A", "I-A", "I-A"] == [answer["label"] for answer in got]
    assert [0.999753, 1.0] == pytest.approx([got[0]["score"], got[1]["score"]], rel=1e-6)


def test_a_function_of_the_request_replaces_the_models(load: Load) -> None:
    """As the params of the pipeline."""
    network = load("text-classification")

    assert {"label": "B-A", "score": 9.0} == ask(network, "cat", function_to_apply="none")[0]
    assert {"label": "B-A", "score": pytest.approx(0.9998766)} == ask(network, "cat", function_to_apply="SIGMOID")[0]


def test_several_labels_are_a_table(load: Load) -> None:
    """Its columns are numbers, as in the DataFrame that MLflow makes of lists."""
    got = ask(load("text-classification"), "bad", "cat", top_k=2, function_to_apply="none")

    assert ["0", "1"] == got.columns
    expected = {"0": {"label": "O", "score": 8.0}, "1": {"label": "I-A", "score": 2.0}}
    assert expected == got.to_dict(orient="records")[0]


@pytest.mark.parametrize(
    ("settings", "sums"),
    [
        ({"truncation": True}, 4 * 9.0),
        ({"truncation": True, "max_length": 4}, 2 * 9.0),
        ({"max_length": 3}, 9.0),
        ({"truncation": False, "max_length": 3}, 6 * 9.0),
        ({}, 6 * 9.0),
    ],
)
def test_texts_are_truncated_as_transformers_does(load: Load, settings: dict[str, Any], sums: float) -> None:
    """To the length that is given or, if asked to without one, to the tokenizer's."""
    assert sums == ask(load("embedding", settings=settings), "cat " * 6)[0][0]


def test_a_text_that_is_too_long_is_refused(load: Load) -> None:
    """Where nothing truncates it."""
    with pytest.raises(ValueError, match="a text has 9 tokens, and the model takes 8"):
        ask(load("embedding"), "cat " * 7)


def test_an_embedding_has_length_one_on_demand(load: Load) -> None:
    """By a param, or by a network that does it itself."""
    network = load("embedding")

    assert [[1.0, 2.0, 8.0], [9.0, 9.0, 0.0]] == ask(network, "bad", "cat dog").tolist()
    assert 1.0 == pytest.approx(np.linalg.norm(ask(network, "bad", normalize_embeddings=True)))


def test_a_prompt_is_put_before_a_text(load: Load) -> None:
    """Then the text is stripped, where the model does that."""
    assert [9.0, 9.0, 0.0] == ask(load("embedding", prefix="cat ", changes=["strip", "lower"]), "dog ")[0].tolist()


@pytest.mark.parametrize(
    ("strategy", "labels"),
    [("none", "B-A,I-A,O"), ("simple", "A,O"), ("first", "A"), ("max", "A,O"), ("average", "A,O")],
)
def test_tokens_have_labels(load: Load, strategy: str, labels: str) -> None:
    """Each its own; or runs of equal ones, of tokens or of words."""
    network = load("token-classification", by_token=True, settings={"ignore_labels": []})

    assert [labels] == ask(network, "cat dogs", aggregation_strategy=strategy)


def test_a_text_without_an_entity_is_refused(load: Load) -> None:
    """MLflow fails on it as well."""
    network = load("token-classification", by_token=True)

    assert ["B-A"] == ask(network, "cat bad")
    with pytest.raises(IndexError, match="a text has no entity"):
        ask(network, "bad")


def test_a_mask_is_filled_by_the_most_likely_word(load: Load) -> None:
    """The network's scores are of the first three words here."""
    network = load("fill-mask", by_token=True)

    assert ["[SEP]"] == ask(network, "cat [MASK]")
    with pytest.raises(ValueError, match="a text has 2 masks, not one"):
        ask(network, "[MASK] [MASK]")


def test_features_are_those_of_the_first_text(load: Load) -> None:
    """MLflow leaves out the others."""
    got = ask(load("feature-extraction", by_token=True), "cat", "dog dog")

    assert SCORES[[1, 4, 2]].tolist() == got.tolist()


def test_a_classifiers_texts_may_be_python_literals(load: Load) -> None:
    """MLflow evaluates them, if all of a request are: a pair of texts comes in a dict."""
    network = load("text-classification", settings={"function_to_apply": "none"})

    assert 9.0 == ask(network, "'cat'")[0]["score"]
    assert 18.0 == ask(network, "{'text': 'cat', 'text_pair': 'cat'}")[0]["score"]
    assert [9.0, 0.0] == [answer["score"] for answer in ask(network, "'cat'", "none")]
    with pytest.raises(ValueError, match="MLflow reads a text as a Python literal, a int that is no text"):
        ask(network, "42")

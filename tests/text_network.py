"""A network that looks each token of a text up in a table, with its tokenizer, as a bundle has them."""

from pathlib import Path
from typing import Any

from onnx import helper, numpy_helper, save
from onnx.onnx_pb import TensorProto
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from handler.bundle import FORMAT, Manifest, ModelInfo, Signature

WORDS = ["[UNK]", "[CLS]", "[SEP]", "[MASK]", "cat", "dog", "##s", "bad"]


def write(folder: Path, table: Any, *, by_token: bool = False, **options: Any) -> Manifest:
    """Write graph and tokenizer, and return the manifest.

    Args:
        folder: the bundle's.
        table: what the network answers for each word, as float32.
        by_token: whether it answers that for each token; else their sum.
        options: the backend's.
    """
    (folder / "model").mkdir()
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
        [numpy_helper.from_array(table, "table"), axes],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    save(made, folder / "model" / "model.onnx")
    tokenizer = Tokenizer(models.WordPiece({word: place for place, word in enumerate(WORDS)}, unk_token=WORDS[0]))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 2), ("[CLS]", 1))
    tokenizer.add_special_tokens(["[MASK]"])
    tokenizer.enable_padding(length=20)
    tokenizer.save(str(folder / "model" / "tokenizer.json"))
    given: dict[str, Any] = {"file": "model.onnx", "session": {}, "session_config": {}, "settings": {}}
    given |= {
        "labels": ["B-A", "I-A", "O"],
        "function": "softmax",
        "mask": 3,
        "unknown": 0,
        "prefix": "",
        "changes": [],
    }
    given |= {"longest": 8, "model_max_length": 6, "truncation_side": "right", "literals": True}
    return Manifest(
        FORMAT, "native", given | options, "transformers", ModelInfo("", "", "texts"),
        Signature([{"type": "string"}]), None, None, {}, {}, {},
    )  # fmt: skip

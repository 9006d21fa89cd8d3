"""Export pipelines of transformers, and sentence transformers: networks to ONNX, tokenizers as `tokenizers` has them.

What a pipeline does around its network is `handler.backends.native.text_answers`, `questions` and `zero_shot`.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from writers import Hints, Unsupported, Written, text_pairs
from writers.graphs import Graph
from writers.pytorch import export

_SETTINGS = {
    "text-classification": {"top_k", "function_to_apply", "truncation", "max_length", "padding"},
    "token-classification": {"aggregation_strategy", "ignore_labels", "truncation"},
    "feature-extraction": {"truncation"},
    "fill-mask": {"top_k"},
    **text_pairs.SETTINGS,
    "embedding": {"normalize_embeddings", "batch_size", "show_progress_bar", "truncation", "max_length"},
}
"""The settings of each task that the handler knows, as a model's configuration and a request's params have them."""

_TENSORS = {"input_ids", "attention_mask", "token_type_ids"}
_NO_LIMIT = 10**6  # tokens: tokenizers without a limit have a larger number
_LENGTHS = 4  # how many tokens fewer than its positions a model may take: RoBERTa starts at the third
_OF_WORDS = {"first", "max", "average"}
_TERMS = 60
_LITERALS = ["42", "'cat'", "{'text': 'cat', 'text_pair': 'dog'}", "[1]", "'cat' on"]  # MLflow evaluates some texts


def write_pipeline(wrapper: Any, bundle: Path, request: dict[str, Any]) -> Written:
    """Export the pipeline in MLflow's wrapper."""
    pipeline = wrapper.pipeline
    task = _KNOWN.get(type(pipeline).__name__)
    if task is None:
        raise Unsupported(f"a {type(pipeline).__name__} is served by transformers")
    if getattr(wrapper, "prompt_template", None) or getattr(wrapper, "llm_inference_task", None):
        raise Unsupported("its prompt template or its inference task is MLflow's own")
    settings = dict(getattr(wrapper, "model_config", None) or {})
    config, tokenizer = pipeline.model.config, pipeline.tokenizer
    if task in text_pairs.TASKS:
        written = text_pairs.TASKS[task](pipeline, request["inputs"], settings)
        network = _Network(pipeline.model.eval(), _names(tokenizer), written.outputs)
        options = {"task": task, "settings": settings, **written.options}
        return _write(network, tokenizer, bundle, request, options, text_pairs.hints(request["inputs"], tokenizer))
    _refuse_other_columns(request["inputs"])
    if task == "token-classification":
        settings["truncation"] = True
    options = {
        "labels": [config.id2label[place] for place in range(config.num_labels)],
        "function": _function(config),
        "mask": tokenizer.mask_token_id,
        "unknown": tokenizer.unk_token_id,
        "prefix": "",
        "changes": [],
    }
    varies = any(spec["name"] == "aggregation_strategy" for spec in request["params"])
    of_words = varies or (settings.get("aggregation_strategy") or "none").lower() in _OF_WORDS
    if of_words and not getattr(_tokenizer(tokenizer).model, "continuing_subword_prefix", None):
        raise Unsupported("its tokenizer does not say where words begin, and transformers guesses")
    network = _Network(pipeline.model.eval(), _names(tokenizer), "logits" if task != "feature-extraction" else 0)
    options.update({"form": "texts", "task": task, "settings": settings})
    options["literals"] = task == "text-classification" and not request["inputs"][0].get("name")
    return _write(network, tokenizer, bundle, request, options, _hints(request["inputs"], tokenizer, task))


def write_sentences(wrapper: Any, bundle: Path, request: dict[str, Any]) -> Written:
    """Export the sentence transformer in MLflow's wrapper, with its pooling and normalisation."""
    import torch

    _refuse_other_columns(request["inputs"])
    model = wrapper.model
    tokenizer = model.tokenizer
    encoded = (getattr(model, "preprocess", None) or model.tokenize)([" A b "])
    names = [name for name, value in encoded.items() if isinstance(value, torch.Tensor)]
    fixed = {name: value for name, value in encoded.items() if name not in names}
    prompts = getattr(model, "prompts", None) or {}
    options = {
        "form": "texts",
        "literals": False,
        "prefix": prompts.get(getattr(model, "default_prompt_name", None)) or "",
        "changes": _changes(_tokenizer(tokenizer), encoded["input_ids"][0].tolist()),
    }
    if options["prefix"] and not all(getattr(module, "include_prompt", True) for module in model):
        raise Unsupported("its pooling leaves out the prompt")
    network = _Network(model.eval(), names, "sentence_embedding", fixed)
    settings = {"truncation": True, "max_length": model.max_seq_length}
    options = {**options, "task": "embedding", "settings": settings}
    return _write(network, tokenizer, bundle, request, options, _hints(request["inputs"], tokenizer, "embedding"))


def _refuse_other_columns(inputs: list[dict[str, Any]]) -> None:
    if len(inputs) != 1 or inputs[0]["type"] != "string":
        raise Unsupported("its input is not one text")


def _names(tokenizer: Any) -> list[str]:
    """Return the names of the tensors that a tokenizer makes."""
    return list(tokenizer("a", return_tensors="pt"))


def _write(
    network: Any, tokenizer: Any, bundle: Path, request: dict[str, Any], options: dict[str, Any], hints: Hints
) -> Written:
    """Write the graph and the tokenizer."""
    task = options["task"]
    settings = {**options["settings"], **{spec["name"]: spec["default"] for spec in request["params"]}}
    unknown = sorted(settings.keys() - _SETTINGS[task])
    if unknown:
        raise Unsupported(f"only transformers itself knows the setting {unknown[0]!r} of {task}")
    other = sorted(set(network.names) - _TENSORS)
    if other:
        raise Unsupported(f"its tokenizer makes {other[0]}, which `tokenizers` does not")
    backend, limit = _tokenizer(tokenizer), tokenizer.model_max_length
    folder = bundle / "model"
    folder.mkdir()
    path = folder / "model.onnx"
    example = network.example(tokenizer)
    export(network.module(), example, [[0, 1]] * len(example), path, network.names, traced=True)
    backend.save(str(folder / "tokenizer.json"))
    graph = Graph(path)
    written = {
        **graph.options(path, network.names),
        **options,
        "settings": settings,
        "longest": _longest(network, tokenizer),
        "model_max_length": limit if limit and limit < _NO_LIMIT else None,
        "truncation_side": getattr(tokenizer, "truncation_side", "right"),
    }
    return Written(["numpy", "onnxruntime", "tokenizers"], written, hints)


class _Network:
    """A model's function from tokens to one tensor."""

    def __init__(self, model: Any, names: list[str], taken: Any, fixed: dict[str, Any] | None = None) -> None:
        """Take the model, the names of its tensors, which outputs are taken, and what it is told besides tensors."""
        self.names = names
        self._model, self._taken, self._fixed = model, taken, fixed

    def module(self) -> Any:
        """Return it as a PyTorch module of positional tensors."""
        import torch

        owner = self

        class Network(torch.nn.Module):  # type: ignore[misc]
            def __init__(self) -> None:
                super().__init__()
                self.model = owner._model

            def forward(self, first: Any, second: Any = None, third: Any = None) -> Any:
                return owner.answer([first, second, third])

        return Network().eval()

    def answer(self, tensors: Any) -> Any:
        """Return the output for the tensors."""
        import torch

        given = dict(zip(self.names, tensors))
        if isinstance(self._taken, tuple):
            found = self._model(**given)
            return torch.stack([found[name] for name in self._taken], -1)
        if self._fixed is None:
            return self._model(**given)[self._taken]
        return self._model({**given, **self._fixed})[self._taken]

    def example(self, tokenizer: Any, length: int = 0) -> tuple[Any, ...]:
        """Return the tensors of two texts, or of one with so many tokens."""
        import torch

        if not length:
            given = tokenizer(["a b c d e f"] * 2, return_tensors="pt")
            return tuple(given[name] for name in self.names)
        fill = {"input_ids": tokenizer.unk_token_id or 0, "attention_mask": 1}
        return tuple(torch.full((1, length), fill.get(name, 0)) for name in self.names)


def _tokenizer(tokenizer: Any) -> Any:
    """Return the tokenizer of `tokenizers` behind one of transformers."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if not getattr(tokenizer, "is_fast", False) or backend is None:
        raise Unsupported(f"{type(tokenizer).__name__} has no fast version, which `tokenizers` could run")
    return backend


def _changes(backend: Any, ids: list[int]) -> list[str]:
    """Return what a sentence transformer does to a text before it is tokenized, as it does with ` A b `."""
    for changes in ([], ["strip"], ["lower"], ["strip", "lower"]):
        text = " A b "
        for change in changes:
            text = getattr(text, change)()
        if backend.encode(text).ids == ids:
            return changes
    raise Unsupported("it does more with texts than its tokenizer")


def _function(config: Any) -> str:
    """Return the function that a classifier's scores go through, where no other is asked for."""
    kind = config.problem_type
    if kind == "regression":
        return "none"
    if kind == "multi_label_classification" or config.num_labels == 1:
        return "sigmoid"
    return "softmax"


def _longest(network: Any, tokenizer: Any) -> int | None:
    """Return how many tokens a model takes at most; None if it takes more than it has positions."""
    import torch

    config = network._model.config if network._fixed is None else network._model[0].auto_model.config  # noqa: SLF001
    positions = getattr(config, "max_position_embeddings", None)
    if not isinstance(positions, int) or positions < 1:
        return None
    with torch.no_grad():
        for length in range(positions + 1, max(0, positions - _LENGTHS), -1):
            try:
                network.answer(network.example(tokenizer, length))
            except (IndexError, RuntimeError):
                continue
            return length if length <= positions else None
    raise Unsupported(f"it does not take {positions - _LENGTHS} tokens, though it has {positions} positions")


def _hints(inputs: list[dict[str, Any]], tokenizer: Any, task: str) -> dict[str, dict[str, list[Any]]]:
    """Return words of the tokenizer's vocabulary, to make texts of; texts with one mask where that is filled."""
    words = [word for word in sorted(tokenizer.get_vocab()) if word.isalnum()]
    chance = random.Random(0)  # noqa: S311 - not a secret
    chosen = chance.sample(words, min(_TERMS, len(words)))
    hints: dict[str, list[Any]] = {"terms": chosen}
    if task == "text-classification":
        hints["values"] = _LITERALS
    if task == "fill-mask" and chosen:
        halves = [[" ".join(chance.choices(chosen, k=chance.randint(0, 9))) for _ in range(2)] for _ in range(_TERMS)]
        hints = {"values": [f"{before} {tokenizer.mask_token} {after}" for before, after in halves]}
    return {inputs[0].get("name", "input"): hints}


_KNOWN = {
    "TextClassificationPipeline": "text-classification",
    "TokenClassificationPipeline": "token-classification",
    "FeatureExtractionPipeline": "feature-extraction",
    "FillMaskPipeline": "fill-mask",
    "QuestionAnsweringPipeline": "question-answering",
    "ZeroShotClassificationPipeline": "zero-shot-classification",
}

WRITERS = {"transformers": write_pipeline, "sentence_transformers": write_sentences}

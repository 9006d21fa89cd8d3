"""What the pipelines of two texts have of their own: zero-shot classification, and question answering."""

from __future__ import annotations

import json
import random
from typing import Any, Callable, NamedTuple

from writers import Hints, Unsupported

SETTINGS = {
    "zero-shot-classification": {"hypothesis_template", "multi_label"},
    "question-answering": {
        *("align_to_words", "doc_stride", "handle_impossible_answer", "max_answer_len", "max_question_len"),
        *("max_seq_len", "padding", "top_k"),
    },
}
"""The settings of each task that the handler knows."""

_TERMS = 60
_TEXTS = 120
_LONG = 500  # words of a context that takes several windows
_TEMPLATES = ["{}", "This is {}.", "A {0}!", "no place", "{{}} {}", "{} {}"]
_LABELS = ["42", "[]", "null", '["a", 1]', '["a", "a"]', '"a, b"', "a", "a, b", ",", '{"a": 1}']


class Pair(NamedTuple):
    """What a task adds to a bundle.

    Attributes:
        options: the backend's.
        outputs: which of the network's are taken.
    """

    options: dict[str, Any]
    outputs: Any


def zero_shot(pipeline: Any, inputs: list[dict[str, Any]], settings: dict[str, Any]) -> Pair:
    """Return the options of a classifier by labels that come with the text.

    Raises:
        Unsupported: its columns are others, or one of them is a setting, too.
    """
    _refuse_other_columns(inputs, {"sequences", "candidate_labels"}, {"hypothesis_template"})
    both = settings.keys() & {spec["name"] for spec in inputs}
    if both:
        raise Unsupported(f"{both.pop()} is both a column and a setting, on which transformers fails")
    return Pair({"form": "zero-shot", "entailment": pipeline.entailment_id}, "logits")


def questions(pipeline: Any, inputs: list[dict[str, Any]], _settings: dict[str, Any]) -> Pair:
    """Return the options of answers from a context.

    Raises:
        Unsupported: its columns are others, or its tokenizer pads on the left.
    """
    _refuse_other_columns(inputs, {"question", "context"}, set())
    if pipeline.tokenizer.padding_side != "right":
        raise Unsupported("its tokenizer pads on the left, where transformers looks for answers in the question, too")
    merges = hasattr(pipeline, "get_answer")  # from 4.52 on
    options = {"form": "questions", "first": pipeline.tokenizer.cls_token_id, "merges": merges}
    return Pair(options, ("start_logits", "end_logits"))


TASKS: dict[str, Callable[[Any, list[dict[str, Any]], dict[str, Any]], Pair]] = {
    "zero-shot-classification": zero_shot,
    "question-answering": questions,
}


def hints(inputs: list[dict[str, Any]], tokenizer: Any) -> Hints:
    """Return texts of the tokenizer's own words for each column, long contexts among them."""
    chance = random.Random(0)  # noqa: S311 - not a secret
    words = [word for word in sorted(tokenizer.get_vocab()) if word.isalnum()] or ["a"]
    chosen = chance.sample(words, min(_TERMS, len(words)))

    def texts(most: int) -> list[str]:
        return [" ".join(chance.choices(chosen, k=chance.randint(1, most))) for _ in range(_TEXTS)]

    made: dict[str, Callable[[], list[Any]]] = {
        "sequences": lambda: texts(20),
        "candidate_labels": lambda: [*_LABELS, *(json.dumps(chance.sample(chosen, 3)) for _ in range(_TEXTS))],
        "hypothesis_template": lambda: _TEMPLATES,
        "question": lambda: texts(9),
        "context": lambda: [*texts(60), *texts(_LONG)],
    }
    return {spec["name"]: {"values": made[spec["name"]]()} for spec in inputs}


def _refuse_other_columns(inputs: list[dict[str, Any]], needed: set[str], possible: set[str]) -> None:
    """Refuse a signature without the columns that are needed, with others, or with other types.

    Raises:
        Unsupported: names them.
    """
    names = {spec.get("name") for spec in inputs}
    if not needed <= names <= needed | possible or any(spec["type"] != "string" for spec in inputs):
        raise Unsupported(f"its columns are not the texts {', '.join(sorted(needed))}")

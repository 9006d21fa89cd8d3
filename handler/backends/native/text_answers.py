"""Make of a transformer's output what MLflow answers for its task, as the pipelines of transformers do."""

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from handler.backends.native.network import Table


class Run(NamedTuple):
    """The texts and the network's outputs from which a task makes its answers.

    Attributes:
        tokenizer: the tokenizer.
        encoded: the tokens of each text.
        outputs: the output for each text.
        options: the bundle's.
        settings: those of the model and of the request.
    """

    tokenizer: Any
    encoded: list[Any]
    outputs: list[Any]
    options: dict[str, Any]
    settings: dict[str, Any]


def evaluated(texts: list[str]) -> list[Any]:
    """Return texts as MLflow hands them to a classifier: if all are Python literals, as their values.

    Raises:
        ValueError: such a value is neither a text nor a dict of texts.
    """
    if not all(_LITERAL.match(text) for text in texts):
        return texts
    from ast import literal_eval

    try:
        values = [literal_eval(text) for text in texts]
    except (MemoryError, RecursionError, SyntaxError, ValueError):
        return texts
    for value in values:
        parts = value if isinstance(value, dict) else {"text": value}
        if "text" not in parts or parts.keys() - {"text", "text_pair"} or not all(map(_is_text, parts.values())):
            raise ValueError(f"MLflow reads a text as a Python literal, a {type(value).__name__} that is no text")
    return values


def classify(run: Run) -> Any:
    """Return the most likely label of each text with its score; with `top_k`, a table of the first labels."""
    import numpy as np

    function = run.settings.get("function_to_apply") or run.options["function"]
    scores = _FUNCTIONS[function.lower()](np.stack(run.outputs)).tolist()
    labels = run.options["labels"]
    ranked = [sorted(zip(row, range(len(row)), strict=True), key=lambda pair: -pair[0]) for row in scores]
    named = [[{"label": labels[place], "score": score} for score, place in row] for row in ranked]
    if "top_k" not in run.settings:
        return [first for first, *_ in named]
    return Table(np.array([row[: run.settings["top_k"]] for row in named], dtype=object), len(named))


def label_tokens(run: Run) -> list[str]:
    """Return the labels of each text's entities in one string, separated by commas.

    Raises:
        IndexError: a text has no entity.
    """
    strategy = (run.settings.get("aggregation_strategy") or "none").lower()
    ignored = run.settings.get("ignore_labels")
    ignored = ["O"] if ignored is None else ignored
    found = []
    for tokens, output in zip(run.encoded, run.outputs, strict=True):
        scores = _softmax(output)
        words = _words(tokens, run.options["unknown"], subwords=strategy in _OF_WORDS)
        names = [run.options["labels"][int(_OF_WORDS.get(strategy, _first)(scores[word]).argmax())] for word in words]
        entities = names if strategy == "none" else list(_entities(names))
        entities = [entity for entity in entities if entity not in ignored]
        if not entities:
            raise IndexError("a text has no entity")
        found.append(",".join(entities))
    return found


def embed(run: Run) -> Any:
    """Return an array with the embedding of each text, of length 1 if `normalize_embeddings` is set."""
    import numpy as np

    made = np.stack(run.outputs)
    if run.settings.get("normalize_embeddings"):
        made /= np.maximum(np.linalg.norm(made, axis=1, keepdims=True), 1e-12)
    return made


def extract(run: Run) -> Any:
    """Return the vectors of the first text's tokens: MLflow answers no others."""
    return run.outputs[0]


def fill(run: Run) -> list[str]:
    """Return the most likely word for the mask of each text.

    Raises:
        ValueError: a text has no mask, or several: then MLflow's answers are not one for each text.
    """
    words = []
    for tokens, output in zip(run.encoded, run.outputs, strict=True):
        masks = [place for place, token in enumerate(tokens.ids) if token == run.options["mask"]]
        if len(masks) != 1:
            raise ValueError(f"a text has {len(masks)} masks, not one")
        best = int(output[masks[0]].argmax())
        words.append(run.tokenizer.decode([best], skip_special_tokens=False).strip())
    return words


TASKS: dict[str, Callable[[Run], Any]] = {
    "text-classification": classify,
    "token-classification": label_tokens,
    "feature-extraction": extract,
    "fill-mask": fill,
    "embedding": embed,
}


_LITERAL = re.compile(r"""[ \t]*(['"(\[{+\-.\d]|True|False|None|[bBrRuU]{1,2}['"])""")
"""How Python's literals begin."""


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _softmax(values: Any) -> Any:
    import numpy as np

    powers = np.exp(values - values.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _sigmoid(values: Any) -> Any:
    import numpy as np

    return 1.0 / (1.0 + np.exp(-values))


_FUNCTIONS: dict[str, Callable[[Any], Any]] = {"softmax": _softmax, "sigmoid": _sigmoid, "none": lambda values: values}


def _first(scores: Any) -> Any:
    return scores[0]


def _most(scores: Any) -> Any:
    return scores[scores.max(axis=-1).argmax()]


def _mean(scores: Any) -> Any:
    return scores.mean(axis=0)


_OF_WORDS: dict[str, Callable[[Any], Any]] = {"first": _first, "max": _most, "average": _mean}
"""The strategies that label whole words, and the scores of a word's tokens that each takes."""


def _words(tokens: Any, unknown: int | None, *, subwords: bool) -> list[list[int]]:
    """Return the places of each word's tokens, or of each token; those of special tokens are left out."""
    words: list[list[int]] = []
    for place, special in enumerate(tokens.special_tokens_mask):
        if special:
            continue
        start, end = tokens.offsets[place]
        continued = tokens.ids[place] != unknown and len(tokens.tokens[place]) != end - start
        if subwords and continued and words:
            words[-1].append(place)
        else:
            words.append([place])
    return words


def _entities(labels: list[str]) -> Iterator[str]:
    """Return the name of each run of equal labels; one that begins with `B-` begins a run."""
    last = None
    for label in labels:
        tag = label[2:] if label.startswith(("B-", "I-")) else label
        if tag != last or label.startswith("B-"):
            yield label.split("-", 1)[-1]
        last = tag

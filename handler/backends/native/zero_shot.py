"""Classify texts by labels that come with them: an exported network says whether a text entails a sentence with each.

MLflow's answer is a table with a row for each text and label, so that it is not one value a row.
"""

import json
import re
from contextlib import suppress
from typing import Any

from handler.backends.native.network import Table
from handler.backends.native.texts import TextNetwork

_COLUMNS = ("sequence", "labels", "scores")
_TEMPLATE = "This example is {}."
_FIELD = re.compile(r"\{0?(![rsa])?\}")
"""The placeholder of a template. One with a width is refused: it could ask for any amount of memory."""


class ZeroShot(TextNetwork):
    """A tokenizer of pairs, and a network with scores for entailment and contradiction."""

    def predict(self, columns: dict[str, list[Any]], params: dict[str, Any], deadline: float | None = None) -> Any:
        """Return a table of each text with each label and its score, the best label first.

        Equal values of a column count once, as MLflow has it: so do rows with the same text.

        Raises:
            DeadlineExceeded: no time is left between two calls of the network.
            TypeError: a column has no text.
            ValueError: `candidate_labels` or a text is empty, or the template does not have one `{}`.
        """
        settings = self._options["settings"] | params
        given = {name: _value(name, column) for name, column in columns.items()}
        texts = given["sequences"] if isinstance(given["sequences"], list) else [given["sequences"]]
        labels = _labels(given["candidate_labels"])
        if not labels or not all(texts):
            raise ValueError("candidate_labels, or a text in sequences, is empty")
        template = given.get("hypothesis_template", settings.get("hypothesis_template", _TEMPLATE))
        sentences = [_filled(template, label) for label in labels]
        self._tokenizer.no_truncation()
        encoded = [self._pair(text, sentence) for text in texts for sentence in sentences]
        unique = {tuple(tokens.ids + tokens.type_ids): tokens for tokens in encoded}
        outputs = dict(zip(unique, self._run(list(unique.values()), deadline), strict=True))
        found = [outputs[tuple(tokens.ids + tokens.type_ids)] for tokens in encoded]
        alone = bool(settings.get("multi_label")) or len(labels) == 1
        return _table(texts, labels, self._scores(found, len(labels), alone=alone))

    def _pair(self, text: str, sentence: str) -> Any:
        """Return the tokens of both; the text is truncated, unless the sentence alone is too long."""
        limit = self._options["model_max_length"]
        tokens = self._tokenizer.encode(text, sentence)
        over = len(tokens.ids) - limit if limit else 0
        if over <= 0 or over >= tokens.sequence_ids.count(0):
            return tokens
        self._tokenizer.enable_truncation(limit, strategy="only_first", direction=self._options["truncation_side"])
        try:
            return self._tokenizer.encode(text, sentence)
        finally:
            self._tokenizer.no_truncation()

    def _scores(self, outputs: list[Any], labels: int, *, alone: bool) -> Any:
        """Return the score of each text's labels: among all labels, or of each alone against its contradiction."""
        import numpy as np

        logits = np.stack(outputs).reshape(-1, labels, np.shape(outputs[0])[-1])
        entailment = self._options["entailment"]
        with np.errstate(over="ignore", invalid="ignore"):
            if alone:
                both = np.exp(logits[..., [-1 if entailment == 0 else 0, entailment]])
                return both[..., 1] / both.sum(-1)
            powers = np.exp(logits[..., entailment])
            return powers / powers.sum(-1, keepdims=True)


load = ZeroShot


def _value(name: str, column: list[Any]) -> Any:
    """Return what MLflow makes of a column: its different texts, or the text if it is one.

    Raises:
        TypeError: a value of it is not a text.
    """
    different: list[Any] = []
    for value in column:
        if value not in different:
            different.append(value)
    if len(different) > 1 and all(isinstance(value, str) for value in different):
        return different
    if not isinstance(different[0], str):
        raise TypeError(f"{name} is missing")
    return different[0]


def _labels(value: Any) -> list[Any]:
    """Return labels from a JSON list, a text with commas, or several texts.

    Raises:
        TypeError: they are JSON of another kind.
    """
    if isinstance(value, str):
        with suppress(json.JSONDecodeError):
            value = json.loads(value)
    if isinstance(value, str):
        return [label.strip() for label in value.split(",") if label.strip()]
    if not isinstance(value, list):
        raise TypeError("candidate_labels is neither a list of labels nor a text")
    return value


def _filled(template: Any, label: Any) -> str:
    """Return the sentence that a label makes of the template.

    Raises:
        TypeError: the rows have several templates.
        ValueError: the template has no place for a label, or several.
    """
    if not isinstance(template, str):
        raise TypeError("the rows of a request have several templates")
    text = template.replace("{{", "").replace("}}", "")
    if not _FIELD.search(text) or {"{", "}"} & set(_FIELD.sub("", text)) or text.count("{}") > 1:
        raise ValueError("hypothesis_template needs one {} for the label")
    return template.format(label)


def _table(texts: list[str], labels: list[Any], scores: Any) -> Table:
    import numpy as np

    rows = [
        (text, labels[place], float(row[place]))
        for text, row in zip(texts, scores, strict=True)
        for place in row.argsort()[::-1]
    ]
    cells = np.empty((len(rows), len(_COLUMNS)), dtype=object)
    for place, row in enumerate(rows):
        cells[place, 0], cells[place, 1], cells[place, 2] = row
    return Table(cells, len(rows), _COLUMNS)

"""Serve a transformer that was exported to ONNX: texts in, which `tokenizers` splits, and MLflow's answers out."""

from pathlib import Path
from typing import Any

from handler.backends.native import text_answers
from handler.backends.native.onnx import OnnxModel
from handler.bundle import Manifest
from handler.streaming import require_time

_PARTS = {"input_ids": "ids", "attention_mask": "attention_mask", "token_type_ids": "type_ids"}
_TOKENS = 2048  # at once: the memory of attention grows with them
_STRATEGIES = {
    True: "longest_first",
    "longest_first": "longest_first",
    "only_first": "only_first",
    "only_second": "only_second",
}


class TextNetwork(OnnxModel):
    """A tokenizer and an inference session.

    Texts of the same number of tokens are computed together, so that nothing is padded.
    """

    def __init__(self, manifest: Manifest, folder: Path) -> None:
        from tokenizers import Tokenizer

        super().__init__(manifest, folder)
        self._options = manifest.options
        self._tokenizer = Tokenizer.from_file(str(folder / "model" / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()

    def _run(self, encoded: list[Any], deadline: float | None) -> list[Any]:
        """Return the output for each text."""
        import numpy as np

        longest = self._options["longest"]
        places: dict[int, list[int]] = {}
        for place, tokens in enumerate(encoded):
            count = len(tokens.ids)
            if not count:
                raise ValueError("a text has no tokens")
            if longest is not None and count > longest:
                raise ValueError(f"a text has {count:,} tokens, and the model takes {longest:,}")
            places.setdefault(count, []).append(place)
        outputs: list[Any] = [None] * len(encoded)
        for count, alike in places.items():
            step = 1 if self._alone else max(1, _TOKENS // count)
            for start in range(0, len(alike), step):
                require_time(deadline)
                some = alike[start : start + step]
                feed = {
                    name: np.array([getattr(encoded[place], _PARTS[name]) for place in some], dtype="int64")
                    for name in self._input_names
                }
                [output] = self._session.run(self._output_names, feed)
                for place, answer in zip(some, output, strict=True):
                    outputs[place] = answer
        return outputs


class Texts(TextNetwork):
    """A network of texts, and what makes answers of its output."""

    def __init__(self, manifest: Manifest, folder: Path) -> None:
        super().__init__(manifest, folder)
        self._answer = text_answers.TASKS[manifest.options["task"]]

    def predict(self, columns: dict[str, list[Any]], params: dict[str, Any], deadline: float | None = None) -> Any:
        """Return the task's answers to the texts in the only column.

        Raises:
            DeadlineExceeded: no time is left between two calls of the network.
            ValueError: a text has more tokens than the model takes, or none.
        """
        settings = self._options["settings"] | params
        self._truncate(settings)
        [texts] = columns.values()
        if self._options["literals"]:
            texts = text_answers.evaluated(texts)
        encoded = [self._encode(text) for text in texts]
        outputs = self._run(encoded, deadline)
        return self._answer(text_answers.Run(self._tokenizer, encoded, outputs, self._options, settings))

    def _encode(self, text: Any) -> Any:
        """Return the tokens of a text, or of a dict with a `text` and a `text_pair`."""
        if isinstance(text, dict):
            return self._tokenizer.encode(text["text"], text.get("text_pair"))
        text = self._options["prefix"] + text
        for change in self._options["changes"]:
            text = getattr(text, change)()
        return self._tokenizer.encode(text)

    def _truncate(self, settings: dict[str, Any]) -> None:
        """Truncate as transformers does: where it is asked for, or where a length is given and nothing is said."""
        asked, length = settings.get("truncation"), settings.get("max_length")
        if asked in _STRATEGIES:
            length = length or self._options["model_max_length"]
        elif asked is not None:
            length = None
        if length is None:
            self._tokenizer.no_truncation()
        else:
            strategy = _STRATEGIES.get(asked, "longest_first")
            self._tokenizer.enable_truncation(length, strategy=strategy, direction=self._options["truncation_side"])


load = Texts

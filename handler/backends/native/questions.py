"""Answer questions by a part of their context: a network scores each token as the answer's first and as its last.

As the question-answering pipeline of transformers 4 does it, for tokenizers that put the question first.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from handler.backends.native.texts import TextNetwork

_MASKED = -10_000.0  # the score of a token that is not of the context
_LONGEST_WINDOW, _MOST_OVERLAP = 384, 128  # tokens, where nothing else is said
_SPARE = 10  # more candidates than answers, of twice as many: words may have several


class _Answer:
    """A part of a context, and its score."""

    def __init__(self, text: str, score: float) -> None:
        self.text, self.score = text, score


class _Choice(NamedTuple):
    """How spans are chosen: how many, how many tokens in each at most, whether they end with words, and may be none.

    `merges` says whether answers with the same letters count as one, as from transformers 4.52 on.
    """

    answers: int
    longest: int
    align: bool
    impossible: bool
    merges: bool

    @property
    def candidates(self) -> int:
        """The number of spans to look at in each window."""
        return self.answers * 2 + _SPARE if self.align and self.merges else self.answers


class Questions(TextNetwork):
    """A tokenizer of pairs, and a network with two scores for each token."""

    def predict(self, columns: dict[str, list[Any]], params: dict[str, Any], deadline: float | None = None) -> Any:
        """Return the best answers to all rows in one list: `top_k` for each, one by default.

        Raises:
            DeadlineExceeded: no time is left between two calls of the network.
            IndexError: no part of a context can be an answer.
            ValueError: a text is missing or empty, or a setting has no meaning.
        """
        settings = self._options["settings"] | params
        pairs = list(zip(columns["question"], columns["context"], strict=True))
        if not all(isinstance(text, str) and text for pair in pairs for text in pair):
            raise ValueError("a question or a context is missing or empty")
        choice = self._choice(settings)
        length, overlap = self._window(settings)
        windows = [self._windows(*pair, length, overlap) for pair in pairs]
        outputs = iter(self._run([window for found in windows for window in found], deadline))
        answers = []
        for (_, context), found in zip(pairs, windows, strict=True):
            best = self._best([(window, next(outputs)) for window in found], context, choice)
            if not best:
                raise IndexError("a context has no answer")
            answers += [answer.text.strip() for answer in best]
        return answers

    def _choice(self, settings: dict[str, Any]) -> _Choice:
        """Return how spans are chosen.

        Raises:
            ValueError: fewer than one answer or token is asked for.
        """
        count, longest = (_setting(settings, name, default) for name, default in (("top_k", 1), ("max_answer_len", 15)))
        if count < 1 or longest < 1:
            raise ValueError("top_k and max_answer_len need to be at least 1")
        align = _setting(settings, "align_to_words", True)
        impossible = _setting(settings, "handle_impossible_answer", False)
        return _Choice(count, longest, align, impossible, self._options["merges"])

    def _window(self, settings: dict[str, Any]) -> tuple[int, int]:
        """Return how many tokens a window has at most, and how many of its context the next one repeats.

        Raises:
            ValueError: windows would overlap by more than they hold.
        """
        length = _setting(settings, "max_seq_len", None)
        if length is None:
            length = min(self._options["model_max_length"] or _LONGEST_WINDOW, _LONGEST_WINDOW)
        overlap = _setting(settings, "doc_stride", None)
        if overlap is None:
            overlap = min(length // 2, _MOST_OVERLAP)
        if overlap > length:
            raise ValueError(f"doc_stride ({overlap}) is larger than max_seq_len ({length})")
        return length, overlap

    def _windows(self, question: str, context: str, length: int, overlap: int) -> list[Any]:
        """Return the tokens of the question with each part of the context.

        Raises:
            ValueError: the question leaves too little of a window.
        """
        self._tokenizer.no_truncation()
        whole = self._tokenizer.encode(question, context)
        if len(whole.ids) <= length:
            return [whole]
        if length - whole.sequence_ids.count(0) - whole.sequence_ids.count(None) <= overlap:
            raise ValueError(f"the question is too long for windows of {length} tokens that overlap by {overlap}")
        side = self._options["truncation_side"]
        self._tokenizer.enable_truncation(length, stride=overlap, strategy="only_second", direction=side)
        first = self._tokenizer.encode(question, context)
        return [first, *first.overflowing]

    def _best(self, windows: list[tuple[Any, Any]], context: str, choice: _Choice) -> list[_Answer]:
        """Return the best parts of a context, the best first."""
        found: list[_Answer] = []
        known: dict[str, _Answer] = {}
        nothing = 1e6
        for tokens, output in windows:
            starts, ends, none = self._probabilities(tokens, output)
            nothing = min(nothing, none)
            for first, last, score in _spans(starts, ends, self._allowed(tokens), choice):
                start, end = _characters(tokens, first, last) if choice.align else _offsets(tokens, first, last)
                text = context[start:end]
                if choice.merges and text.lower() in known:
                    known[text.lower()].score += score
                    continue
                found.append(_Answer(text, score))
                known.setdefault(text.lower(), found[-1])
        if choice.impossible:
            found.append(_Answer("", nothing))
        return sorted(found, key=lambda answer: -answer.score)[: choice.answers]

    def _allowed(self, tokens: Any) -> Any:
        """Return which tokens may be in an answer: those of the context, and the first mark, which stands for none."""
        import numpy as np

        of_context = np.array([sequence == 1 for sequence in tokens.sequence_ids])
        return of_context | (np.array(tokens.ids) == self._options["first"])

    def _probabilities(self, tokens: Any, output: Any) -> tuple[Any, Any, float]:
        """Return, for each token, the probabilities that the answer starts and ends there; and that of no answer."""
        import numpy as np

        scores = np.where(self._allowed(tokens)[:, None], output, np.float32(_MASKED))
        powers = np.exp(scores - scores.max(axis=0))
        starts, ends = (powers / powers.sum(axis=0)).T
        nothing = float(starts[0] * ends[0])
        starts[0] = ends[0] = 0.0
        return starts, ends, nothing


load = Questions


def _setting(settings: dict[str, Any], name: str, default: Any) -> Any:
    value = settings.get(name)
    return default if value is None else value


def _spans(starts: Any, ends: Any, allowed: Any, choice: _Choice) -> Iterator[tuple[int, int, float]]:
    """Yield the first and the last token of the most probable spans, and the probability of each.

    Args:
        starts: for each token, that of being the first.
        ends: for each token, that of being the last.
        allowed: which tokens may be one; the first always may.
        choice: how many spans, and how long.
    """
    import numpy as np

    products = np.tril(np.triu(np.outer(starts, ends)), choice.longest - 1)
    flat = -products.ravel()
    if choice.candidates == 1:
        best = np.array([flat.argmin()])
    elif flat.size < choice.candidates:
        best = flat.argsort()
    else:
        best = np.argpartition(flat, choice.candidates)[: choice.candidates]
        best = best[flat[best].argsort()]
    for first, last in zip(*np.unravel_index(best, products.shape), strict=True):
        if (not first or allowed[first]) and (not last or allowed[last]):
            yield int(first), int(last), float(products[first, last])


def _characters(tokens: Any, first: int, last: int) -> tuple[int, int]:
    """Return where the words of two tokens begin and end; where the tokens do, if they are of no word."""
    words = tokens.token_to_word(first), tokens.token_to_word(last)
    if None in words:
        return _offsets(tokens, first, last)
    begin, end = (tokens.word_to_chars(word, 1) for word in words)
    return (begin[0], end[1]) if begin and end else _offsets(tokens, first, last)


def _offsets(tokens: Any, first: int, last: int) -> tuple[int, int]:
    return tokens.offsets[first][0], tokens.offsets[last][1]

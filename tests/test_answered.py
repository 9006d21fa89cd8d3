"""What a start asks: the input example, or a short text of the proof where the example is long."""

from pathlib import Path
from typing import Any

import pytest

from handler.bundle import FORMAT, Example, Manifest, ModelInfo, Signature
from model.build.answered import start_check
from model.build.candidates import Staged
from model.build.proof import Verdict
from model.build.question import Question
from model.build.reference import Asked
from model.build.selection import Proved

LONG = "word " * 100
SENTENCE = "a sentence of about sixty characters, as most people write"
TEXTS = [LONG, "short", SENTENCE, "word " * 400]


def proved(form: str = "texts", *, errors: list[str | None] | None = None, whole: bool = False) -> Proved:
    """Return a proved transformer that answers a text with its length."""
    manifest = Manifest(
        FORMAT, "native", {"form": form}, "transformers", ModelInfo("", "", ""), Signature([{"type": "string"}]), None,
        None, {}, {}, {},
    )  # fmt: skip
    rows = [{"input": text} for text in TEXTS]
    answers: Any = {"single": list(map(len, TEXTS)), "errors": errors or [None] * len(TEXTS)}
    asked = Asked(Question(rows, {"top_k": 1}, False, {}, examples=1, whole=whole), answers, {})
    verdict = Verdict(len(rows), len(rows), 0.0, 0, 0, None)
    return Proved(Staged(Path(), manifest, [], None), Path(), answers, verdict, asked, "", [])


def example(*texts: str) -> Example:
    """Return an example of texts."""
    return Example([{"input": text} for text in texts], {}, None)


def test_a_sentence_is_asked_instead_of_a_page() -> None:
    """It was proved as the page was, with the same params."""
    assert Example([{"input": SENTENCE}], {"top_k": 1}, [len(SENTENCE)]) == start_check(example(LONG), proved())


def test_a_text_that_is_refused_is_not_asked() -> None:
    """Then the next one is."""
    errors: list[str | None] = [None, None, "ValueError: no", None]

    assert Example([{"input": "short"}], {"top_k": 1}, [5]) == start_check(example(LONG), proved(errors=errors))


def test_a_whole_answer_is_one() -> None:
    """As `POST /predict` responds with it."""
    checked = start_check(example(LONG), proved(whole=True))

    assert checked is not None
    assert {"predictions": len(SENTENCE)} == checked.answer


@pytest.mark.parametrize(
    ("asked", "form"),
    [(example("short", "and short"), "texts"), (example(LONG), "network"), (None, "texts")],
    ids=["short", "no-texts", "no-example"],
)
def test_the_example_is_asked_elsewhere(asked: Example | None, form: str) -> None:
    """A short one takes no time."""
    assert start_check(asked, proved(form)) is None

"""Exported networks of two texts without transformers: labels that come with a text, and questions about a context."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import text_network

from handler.backends.native.questions import Questions
from handler.backends.native.zero_shot import ZeroShot

SCORES = np.zeros((8, 2), dtype="float32")
SCORES[1], SCORES[4], SCORES[5], SCORES[7] = [2, 2], [5, 0], [0, 5], [1, 1]
"""Scores of contradiction and entailment, or of an answer's first and last token: cat begins, and dog ends."""


@pytest.fixture(name="classifier")
def _classifier(tmp_path: Path) -> Callable[..., ZeroShot]:
    def load(**options: Any) -> ZeroShot:
        return ZeroShot(text_network.write(tmp_path, SCORES, entailment=1, **options), tmp_path)

    return load


@pytest.fixture(name="reader")
def _reader(tmp_path: Path) -> Callable[..., Questions]:
    def load(**options: Any) -> Questions:
        given = {"longest": 40, "model_max_length": 40, "first": 1, "merges": True}
        return Questions(text_network.write(tmp_path, SCORES, by_token=True, **{**given, **options}), tmp_path)

    return load


def classify(network: ZeroShot, labels: str, *texts: str, template: str = "{}", **params: Any) -> Any:
    """Return the labels and scores of texts."""
    columns = {"sequences": list(texts), "candidate_labels": [labels] * len(texts)}
    table = network.predict({**columns, "hypothesis_template": [template] * len(texts)}, params)
    return table.to_dict(orient="records")


def read(network: Questions, context: str, question: str = "bad", **params: Any) -> Any:
    """Return the answers to a question."""
    return network.predict({"question": [question], "context": [context]}, params)


@pytest.mark.parametrize("labels", ['["cat", "dog"]', "cat, dog", '"cat,dog"'])
def test_labels_share_their_scores(labels: str, classifier: Callable[..., ZeroShot]) -> None:
    """They are JSON or a text with commas, and the best comes first."""
    got = classify(classifier(), labels, "bad")

    assert [("bad", "dog"), ("bad", "cat")] == [(row["sequence"], row["labels"]) for row in got]
    assert [1 / (1 + np.exp(-5)), 1 / (1 + np.exp(5))] == pytest.approx([row["scores"] for row in got], rel=1e-5)


def test_labels_may_be_scored_alone(classifier: Callable[..., ZeroShot]) -> None:
    """Each against its contradiction: with `multi_label`, or if there is only one."""
    network = classifier()
    alone = 1 / (1 + np.exp(-5))

    assert [alone] == pytest.approx([row["scores"] for row in classify(network, "dog", "bad")])
    both = classify(network, "cat,dog", "bad", multi_label=True)
    assert [alone, 1 - alone] == pytest.approx([row["scores"] for row in both], rel=1e-4)


def test_equal_rows_are_one(classifier: Callable[..., ZeroShot]) -> None:
    """As MLflow has it; several texts are answered one after the other."""
    got = classify(classifier(longest=None), "cat,dog", "bad", "bad", "bad bad")
    assert ["bad", "bad", "bad bad", "bad bad"] == [row["sequence"] for row in got]


def test_only_the_text_is_truncated(classifier: Callable[..., ZeroShot]) -> None:
    """To what the sentence leaves of six tokens; a sentence that is too long by itself is left whole, and refused."""
    network = classifier(settings={"multi_label": True})

    [long] = classify(network, "dog", "bad cat cat cat")
    [short] = classify(network, "dog", "bad cat")
    assert short["scores"] == long["scores"]
    with pytest.raises(ValueError, match="a text has 9 tokens, and the model takes 8"):
        classify(network, "dog dog dog dog dog", "bad")


@pytest.mark.parametrize(
    ("labels", "text", "template"),
    [
        ("[]", "bad", "{}"),
        (",", "bad", "{}"),
        ("42", "bad", "{}"),
        ("null", "bad", "{}"),
        ('{"a": 1}', "bad", "{}"),
        ("cat", "", "{}"),
        ("cat", "bad", "no place"),
        ("cat", "bad", "{{}}"),
        ("cat", "bad", "{} {}"),
        ("cat", "bad", "{"),
        ("cat", "bad", "{:>1000000000}"),
        ("cat", "bad", "{0.__class__}"),
    ],
)
def test_what_makes_no_sentence_is_refused(
    labels: str, text: str, template: str, classifier: Callable[..., ZeroShot]
) -> None:
    """MLflow fails on it as well; a template with a width or an attribute is refused for what it could do."""
    with pytest.raises((TypeError, ValueError)):
        classify(classifier(), labels, text, template=template)


def test_an_answer_is_a_part_of_the_context(reader: Callable[..., Questions]) -> None:
    """With its letters as they are, from whole words to whole words."""
    network = reader()

    assert ["Cat  bad dogs"] == read(network, "bad Cat  bad dogs bad")
    assert ["Cat  bad dog"] == read(network, "bad Cat  bad dogs bad", align_to_words=False)


def test_an_answer_has_a_longest_length(reader: Callable[..., Questions]) -> None:
    """In tokens."""
    assert "cat bad dog" not in read(reader(), "cat bad dog", max_answer_len=2)


def test_there_may_be_no_answer(reader: Callable[..., Questions]) -> None:
    """If `handle_impossible_answer` is set, and the first mark scores higher."""
    network = reader()

    assert [""] == read(network, "q w e r", handle_impossible_answer=True)
    assert ["cat dog"] == read(network, "cat dog", handle_impossible_answer=True)


def test_several_answers_are_in_one_list(reader: Callable[..., Questions]) -> None:
    """The best first; answers with the same letters count as one."""
    network = reader()

    got = read(network, "cat dog bad CAT DOG", top_k=3)
    assert 3 == len(got)
    assert "cat dog" == got[0]
    assert len({answer.lower() for answer in got}) == len(got)


def test_versions_before_4_52_repeat_answers(reader: Callable[..., Questions]) -> None:
    """They look at as many spans as they answer."""
    got = read(reader(merges=False), "cat dog cat dog", top_k=3, max_answer_len=2)
    assert ["cat dog", "cat dog"] == got[:2]


def test_a_long_context_is_read_in_windows(reader: Callable[..., Questions]) -> None:
    """Each repeats some tokens of the one before."""
    network = reader(longest=10)

    assert ["cat dog"] == read(network, "bad " * 30 + "cat dog" + " bad" * 30, max_seq_len=10, doc_stride=3)
    with pytest.raises(ValueError, match="the question is too long for windows of 10 tokens that overlap by 6"):
        read(network, "bad " * 30, "bad", max_seq_len=10, doc_stride=6)
    with pytest.raises(ValueError, match=r"doc_stride .11. is larger than max_seq_len .10."):
        read(network, "bad", max_seq_len=10, doc_stride=11)


@pytest.mark.parametrize(("question", "context"), [("", "cat"), ("cat", ""), (None, "cat")])
def test_a_question_needs_two_texts(question: Any, context: str, reader: Callable[..., Questions]) -> None:
    """As transformers has it."""
    with pytest.raises(ValueError, match="a question or a context is missing or empty"):
        read(reader(), context, question)

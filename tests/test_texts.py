"""Exported transformers without their library: how the handler splits texts, and what it makes of the output."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import text_network

from handler.backends.native.texts import Texts

SCORES = np.array(
    [[0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 1], [9, 0, 0], [0, 9, 0], [0, 0, 12], [1, 2, 8]], dtype="float32"
)
"""The network's output for each word."""

Load = Callable[..., Texts]


@pytest.fixture(name="load")
def _load(tmp_path: Path) -> Load:
    """Loads a network that looks each token up, and adds up a text's tokens unless it is told otherwise."""

    def load(task: str, *, by_token: bool = False, **options: Any) -> Texts:
        return Texts(text_network.write(tmp_path, SCORES, by_token=by_token, task=task, **options), tmp_path)

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


@pytest.mark.parametrize(("truncation", "kept"), [("only_first", (1, 2)), ("only_second", (2, 1))])
def test_pairs_are_truncated_where_they_are_told_to(load: Load, truncation: str, kept: tuple[int, int]) -> None:
    """In the first text or in the second."""
    network = load("text-classification", settings={"truncation": truncation, "function_to_apply": "none", "top_k": 3})
    [answer] = ask(network, "{'text': 'cat cat', 'text_pair': 'dog dog'}").to_dict(orient="records")

    scores = {each["label"]: each["score"] for each in answer.values()}
    assert [9.0 * count for count in kept] == [scores["B-A"], scores["I-A"]]


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

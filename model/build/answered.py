"""What a manifest says of a bundle's answers: the example with its answer, what the start asks, and how rows matter."""

from handler.bundle import Answers, Example
from model.build import proof
from model.build.selection import Proved
from model.mlmodel import MLModel

_LONG = 200  # characters of an example's texts: from there on, the start asks a shorter one
_SHORT = 60


def answered_example(model: MLModel, proved: Proved) -> Example | None:
    """Return the input example with the bundle's answer, or None for a model without an example or a signature."""
    if model.example is None or model.signature.inputs is None or not proved.asked.question.rows:
        return None
    rows, params = model.example
    rows = proved.asked.question.rows[: proved.asked.question.examples] or rows
    answer = proved.answers["example"]
    if answer is None:  # the model takes one row at a time
        rows, answer = rows[:1], proved.answers["single"][0]
        answer = answer if proved.asked.question.whole else [answer]
    return Example(rows, params, {"predictions": answer} if proved.asked.question.whole else answer)


def start_check(example: Example | None, proved: Proved) -> Example | None:
    """Return a short text of the proof with its answer, if a transformer's example is long; else None.

    The time that a transformer takes grows with the length of its texts, and a start that compares one answer says as
    much with a sentence as with a page.
    """
    question = proved.asked.question
    if example is None or proved.staged.manifest.options.get("form") != "texts":
        return None
    if sum(map(_length, example.rows)) <= _LONG:
        return None
    errors = zip(proved.asked.answers["errors"], proved.answers["errors"], strict=True)
    answered = [place for place, failed in enumerate(errors) if not any(failed)]
    place = min(answered, key=lambda place: abs(_length(question.rows[place]) - _SHORT), default=None)
    if place is None:
        return None
    answer = proved.answers["single"][place]
    return Example([question.rows[place]], question.params, {"predictions": answer} if question.whole else [answer])


def _length(row: dict[str, str | None]) -> int:
    return sum(len(text or "") for text in row.values())


def described_answers(proved: Proved) -> Answers:
    """Return how the model's answers relate to the rows of a request."""
    asked, whole = proved.asked.answers, proved.asked.question.whole
    varies = asked.get("varies") or []
    if varies and not whole:
        answered = zip(asked["single"], proved.answers["single"], strict=True)
        examples = zip(asked["example"] or [], proved.answers["example"] or [], strict=True)
        expected, got = next(pair for pair in (*answered, *examples) if None not in pair)
        varies = proof.bundle_paths(varies, expected, got)
    return Answers(whole, not whole and proof.depends_on_batch(asked, proved.staged.network), varies)


def proof_state(proved: Proved) -> str:
    """Return whether the bundle's answers were compared with MLflow's, and whether parts of them vary."""
    asked = proved.asked.answers
    varies = asked.get("varies") or []
    example = asked.get("example") or []
    answers = [*asked["single"], *([example] if proved.asked.question.whole else example)]
    answered = next((answer for answer in answers if answer is not None), None)
    if not proved.verdict.rows or (varies and proof.nothing_steady(answered, varies)):
        return "unproved"
    return "proved but for what varies" if varies else "proved"

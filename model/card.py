"""The model card: what a trained classifier is for, how good it is, what it was trained on and on which terms."""

from collections.abc import Mapping, Sequence

from model.labelled import Source

NAME = "MODEL_CARD.md"

_CARD = """\
# Model card: is a text fake news?

Written by `python -m model train`; train again rather than edit it.

## What it does

Input: `text`, a string.
Output: `FakeNewsTrueFalse`, a boolean: whether the estimated probability of a fake is at least {threshold:.2f}.

It weighs words and punctuation marks by TF-IDF (10,000 terms at most, capitals ignored).
A logistic regression in which both classes weigh the same turns them into the probability.
The threshold is the one with the highest F1 of the fake class on validation folds.

It knows how texts are worded, not what is true.
Its answer is no fact-check, and nobody should be judged, blocked or ranked by it alone.
On other topics, years, languages or lengths than those of its training data it is untested.

## How good it is

Cross-validated in 5 folds; *fake* is the positive class.
Probabilities of all folds are scored together.
The threshold behind each F1 was chosen inside that fold's training part.

| on texts unlike those trained on | ROC-AUC | F1 | F1 of calling all fake |
| --- | --- | --- | --- |
{scores}

- **Texts**: near-duplicates, which share half of the shorter one's runs of five words, are always in the same fold.
  The few settings of the classifier were chosen on the shipped model's training data,
  so for that model this line is slightly optimistic.
{publishers}

## What it was trained on

{rows} texts, {fake} of them labelled fake.

| file | rows | fake | SHA-256 |
| --- | --- | --- | --- |
{sources}

{about}
"""

_PUBLISHERS = """\
- **Publishers**: no publisher is on both sides of a fold; rows without a publisher are left out.
  Expect this, or less, on a source it has never seen: much of the first line is the knowledge of who publishes fakes.
"""
_WITHIN = """\
- **Within a publisher**: asked which of two texts of *one unseen publisher* is the fake one,
  it is right {within:.0%} of the time; guessing gives 50%.
  What the second line of scores has beyond that is telling kinds of publishers apart.
"""
_NO_PUBLISHERS = """\
- **Publishers**: not measured, as too few are named in a column `publisher`.
  Expect much less on sources it has never seen.
"""
_NO_TERMS = "The data's origin and terms were not stated."


def text(sources: Sequence[Source], figures: Mapping[str, float], about: str = "") -> str:
    """Return the card as Markdown.

    Args:
        sources: the files trained on.
        figures: as in the MLmodel file's metadata; those named `publisher_` may be missing.
        about: Markdown on the data's sources and terms.
    """
    scores = [_row("near-duplicates apart", figures, "")]
    publishers = _NO_PUBLISHERS
    if "publisher_roc_auc" in figures:
        scores.append(_row("publishers apart", figures, "publisher_"))
        publishers = _PUBLISHERS
        if "publisher_roc_auc_within" in figures:
            publishers += _WITHIN.format(within=figures["publisher_roc_auc_within"])
    files = [f"| `{source.name}` | {source.rows} | {source.fake} | `{source.sha256}` |" for source in sources]
    return _CARD.format(
        threshold=figures["threshold"],
        rows=figures["rows"],
        fake=figures["fake_rows"],
        scores="\n".join(scores),
        publishers=publishers.rstrip(),
        sources="\n".join(files),
        about=about.strip() or _NO_TERMS,
    )


def _row(name: str, figures: Mapping[str, float], prefix: str) -> str:
    rows, fake, roc_auc, f1 = (figures[prefix + figure] for figure in ("rows", "fake_rows", "roc_auc", "f1"))
    return f"| {name} | {roc_auc:.3f} | {f1:.3f} | {2 * fake / (fake + rows):.3f} |"

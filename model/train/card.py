"""The model card: purpose of a trained classifier, its scores, its training data and the data's terms."""

from collections.abc import Mapping, Sequence

from model.train.labelled import Source

NAME = "MODEL_CARD.md"

_CARD = """\
# Model card: is a text fake news?

Written by `python -m model train`; train again rather than edit it.

## What it predicts

Input: `text`, a string.
Output: `FakeNewsTrueFalse`, a boolean: whether the estimated probability of a fake is at least {threshold:.2f}.

The model weights words and punctuation marks by TF-IDF (at most 10,000 terms, case ignored).
A logistic regression with equal class weights turns them into the probability.
The threshold is the one with the highest F1 of the fake class on validation folds.

The model knows how texts are worded, not what is true.
Its prediction is not a fact-check: do not judge, block or rank anyone by it alone.
It is untested on topics, years, languages and text lengths other than those of its training data.

## Scores

Scores of 5-fold cross-validation; *fake* is the positive class.
The probabilities of all folds are scored together.
The threshold behind each F1 was chosen on that fold's training part.

| test texts | ROC-AUC | F1 | F1 if every text is called fake |
| --- | --- | --- | --- |
{scores}

- **Texts**: near-duplicates are always in the same fold. Two texts are near-duplicates if they share half of the
  five-word sequences of the shorter one. The few settings of the classifier were chosen on the shipped model's
  training data, so for that model this row is slightly optimistic.
{publishers}

## Training data

{rows} texts, {fake} of them labelled fake.

| file | rows | fake | SHA-256 |
| --- | --- | --- | --- |
{sources}

{about}
"""

_PUBLISHERS = """\
- **Publishers**: each publisher's texts are all in one fold; rows without a publisher are left out.
  Expect this, or less, on a new source: much of the first row comes from knowing who publishes fakes.
"""
_WITHIN = """\
- **Within a publisher**: of a fake and a genuine text of *one new publisher*, the model ranks the fake one higher
  {within:.0%} of the time; guessing gives 50%.
  The rest of the second row's score comes from telling kinds of publishers apart.
"""
_NO_PUBLISHERS = """\
- **Publishers**: not measured, because the column `publisher` names too few.
  Expect much lower scores on new sources.
"""
_NO_TERMS = "The origin and terms of the data are not stated."


def text(sources: Sequence[Source], figures: Mapping[str, float], about: str = "") -> str:
    """Return the card as Markdown.

    Args:
        sources: the training files.
        figures: metrics as in the MLmodel file's metadata; those that begin with `publisher_` are optional.
        about: Markdown with the data's sources and terms.
    """
    scores = [_row("no near-duplicates of training texts", figures, "")]
    publishers = _NO_PUBLISHERS
    if "publisher_roc_auc" in figures:
        scores.append(_row("of publishers outside the training data", figures, "publisher_"))
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

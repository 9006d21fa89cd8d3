"""Send a request to both servers and explain every difference."""

from scoring_protocol.asking import Difference, Question, Servers, differences
from scoring_protocol.deviations import describe, explained, refused


def deviations(question: Question, both: Servers, digits: float = 0.0) -> set[str]:
    """Return the names of the deviations that explain the differences.

    Raises:
        AssertionError: no deviation explains a difference.
    """
    found: set[str] = set()
    for difference in differences(both.theirs(question), both.ours(question), digits):
        names = explained(question, difference, both)
        assert names, describe(question, difference)
        found.update(names)
    return found


def judge(question: Question, both: Servers) -> None:
    """Check that the handler accepts valid requests and refuses all others.

    Raises:
        AssertionError: the status is wrong.
    """
    expected = {415} if "media" in question.faults else {400} if question.faults else {200, 500}
    ours = both.ours(question)
    assert ours.status in expected or refused(ours), describe(question, Difference("expected status", expected, ours))

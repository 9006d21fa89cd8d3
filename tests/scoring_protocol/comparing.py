"""A question asked of both, and every difference explained."""

from asking import Asks, Difference, Question, differences
from deviations import explained, refused, told


def deviations(question: Question, both: Asks, digits: float = 0.0) -> set[str]:
    """The names of the deviations that explain what differs; none where nothing does.

    Raises:
        AssertionError: a difference that none explains.
    """
    found: set[str] = set()
    for difference in differences(both.theirs(question), both.ours(question), digits):
        names = explained(question, difference, both)
        assert names, told(question, difference)
        found.update(names)
    return found


def judged(question: Question, both: Asks) -> None:
    """That the handler answers what the protocol and the signature have nothing against, and refuses everything else.

    Raises:
        AssertionError: another status.
    """
    expected = {415} if "media" in question.faults else {400} if question.faults else {200, 500}
    ours = both.ours(question)
    assert ours.status in expected or refused(ours), told(question, Difference("what is expected", expected, ours))

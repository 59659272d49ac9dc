"""Whether those who said yes are enough persons for all that is owed. Pure.

Nobody stands for two approvals at once: two policies that each ask for a person mean two persons, however many roles one of them
holds. Policies whose `approval` reads the same ask one question, and one answer of one person is an answer to all of them.
"""

from collections.abc import Collection, Mapping, Sequence

from bot.consent import Approval, Vote
from bot.obligations import Owed


def unmet(owed: Sequence[Owed], able: Mapping[str, Collection[int]]) -> tuple[int, ...]:
    """The positions in `owed` that still lack somebody, when everybody stands where they help most.

    `able`: person → the positions that they may stand for. What stands first is met first.
    """
    questions = list(dict.fromkeys(map(text, owed)))
    where = {person: {questions.index(text(owed[at])) for at in places} for person, places in able.items()}
    counts = {text(one): one.count for one in owed}
    stands: dict[str, int] = {}
    lacking = set()
    for number, question in enumerate(questions):
        before = dict(stands)
        if not all(_placed(number, where, stands, set()) for _ in range(counts[question])):
            lacking.add(question)
            stands = before  # whoever is too few for this may be enough for another
    return tuple(at for at, one in enumerate(owed) if text(one) in lacking)


def stepped(vote: Vote, owed: Owed) -> bool:
    """Whether this yes was given with what the approval takes besides a click."""
    return owed.step_up in ("", *vote.step_up)


def still(approval: Approval) -> tuple[int, ...]:
    """The positions of what is owed that still lack somebody, by what the votes say of themselves; what counts is looked up."""
    able = {
        vote.by: [
            at
            for at, (owed, term) in enumerate(approval.debts)
            if vote.at < term.expires and stepped(vote, owed) and (not owed.means or set(owed.means) & set(vote.roles))
        ]
        for vote in approval.votes
        if vote.approve
    }
    return unmet(approval.owed, able)


def within(owed: Sequence[Owed], answered: Sequence[Owed]) -> bool:
    """Whether all that is owed was asked for in these very words by the same policies, so that who answered that answered it."""
    asked = {(one.policy, text(one)) for one in answered}
    return all((one.policy, text(one)) in asked for one in owed)


def _placed(question: int, where: Mapping[str, Collection[int]], stands: dict[str, int], tried: set[str]) -> bool:
    """Whether one more person can stand for it, if need be by others changing places (augmenting paths, H. W. Kuhn 1955)."""
    for person in sorted(where):
        if question not in where[person] or person in tried or stands.get(person) == question:
            continue
        tried.add(person)
        if person not in stands or _placed(stands[person], where, stands, tried):
            stands[person] = question
            return True
    return False


def text(owed: Owed) -> tuple[object, ...]:
    """What its policy's `approval` says, without whose it is."""
    return (frozenset(owed.by), owed.then, owed.count, owed.within, owed.shorten, owed.step_up, frozenset(owed.means))

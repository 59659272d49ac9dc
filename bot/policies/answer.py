"""What a policy answers to a question, so that the answers of two policies can be compared. Pure.

What is owed counts by what it asks of people, not by the names of policies and roles: a role that is called otherwise and means the
same is the same, and one that means others now is not.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import product

from bot.domain import Membership
from bot.gate import PolicySet, Question, Role, decide
from bot.gate.evident import evident
from bot.obligations import Confirm, Decision, Limit, Notify, Obligation, Owed, Permit, Reason, Review

UNRECORDED_ROLES = 6
"""Of so many roles that nobody looked up, every combination is tried; with more it cannot be told."""

UNRECORDED_NAMES = ("principal.name", "principal.email")
"""Of which nothing is recorded (`bot.gate.recorded`)."""


@dataclass(frozen=True, slots=True, order=True)
class Asked:
    """One thing that is owed. `key` is what it means, `words` how people read it, `policy` who asks, `roles` what its roles are."""

    kind: str
    key: str
    words: str
    policy: str
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """Permitted owing all of this, or denied. `policies` gave the answer; `reason` is that of a denial."""

    permitted: bool
    owes: tuple[Asked, ...] = ()
    policies: tuple[str, ...] = ()
    reason: str = ""

    @property
    def words(self) -> str:
        if not self.permitted:
            return "denied"
        return "permitted" + (f", owing {'; '.join(one.words for one in self.owes)}" if self.owes else "")


@dataclass(frozen=True, slots=True)
class Change:
    """How a second answer differs from a first. `kind`: denied | permitted | more | less | otherwise."""

    kind: str
    gained: tuple[Asked, ...] = ()
    lost: tuple[Asked, ...] = ()

    @property
    def words(self) -> str:
        match self.kind:
            case "denied":
                return "denied now"
            case "permitted":
                return "permitted now" + (f", owing {'; '.join(one.words for one in self.gained)}" if self.gained else "")
            case _:
                said = [f"asks now: {_told(one, self.lost)}" for one in self.gained]
                return "; ".join(said + [f"asks no more: {_told(one, self.gained)}" for one in self.lost])


def _told(one: Asked, others: Sequence[Asked]) -> str:
    """In words; where others say the same in the same words, with what is different about the roles behind them."""
    alike = [other.roles for other in others if other.words == one.words]
    differs = [role for role in one.roles if any(role not in roles for roles in alike)]
    return f"{one.words} ({', '.join(differs)})" if differs else one.words


def answer(policies: PolicySet, question: Question) -> Answer:
    """As the gate decides."""
    return of(decide(policies, question), policies)


def of(decision: Decision, policies: PolicySet) -> Answer:
    if not isinstance(decision, Permit):
        return Answer(False, (), decision.policies, decision.reason)
    return Answer(True, tuple(sorted(asked(one, policies.roles) for one in decision.owes)), decision.policies)


def change(before: Answer, after: Answer) -> Change | None:
    """None where both ask the same of the same people."""
    if before.permitted != after.permitted:
        return Change("permitted", gained=after.owes) if after.permitted else Change("denied", lost=before.owes)
    gained, lost = _beyond(after.owes, before.owes), _beyond(before.owes, after.owes)
    if not (gained or lost):
        return None
    return Change("otherwise" if gained and lost else "more" if gained else "less", gained, lost)


def _beyond(these: Sequence[Asked], those: Sequence[Asked]) -> tuple[Asked, ...]:
    """What these have more of than those."""
    left = Counter((one.kind, one.key) for one in those)
    found = []
    for one in these:
        if left[one.kind, one.key]:
            left[one.kind, one.key] -= 1
        else:
            found.append(one)
    return tuple(found)


def kinds(found: Answer) -> Answer:
    """The same answer, where only the kinds of what is owed are known or count; each once."""
    owes = {one.kind: Asked(one.kind, "", one.kind, one.policy) for one in reversed(found.owes)}
    return Answer(found.permitted, tuple(sorted(owes.values())), found.policies, found.reason)


# ── what is owed ─────────────────────────────────────────────────────────────────────────────────────────────────────


def asked(owed: Obligation, roles: Mapping[str, Role]) -> Asked:
    """What an obligation means, and in words."""

    def key_of(name: str) -> str:
        return roles[name].key if name in roles else name

    def keys(names: Sequence[str]) -> str:
        return ",".join(sorted(map(key_of, names)))

    def means(names: Sequence[str]) -> tuple[str, ...]:
        return tuple(f"{name} is {key_of(name)}" for name in names)

    match owed:
        case Owed():
            then = keys([owed.then] if owed.then else [])
            key = f"{keys(owed.by)}|{owed.count}|{owed.within}|{owed.remind}|{then}|{owed.shorten}|{owed.step_up}"
            return Asked("approval", key, _approval(owed), owed.policy, means([*owed.by, *filter(None, [owed.then])]))
        case Reason():
            return Asked("reason", "", "a reason", owed.policy)
        case Confirm():
            return Asked("confirm", "", "the requester's own click", owed.policy)
        case Notify():
            told = [*owed.roles, *([f"#{owed.channel}"] if owed.channel else [])]
            return Asked(
                "notify", f"{keys(owed.roles)}|{owed.channel}", f"word to {', '.join(told)}", owed.policy, means(owed.roles)
            )
        case Review():
            words = f"a review by {' or '.join(owed.by)} within {span(owed.within)}"
            return Asked("review", f"{keys(owed.by)}|{owed.within}", words, owed.policy, means(owed.by))
        case Limit():
            beyond = asked(owed.beyond, roles) if owed.beyond else None
            words = f"at most {owed.times} within {span(owed.within)} per {owed.per}"
            words += " over all tools" if owed.every else ""
            words += f", beyond it {beyond.words}" if beyond else ""
            key = f"{owed.times}|{owed.within}|{owed.per}|{owed.every}|{beyond.key if beyond else ''}"
            return Asked("limit", key, words, owed.policy)


def _approval(owed: Owed) -> str:
    people = f"{owed.count} of {' or '.join(owed.by)}" if owed.count > 1 else " or ".join(owed.by)
    then = f", then {owed.then}" if owed.then else ""
    shorten = ", who may give less time" if owed.shorten else ""
    step_up = STEP_UP.get(owed.step_up, "")
    return f"an approval by {people}{shorten}{step_up} within {span(owed.within)}{then}"


STEP_UP = {"target": ", who type the name of what is touched", "factor": ", who confirm with a second factor that it is them"}


def span(time: timedelta) -> str:
    """``4h``, ``3d``: as a policy writes it."""
    seconds = int(time.total_seconds())
    size, unit = next((one for one in ((86400, "d"), (3600, "h"), (60, "m")) if not seconds % one[0]), (1, "s"))
    return f"{seconds // size}{unit}"


# ── asked once more ──────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Untold:
    """It hangs on roles that nobody looked up at the time, or on names that are never recorded."""

    roles: tuple[str, ...]


class Again:
    """Asks once more under other policies, from what was known when a question was asked.

    A role that was not looked up then may follow from the question itself. Where it does not, the answer is given only when it
    is the same whoever holds the role; that a system might have been away is not imagined.
    """

    def __init__(self, policies: PolicySet) -> None:
        self.policies = policies
        self._leaves: dict[str, dict[str, Role]] = {}
        self._unrecorded: dict[str, tuple[str, ...]] = {}

    def __call__(self, question: Question) -> Answer | Untold:
        if unseen := self._unseen(question.tool):
            return Untold(unseen)
        known, missing = dict(question.roles), []
        if question.tool not in self._leaves:
            self._leaves[question.tool] = self.policies.leaves(question.tool)
        for key, leaf in self._leaves[question.tool].items():
            if key not in known:
                held = _evident(leaf, question)
                if held is None:
                    missing.append(key)
                else:
                    known[key] = held
        if not missing:
            return answer(self.policies, replace(question, roles=known) if len(known) > len(question.roles) else question)
        if len(missing) > UNRECORDED_ROLES:
            return Untold(tuple(missing))
        answers = (answer(self.policies, replace(question, roles=known | held)) for held in _combinations(missing))
        first = next(answers)
        return first if all(change(first, other) is None for other in answers) else Untold(tuple(missing))

    def _unseen(self, tool: str) -> tuple[str, ...]:
        """The names in the conditions of this tool that are kept of no call."""
        if tool not in self._unrecorded:
            conditions = [policy.condition for policy in self.policies.of(tool) if not policy.observe]
            self._unrecorded[tool] = tuple(name for name in UNRECORDED_NAMES if any(name in one for one in conditions))
        return self._unrecorded[tool]


def _evident(leaf: Role, asked_: Question) -> Membership | None:
    owner, who = str(asked_.resource.get("owner", "")), asked_.principal
    return evident(leaf, who, principal=who, beneficiary=asked_.beneficiary, owner=owner)


def _combinations(keys: Sequence[str]) -> Iterator[dict[str, Membership]]:
    for held in product((Membership.NO, Membership.YES), repeat=len(keys)):
        yield dict(zip(keys, held, strict=True))

"""What is wrong with runbooks in the light of the policy, and what is allowed and hardly meant. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from bot.domain import Membership
from bot.gate import CALL_BOUND, PolicySet, Role, offered
from bot.runbooks.bound import Bound, BoundStep
from bot.runbooks.fitting import near, references
from knowledge.problems import Problem
from knowledge.runbook import Runbook, Step
from knowledge.words import terms
from tools.contract import Tool

PHRASINGS, SYMPTOMS = 4, 8
SAME_WORDS = 0.8
"""Of two symptoms, from how much on they say the same: so much of all their words is in both."""


@dataclass(frozen=True, slots=True)
class Remark:
    """`kind` is one word for all remarks alike."""

    file: str
    line: int
    message: str
    kind: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def against_policy(books: Iterable[Bound], policies: PolicySet) -> Iterator[Problem]:
    """Roles that the policy does not know, and steps whose tool it can permit to nobody who is served."""
    for bound in books:
        runbook = bound.runbook
        unknown = [role for role in runbook.audience if role not in policies.roles]
        for role in unknown:
            line = runbook.lines.get("audience", 0)
            yield Problem(runbook.path, line, f"audience: the policy has no role {role!r}{near(role, policies.roles)}")
        if unknown:
            continue
        never = _tools(bound.steps) - could(policies, runbook.audience, others=Membership.UNKNOWN)
        for one in bound.steps:
            for tool in {one.step.tool, *([one.undo.tool] if one.undo else [])} & never:
                whom = f"anybody in {', '.join(runbook.audience)}" if runbook.audience else "anybody"
                text = f"step {one.key!r}: the policy can never permit {tool} to {whom}"
                yield Problem(runbook.path, one.step.line, text)


def could(policies: PolicySet, audience: Iterable[str], *, others: Membership) -> frozenset[str]:
    """The tools that the policy could permit somebody who holds one of these roles; `others`: whether they hold any other."""
    found: set[str] = set()
    leaves = [leaf for role in policies.roles.values() for leaf in role.leaves()]
    for name in (*audience,) or ("",):
        mine = {leaf.key for leaf in policies.roles[name].leaves()} if name else set()
        held = {leaf.key: _held(leaf, mine, others) for leaf in leaves}
        found |= offered(policies, {key: one for key, one in held.items() if one is not Membership.UNKNOWN})
    return frozenset(found)


def _held(leaf: Role, mine: set[str], others: Membership) -> Membership:
    """Whoever is served is a person and a member; what hangs on the call is never known."""
    if leaf.kind == "system":
        return Membership.NO
    if leaf.kind == "members" or leaf.key in mine:
        return Membership.YES
    return Membership.UNKNOWN if leaf.kind in CALL_BOUND else others


def remarks(books: Iterable[Bound], policies: PolicySet, tools: Mapping[str, Tool[Any]], today: date) -> Iterator[Remark]:
    """Nothing here keeps a runbook from being used."""
    books = tuple(books)
    for bound in books:
        runbook = bound.runbook
        file = Path(runbook.path).name

        def remark(line: int, message: str, kind: str, file: str = file) -> Remark:
            return Remark(file, line, message, kind)

        yield from (remark(*one) for one in _about_itself(runbook, today))
        yield from (remark(*one) for one in _unused(runbook))
        yield from (remark(*one) for one in _unlooked(bound, tools))
        yield from (remark(*one) for one in _said_twice(runbook, [other.runbook for other in books if other is not bound]))
        if all(role in policies.roles for role in runbook.audience):
            some = _tools(bound.steps) - could(policies, runbook.audience, others=Membership.NO)
            for one in bound.steps:
                if one.step.tool in some:
                    text = f"step {one.key!r}: the policy permits {one.step.tool} only to some of whom this is for"
                    yield remark(one.step.line, text, "for-some")


Said = tuple[int, str, str]


def _about_itself(runbook: Runbook, today: date) -> Iterator[Said]:
    if runbook.review_due < today:
        yield runbook.lines.get("reviewed", 0), f"its review has been due since {runbook.review_due}", "review-overdue"
    if (count := sum(len(example.says) for example in runbook.examples)) < PHRASINGS:
        yield runbook.lines.get("examples", 0), f"its examples have {count} phrasings; {PHRASINGS} or more show it", "few-examples"
    if (count := len(set(runbook.symptoms))) < SYMPTOMS:
        yield runbook.lines.get("symptoms", 0), f"it has {count} symptoms; with {SYMPTOMS} or more it is found", "few-symptoms"


def _said_twice(runbook: Runbook, others: Iterable[Runbook]) -> Iterator[Said]:
    """Symptoms that another runbook has in nearly the same words: which of the two is found is chance."""
    theirs = [(other.id, set(terms(text))) for other in others for text in (other.title, *other.symptoms)]
    for text in (runbook.title, *runbook.symptoms):
        mine = set(terms(text))
        if id_ := next((id_ for id_, words in theirs if len(mine & words) >= SAME_WORDS * max(len(mine | words), 1)), ""):
            yield runbook.lines.get("symptoms", 0), f'"{text}" is said by the runbook {id_!r} as well', "said-twice"


def _unused(runbook: Runbook) -> Iterator[Said]:
    """Needs that are asked for and never used, and looks whose findings nobody reads."""
    texts = [text for step in runbook.steps for text in _texts(step)]
    texts += [one.holds for one in runbook.preconditions]
    read = [one for text in texts for one in references(text)]
    said = f"{runbook.done} {runbook.already}"
    for need in runbook.needs.values():
        if f"{{needs.{need.name}" not in said and ("needs", need.name) not in {(root, name) for root, name, _ in read}:
            yield need.line, f"need {need.name!r}: it is asked for, and nothing uses it", "unused-need"
    for step in runbook.steps:
        used = any((root, name) == ("steps", step.id) for root, name, _ in read) or f"{{steps.{step.id}}}" in said
        if not (used or step.expect or step.runbook) and step.undo is None and step.tool.startswith(("find_", "list_", "get_")):
            yield step.line, f"step {step.id!r}: it looks, and nothing reads what it finds", "unread-look"
        if step.expect and not any((root, name) == ("steps", step.id) for root, name, _ in references(step.expect)):
            line = step.lines.get("expect", step.line)
            yield line, f"step {step.id!r}: expect reads nothing of what this step finds", "expects-elsewhere"


def _texts(step: Step) -> list[str]:
    found = [*step.args.values(), *step.given.values(), step.when, step.expect, step.until]
    found += [guard.text for guard in step.guards] + ([step.loop.over] if step.loop else [])
    return [text for text in [*found, *(step.undo.args.values() if step.undo else ())] if text]


def _unlooked(bound: Bound, tools: Mapping[str, Tool[Any]]) -> Iterator[Said]:
    """Changes in a system at which no later look with `expect` looks."""
    for number, one in enumerate(bound.steps):
        if one.change and one.part is None:
            system = tools[one.step.tool].system
            later = [other for other in bound.steps[number + 1 :] if other.expect is not None and not other.change]
            if not any(tools[other.step.tool].system == system for other in later):
                text = f"step {one.key!r}: it changes something in {system}, and no later look with `expect` looks there"
                yield one.step.line, text, "unlooked-change"


def _tools(steps: Iterable[BoundStep]) -> set[str]:
    return {tool for one in steps for tool in (one.step.tool, one.undo.tool if one.undo else "") if tool}

"""`policy test`: each example is decided by the whole policy, as in production; what no example asks about is told as well."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.cli.policycommands.office import Office
from bot.cli.policycommands.stated import plain, read
from bot.domain import CaseKind, Membership
from bot.gate.decide import Question, decide
from bot.gate.explain import Reason, explain
from bot.gate.load import files, load
from bot.gate.model import Example, Policy, PolicySet
from bot.gate.problems import near
from bot.obligations import Confirm, Decision, Deny, Limit, Notify, Obligation, Owed, Review
from bot.obligations import Reason as ReasonOwed
from tools.contract import Tool

SUFFIX = ".test.yaml"
WORDS: Mapping[type[Obligation], str] = {
    Owed: "approval",
    ReasonOwed: "reason",
    Confirm: "confirm",
    Notify: "notify",
    Review: "review",
    Limit: "limit",
}
"""How an example's `owes` names what is owed."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An example with one of its tools, and the policy in which it stands (empty: in a test file)."""

    example: Example
    tool: str
    policy: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of it. `wrong` says in words what is not as expected; empty when it is."""

    asked: Asked
    got: str
    wrong: str
    why: tuple[str, ...] = ()
    reasons: Sequence[Reason] = ()


@dataclass(slots=True)
class Trial:
    """What `policy test` found."""

    policies: PolicySet
    answers: list[Answer] = field(default_factory=list)
    tests: Sequence[Path] = ()

    @property
    def failures(self) -> list[Answer]:
        return [one for one in self.answers if one.wrong]

    def unmatched(self) -> list[Policy]:
        """The policies that no example shows at work: a forbid that denies, another that matches where the answer is no denial."""
        shown = {
            reason.policy.id
            for one in self.answers
            if not one.wrong
            for reason in one.reasons
            if reason.matched is Membership.YES
            and (reason.policy.observe or (reason.policy.effect == "forbid") == (one.got == "deny"))
        }
        return [policy for policy in self.policies.policies if policy.id not in shown]

    def unasked(self) -> list[str]:
        """The tools that no example asks about."""
        return sorted(set(self.policies.tools) - {one.asked.tool for one in self.answers})

    def as_json(self) -> dict[str, Any]:
        return {
            "tests": [str(path) for path in self.tests],
            "version": self.policies.version,
            "examples": len(self.answers),
            "failures": [_failure(one) for one in self.failures],
            "unmatched": [
                {
                    "file": one.file,
                    "line": one.line,
                    "id": one.id,
                    "effect": one.effect,
                    "message": f"no example shows this {one.effect}",
                }
                for one in self.unmatched()
            ],
            "unasked": self.unasked(),
        }


async def tried(path: Path, tests: Sequence[Path], tools: Mapping[str, Tool[Any]]) -> Trial:
    """Every example of the policy and of the test files, which are those beside it where none is named. Raises PolicyError."""
    policies = load(path, tools)
    tests = tests or beside(path)
    stated = read(tests, tools)
    trial, office = Trial(policies, tests=tests), Office(stated)
    for asked in _asked(policies, stated.examples):
        trial.answers.append(await _answer(policies, asked, office))
    return trial


def beside(path: Path) -> list[Path]:
    """The test files of a policy: of a folder all that lie in it, of a file its own and those of the files that it includes."""
    if path.is_dir():
        return sorted(path.rglob(f"*{SUFFIX}"))
    own = (file.with_name(f"{file.stem}{SUFFIX}") for file in files(path))
    return [file for file in own if file.is_file()]


def _asked(policies: PolicySet, more: Sequence[Example]) -> Iterator[Asked]:
    for policy in policies.policies:
        for example in policy.examples:
            for tool in [example.tool] if example.tool else policy.tools:
                yield Asked(example, tool, policy.id)
    for example in more:
        yield Asked(example, example.tool)


async def _answer(policies: PolicySet, asked: Asked, office: Office) -> Answer:
    example, tool = asked.example, office.tools[asked.tool]
    office.missing.clear()
    principal = await office.principal(example.as_)
    if principal is None:
        people = [one.handle for one in await office.people()]
        return Answer(asked, "", f"{example.as_!r} is nobody{near(example.as_, people)}; state them: {office.missing[0]}")
    now = datetime.fromisoformat(example.at) if example.at else office.stated.now
    given = plain(example.args)
    try:
        args, left_out = await office.arguments(tool, given, principal.zone)
    except ValueError as error:
        return Answer(asked, "", f"the arguments do not fit: {error}")
    resource, beneficiary = await office.touched(tool, args, given)
    untold = not resource["kind"]
    roles = await office.facts.roles(policies, tool.name, principal, beneficiary, resource["owner"], now)
    question = Question(
        tool=tool.name,
        args=args.model_dump(mode="json", warnings=False),
        principal=principal,
        beneficiary=beneficiary,
        resource=resource,
        roles=roles,
        now=now,
        case={"kind": str(CaseKind.SERVICE_REQUEST), "channel": example.channel, "runbooks": list(example.runbooks)},
        untrusted=example.untrusted,
    )
    decision, reasons = decide(policies, question), explain(policies, question)
    got = _got(decision)
    if untold and any(_looks_at_resource(policy) for policy in policies.of(tool.name)):
        return Answer(asked, got, f"what {tool.name} touches here is not stated: {office.missing[-1]}", (), reasons)
    if any(one.matched is Membership.UNKNOWN for one in reasons) and (office.missing or left_out):
        said = [f"{tool.name} needs the argument {name!r}" for name in left_out] + [f"not stated: {one}" for one in office.missing]
        return Answer(asked, got, f"it cannot be told: {'; '.join(said)}", (), reasons)
    return Answer(asked, got, _wrong(example, decision, got), _why(decision, reasons), reasons)


def _got(decision: Decision) -> str:
    """permit, approval, confirm or deny; a permit that owes both an approval and a click is an approval."""
    if isinstance(decision, Deny):
        return "deny"
    return "approval" if decision.of(Owed) else "confirm" if decision.of(Confirm) else "permit"


def _wrong(example: Example, decision: Decision, got: str) -> str:
    both = example.expect == "confirm" and not isinstance(decision, Deny) and bool(decision.of(Confirm))
    if got != example.expect and not both:
        return f"expected {example.expect}, got {got}"
    if example.owes is not None and not isinstance(decision, Deny):
        owed = kinds(decision.owes)
        if owed != set(example.owes):
            return f"expected to owe {_listed(example.owes)}, owes {_listed(owed)}"
    return ""


def kinds(owes: Sequence[Obligation]) -> set[str]:
    """In the words of an example's `owes`. Ceilings, which every change owes, do not count."""
    return {WORDS[type(one)] for one in owes if not (isinstance(one, Limit) and one.every)}


def _listed(words: Any) -> str:
    return ", ".join(sorted(words)) or "nothing"


def _looks_at_resource(policy: Policy) -> bool:
    """Whether the answer hangs on what a call touches."""
    owner = any(leaf.kind == "owner_of" or leaf.value == "owner" for role in policy.roles for leaf in role.leaves())
    return owner or "resource." in policy.condition


def _why(decision: Decision, reasons: Sequence[Reason]) -> tuple[str, ...]:
    """The policies that matched; where none did, what each says of itself. And the sentence of a denial."""
    matched = [one for one in reasons if one.matched is not Membership.NO]
    told = tuple(f"{one} → {one.matched}" for one in matched or reasons)
    return (*told, f"“{decision.reason}”") if isinstance(decision, Deny) else told


def _failure(one: Answer) -> dict[str, Any]:
    example = one.asked.example
    return {
        "file": example.file,
        "line": example.line,
        "id": one.asked.policy,
        "message": one.wrong,
        "tool": one.asked.tool,
        "as": example.as_,
        "args": plain(example.args),
        "channel": example.channel,
        "expected": example.expect,
        "got": one.got,
        "why": list(one.why),
    }

"""Deciding: a pure function of the policies and one question. It never raises.

Every policy whose tool, channel, roles and condition match counts.

1. A forbid among them denies, and so does a freeze.
2. No permit among them denies.
3. Otherwise it is permitted, owing everything that they all ask for, together.
4. Whatever cannot be evaluated denies, with its id.
5. A change of something that the requester did not name owes a person's yes: where the policies ask for none, that under
   `untrusted`; where the file has no such key, it is denied. One beside the plan, after untrusted text was read, owes the
   requester's own click as well.

A look is made at once and nothing follows it, so one that owes anything is denied.

INVARIANT: adding a policy can open a door; it can never remove what another one asks for.
INVARIANT: what the requester did not name is changed by nobody's leave but a person's, whatever policies are added.
INVARIANT: unknown is never yes. A role that nobody can look up makes its policy unknown unless another role of the same policy
is held; an unknown policy denies, whatever its effect.
INVARIANT: a permit is for full members and Deskhand itself, also where its role is what somebody is not.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from bot.domain import Membership, Principal
from bot.errors import ExpressionError
from bot.expressions import Given
from bot.gate.evident import somebody
from bot.gate.maxima import beyond
from bot.gate.model import CHANNELS, Policy, PolicySet, membership
from bot.obligations import Confirm, Decision, Deny, Freeze, Owed, Permit

NOT_PERMITTED = "The policy doesn't permit this."
LOOK_OWES = "The policy {} asks for more than can be asked before looking something up, so I may not look."
UNTRUSTED = "I can't tell that you asked for this: {} did not come from you, and the policy names nobody who may agree to it."
ASIDE = Confirm("untrusted", "I read something before that you did not write, and this is not part of the plan for your request.")
"""The requester's click on a change beside the plan, whatever the policies say."""
CHANGE, PERMIT = "change", "permit"


@dataclass(frozen=True, slots=True)
class Question:
    """May this be done? `args` are canonical, `resource` = {kind, id, label, owner, facts}.

    `roles`: whether the principal holds each role that can be looked up, by `Role.key`. `case` = {kind, channel, runbooks}: channel
    is one of CHANNELS, runbooks are those that the case has followed. `freezes` are those in force. `untrusted` are the arguments
    whose values come from nobody who may be trusted (`bot.provenance`); `aside`: the change is no step of the plan, and untrusted
    text was read before it.
    """

    tool: str
    args: Mapping[str, Any]
    principal: Principal
    beneficiary: str
    resource: Mapping[str, Any]
    roles: Mapping[str, Membership]
    now: datetime
    case: Mapping[str, Any] = field(default_factory=dict)
    freezes: Sequence[Freeze] = ()
    untrusted: Sequence[str] = ()
    aside: bool = False


class Unknown(Exception):
    """It cannot be told whether a policy matches."""


class Match:
    """Whether policies match one question. What conditions look at is put together once, when one of them needs it."""

    def __init__(self, policies: PolicySet, question: Question) -> None:
        self._policies = policies
        self._question = question
        self._given: Given | None = None

    @cached_property
    def values(self) -> Mapping[str, Any]:
        return values_of(self._policies, self._question)

    def __call__(self, policy: Policy) -> bool:
        """Whether a policy that names the tool counts. Raises Unknown when that cannot be told.

        A part that plainly does not match settles it, whatever is unknown of the others: channel, roles, then the condition.
        """
        if policy.effect == PERMIT and not somebody(self._question.principal):
            return False
        channel = self._question.case.get("channel")
        if policy.channels and channel in CHANNELS and channel not in policy.channels:
            return False
        held = self._held(policy) if policy.roles else Membership.YES
        if held is Membership.NO or (policy.condition and not self._holds(policy)):
            return False
        if policy.channels and channel not in CHANNELS:
            raise Unknown(f"policy {policy.id}: nobody can tell what kind of channel this is")
        if held is Membership.UNKNOWN:
            unknown = [role.name for role in policy.roles if membership(role, self._question.roles) is held]
            raise Unknown(f"policy {policy.id}: nobody can tell who is {' or '.join(unknown)}")
        return True

    def whoever_asks(self, policy: Policy) -> bool:
        """Whether it could count for somebody who holds its roles; of them a condition on who asks may hold. Unknown is no."""
        expression = policy.when.get(self._question.tool)
        asks_who = expression is not None and any(name.startswith("principal.") for name in expression.names)
        if policy.channels and self._question.case.get("channel") not in policy.channels:
            return False
        try:
            return not policy.condition or asks_who or self._holds(policy)
        except Unknown:
            return False

    def _held(self, policy: Policy) -> Membership:
        """Whether any of its roles is held."""
        found = Membership.NO
        for role in policy.roles:
            one = membership(role, self._question.roles)
            if one is Membership.YES:
                return one
            if one is Membership.UNKNOWN:
                found = one
        return found

    def _holds(self, policy: Policy) -> bool:
        expression = policy.when.get(self._question.tool)
        if expression is None:
            raise Unknown(f"policy {policy.id}: its condition does not fit this tool")
        try:
            if self._given is None:
                names = self._policies.looked_at[self._question.tool]
                self._given = expression.given(values_of(self._policies, self._question, names))
            return expression.evaluate(self._given) is True
        except ExpressionError as error:
            raise Unknown(f"policy {policy.id}: {error}") from None


def decide(policies: PolicySet, question: Question) -> Decision:
    """Permit with everything owed, or Deny with the reason for the requester."""
    return _decide(policies, question, [policy for policy in policies.of(question.tool) if not policy.observe])


def observed(policies: PolicySet, question: Question) -> Decision | None:
    """What it would be if the policies that are only observed counted as well; None where there is none for this tool."""
    every = policies.of(question.tool)
    return _decide(policies, question, every) if any(policy.observe for policy in every) else None


def _decide(policies: PolicySet, question: Question, candidates: Sequence[Policy]) -> Decision:
    version = policies.version
    tool = policies.tools.get(question.tool)
    if tool is None:
        return Deny(f"There is no tool called {question.tool!r}.", version=version)
    for freeze in question.freezes:
        if freeze.stops(question.tool, tool["system"], tool["effect"]):
            return Deny(freeze.because, (freeze.id,), version, frozen=True)
    match = Match(policies, question)
    matched: list[Policy] = []
    for policy in candidates:
        try:
            if match(policy):
                matched.append(policy)
        except Unknown as unknown:
            return Deny(f"I couldn't make sure that this is allowed ({unknown}).", (policy.id,), version)
    forbids = [policy for policy in matched if policy.effect == "forbid"]
    if forbids:
        return Deny(forbids[0].because or NOT_PERMITTED, tuple(policy.id for policy in forbids), version)
    if not any(policy.effect == PERMIT for policy in matched):
        others = _others(candidates, question, match)
        return Deny(NOT_PERMITTED, tuple(policy.id for policy in matched), version, others=others)
    for policy in matched:
        for maximum in policy.most:
            if why := beyond(maximum, question.args, question.now, question.principal.zone):
                return Deny(why, (policy.id,), version)
    ceilings = policies.ceilings if tool["effect"] == CHANGE else ()
    owes = (*(one for policy in matched for one in policy.owes), *ceilings)
    if owes and tool["effect"] != CHANGE:
        return Deny(LOOK_OWES.format(owes[0].policy), tuple(policy.id for policy in matched), version)
    named = tuple(policy.id for policy in matched)
    if tool["effect"] == CHANGE and question.untrusted:
        if policies.untrusted is None:
            return Deny(UNTRUSTED.format(" and ".join(question.untrusted)), named, version)
        owes = owes if any(isinstance(one, Owed) for one in owes) else (*owes, policies.untrusted)
    if tool["effect"] == CHANGE and question.aside:
        owes = (*owes, ASIDE)
    return Permit(policies=named, version=version, owes=owes)


def _others(candidates: Sequence[Policy], question: Question, match: Match) -> tuple[str, ...]:
    """The roles to whose holders just this is permitted, of those that the principal lacks; nothing for who is no full member."""
    if not somebody(question.principal):
        return ()
    permits = [policy for policy in candidates if policy.effect == PERMIT and match.whoever_asks(policy)]
    roles = [role for policy in permits for role in policy.roles if role.kind != "system"]
    return tuple(dict.fromkeys(role.name for role in roles if membership(role, question.roles) is Membership.NO))


VALUES: Mapping[str, Callable[[Mapping[str, Any], Question], Any]] = {
    "principal.id": lambda _, question: question.principal.id,
    "principal.name": lambda _, question: question.principal.name,
    "principal.email": lambda _, question: question.principal.email,
    "principal.department": lambda _, question: question.principal.department,
    "principal.title": lambda _, question: question.principal.title,
    "principal.manager": lambda _, question: question.principal.manager,
    "principal.kind": lambda _, question: str(question.principal.kind),
    "principal.zone": lambda _, question: question.principal.zone,
    "beneficiary": lambda _, question: question.beneficiary,
    "resource.kind": lambda _, question: str(question.resource.get("kind", "")),
    "resource.id": lambda _, question: str(question.resource.get("id", "")),
    "resource.label": lambda _, question: str(question.resource.get("label", "")),
    "resource.owner": lambda _, question: str(question.resource.get("owner", "")),
    "resource.facts": lambda _, question: dict(question.resource.get("facts") or {}),
    "tool.name": lambda _, question: question.tool,
    "tool.effect": lambda tool, _: tool["effect"],
    "tool.system": lambda tool, _: tool["system"],
    "tool.reversible": lambda tool, _: tool["reversible"],
    "case.kind": lambda _, question: str(question.case.get("kind", "")),
    "case.channel": lambda _, question: str(question.case.get("channel", "")),
    "case.runbooks": lambda _, question: list(question.case.get("runbooks") or ()),
    "now": lambda _, question: question.now,
}
"""What conditions may look at, by declared name: out of the tool's shape and the question. Arguments come beside them."""


def values_of(policies: PolicySet, question: Question, names: Collection[str] | None = None) -> dict[str, Any]:
    """What conditions may look at, by declared name; only of `names` where given."""
    tool = policies.tools[question.tool]
    args = {f"args.{name}": value for name, value in question.args.items()}
    wanted = (*VALUES, *args) if names is None else names
    return {
        name: VALUES[name](tool, question) if name in VALUES else args[name] for name in wanted if name in VALUES or name in args
    }


def digest(
    tool: str,
    args: Mapping[str, Any],
    resource: Mapping[str, Any],
    principal: str,
    case: str,
    owed: Sequence[Owed],
    version: str,
) -> str:
    """What an approval is bound to: sha256 over the canonical JSON of everything that makes the call this call."""
    whole = {
        "tool": tool,
        "args": dict(args),
        "resource": {key: resource.get(key) for key in ("kind", "id", "owner")},
        "principal": principal,
        "case": case,
        "owed": [[one.policy, sorted(one.by), one.count, one.then, one.within.total_seconds()] for one in owed],
        "version": version,
    }
    text = json.dumps(whole, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()

"""Why a call was permitted, held or denied, and what somebody may: told to those who may know, and to nobody else.

Changes nothing, but that somebody asked about a case, and whether they were told, is written into the audit.

Who may know about a case: who asked for it, who answered in it or may answer now, and who holds one of the policy's `admins` roles.
Everybody else gets one and the same sentence, whether there is such a case or not. What one may oneself everybody may ask.
"""

import re
import secrets
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.approvals import quorum
from bot.approvals.approvers import Approvers, Request
from bot.approvals.card import card
from bot.approvals.confirmation import asks
from bot.calls import ledger
from bot.consent import Approval, ApprovalKind, ApprovalState
from bot.domain import Call, CallState, Case, Membership, PersonKind, Principal
from bot.execution.decisions import Decisions, Ready
from bot.facts import Facts
from bot.gate import Policies, Policy
from bot.gate.problems import near
from bot.obligations import Deny, Obligation
from bot.ports import Click, ClickAnswer, Clock, Directory, WorkFactory
from bot.words import askwording, originwording, whywording, wording
from tools.contract import Tool

WHY = re.compile(r"why\s+(C-\d+)\W*", re.IGNORECASE)
CAN = re.compile(
    r"can\s+(?:(?:<@(?P<mention>\w+)(?:\|[^>]*)?>|@?(?P<who>[\w.-]+))\s+)?(?P<tool>[a-z]\w*)(?:\s+(?P<given>.*=.*))?", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Inquiry:
    """Answers people in Slack, for their eyes only."""

    tools: Mapping[str, Tool[Any]]
    policies: Policies
    facts: Facts
    directory: Directory
    approvers: Approvers
    decisions: Decisions
    work: WorkFactory
    clock: Clock

    async def typed(self, text: str, slack_id: str, team: str) -> str | None:
        """``why C-17``, ``can unlock_account``, ``can ana unlock_account …``; None when the words are a request.

        No sentence has a word with an underscore after *can*: that is a tool's name, and a mistyped one is said to be that.
        """
        said = text.strip()
        if said.casefold() in ("why", "can"):
            return whywording.WHICH if said.casefold() == "why" else whywording.HOW
        if why := WHY.fullmatch(said):
            return await self.why(why[1].upper(), slack_id, team)
        if (can := CAN.fullmatch(said)) and can["tool"] in self.tools:
            mentioned = await self.directory.by_slack(can["mention"]) if can["mention"] else None
            whom = mentioned.handle if mentioned is not None else can["mention"] or can["who"] or ""
            return await self._can(whom, can["tool"], can["given"] or "", slack_id, team)
        if can and "_" in can["tool"]:
            return whywording.no_such_tool(can["tool"], near(can["tool"], self.tools))
        return None

    async def about(self, channel: str, message: str, thread: str, slack_id: str, team: str) -> str:
        """Of the case that a message of ours is about, by where it stands."""
        async with self.work() as work:
            case = await work.case_of_post(channel, message)
            if not case and (found := await work.case_in_thread(channel, thread or message)) is not None:
                case = found.id
        return await self.why(case, slack_id, team)

    # ── why ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def why(self, case_id: str, slack_id: str, team: str) -> str:
        """Of the call that somebody would ask about (`_matters`), and in a line what came of the other changes."""
        who = await self.facts.principal(slack_id, team)
        async with self.work() as work:
            case = await work.case(case_id) if case_id else None
            calls = await work.calls(case_id) if case else []
            approvals = await work.approvals(case_id) if case else []
        if case is None:
            return whywording.UNTOLD
        told = await self._may_know(who, case, calls, approvals)
        async with self.work() as work:
            by = who.id or slack_id
            await work.audit("read", case.id, {"by": by, "via": "slack", "of": "why", **({} if told else {"refused": by})})
        if not told:
            return whywording.UNTOLD
        decided = [call for call in calls if call.decision and (call.policy_version or call.sentence)]
        call = _matters(decided)
        if call is None:
            return whywording.NO_CALL
        mine = [one for one in approvals if one.call == call.id]
        became = whywording.held(call, by_person=ledger.denied_by_person(call, approvals))
        lines = [f"*{call.sentence or call.tool}* ({case.id}, `{call.tool}`)", became, *self._policies_of(call)]
        lines += originwording.why(
            call.origins, await self._name(case.slack_id) or case.requester, aside=bool(call.facts.get("aside"))
        )
        for given in mine:
            for vote in given.votes:
                person = await self.directory.person(vote.by)
                lines.append(whywording.answered(given, vote, person.name if person else vote.by))
        if mine:
            approval = mine[-1]
            people = approval.cards if approval.kind is ApprovalKind.APPROVAL else ()
            names = [await self._name(key.rsplit(":", 1)[-1]) for key in people if not key.endswith(":channel")]
            left = askwording.still_needed(approval, quorum.still(approval)) if approval.votes else askwording.needed(approval)
            when = wording.moment(approval.expires) if call.state is CallState.WAITING else ""
            lines += whywording.asked(approval, [name for name in names if name], when, left)
        lines += whywording.beside([one for one in calls if one.id != call.id])
        return "\n".join(lines)

    async def whole(self, click: Click) -> ClickAnswer:
        """All of a call that somebody is asked about, for which a card may have no room, and whether they may say yes to it now."""
        who = await self.facts.principal(click.slack_id, click.team)
        async with self.work() as work:
            one = await work.approval(click.approval)
            case = await work.case(one.case) if one else None
            calls = await work.calls(one.case) if one else []
            approvals = await work.approvals(one.case) if one else []
        call = next((call for call in calls if one is not None and call.id == one.call), None)
        ours = one is not None and secrets.compare_digest(one.nonce.encode(), click.nonce.encode())
        if one is None or case is None or call is None or not ours:
            return ClickAnswer(False, askwording.UNKNOWN_APPROVAL)
        told, by = await self._may_know(who, case, calls, approvals), who.id or click.slack_id
        async with self.work() as work:
            read = {"by": by, "via": "slack", "of": "call", "approval": one.id, **({} if told else {"refused": by})}
            await work.audit("read", case.id, read)
        if not told:
            return ClickAnswer(False, whywording.UNTOLD)
        requester = await self.facts.principal(case.slack_id, case.team)
        people = {*(vote.by for vote in one.votes), *(question.by for question in one.questions)}
        names = {handle: await self.approvers.name(handle) for handle in people}
        drawn = card(one, call, case, requester=requester, tool=self.tools.get(call.tool), names=names, others=calls)
        own = one.kind is ApprovalKind.CONFIRMATION
        may = who.slack_id == case.slack_id if own else not await self.approvers.refusal(who, requester, call, one)
        return ClickAnswer(True, "", shown={**drawn, "own": own, "may": may and one.state is ApprovalState.WAITING})

    async def _may_know(self, who: Principal, case: Case, calls: Sequence[Call], approvals: Sequence[Approval]) -> bool:
        if who.kind is not PersonKind.MEMBER or not who.id:
            return False
        if case.slack_id == who.slack_id or any(who.id in {one.taker, *(vote.by for vote in one.votes)} for one in approvals):
            return True
        waiting = [one for one in approvals if one.state is ApprovalState.WAITING]
        requester = await self.facts.principal(case.slack_id, case.team) if waiting else who
        for one in waiting:
            call = next((call for call in calls if call.id == one.call), None)
            if call is not None and not await self.approvers.refusal(who, requester, call, one):
                return True
        return await self._admin(who)

    async def _admin(self, who: Principal) -> bool:
        return await self.facts.admin(who, self.policies.current, self.clock.now()) is Membership.YES

    def _policies_of(self, call: Call) -> list[str]:
        """Each policy that counted with its reason and what it asks for; where none permitted, those that would. None of what was
        never put to the policy.
        """
        if not call.policy_version:
            return []
        policies = self.policies.current
        known = {one.id: one for one in policies.of(call.tool)}
        lines = [
            whywording.policy(known[one], self._owes(known[one].owes if call.decision == "permit" else ()))
            if one in known
            else whywording.unnamed(one)
            for one in call.policies
            if one in known or call.state is not CallState.FROZEN
        ]
        if call.decision == "deny" and not call.policies:
            lines += whywording.might(self._permits(call.tool))
        if call.decision == "permit" and policies.ceilings and call.effect == "change":
            lines.append(f"• over all changes: {'; '.join(self._owes(policies.ceilings))}")
        if call.policy_version != policies.version:
            lines.append(whywording.since(call.policy_version, policies.version))
        return lines

    def _permits(self, tool: str) -> list[Policy]:
        return [one for one in self.policies.current.of(tool) if one.effect == "permit" and not one.observe]

    def _owes(self, owed: Sequence[Obligation]) -> list[str]:
        return [whywording.owed(one) for one in owed]

    async def _name(self, slack_id: str) -> str:
        person = await self.directory.by_slack(slack_id)
        return person.name if person is not None else ""

    # ── can ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _can(self, whom: str, tool: str, given: str, slack_id: str, team: str) -> str:
        """What the policy would say now, in a direct message. About others to admins only."""
        asker = await self.facts.principal(slack_id, team)
        if asker.kind is not PersonKind.MEMBER or not asker.id:
            return whywording.NOT_A_MEMBER
        who = asker
        if whom and whom.casefold() not in ("i", "me", asker.id.casefold()):
            if not await self._admin(asker):
                return whywording.ONLY_YOURSELF
            person = await self.directory.person(whom)
            if person is None or not person.slack_id:
                return f"The directory knows nobody called {whom}."
            who = await self.facts.principal(person.slack_id, team)
        try:
            arguments = dict(word.split("=", 1) for word in shlex.split(given))
        except ValueError:
            return whywording.HOW
        now = self.clock.now()
        case = Case("", "", team, "", "", who.id, who.slack_id, now, now)
        fields = self.tools[tool].arguments.model_fields
        if "user" in fields and "user" not in arguments:
            arguments["user"] = who.id
        if missing := [name for name, field in fields.items() if field.is_required() and name not in arguments]:
            return whywording.needs(whom, tool, given, missing)
        call = Call("", "", "can", tool, arguments, CallState.STARTED, who.id, now)
        ready = await self.decisions.of(call, who, case)
        return ready.reason if isinstance(ready, Call) else await self._told(ready, who, case, f"{tool} {given}".strip())

    async def _told(self, ready: Ready, who: Principal, case: Case, typed: str) -> str:
        name = who.name or who.id
        if isinstance(ready.decision, Deny):
            lines = [whywording.may_not(name, typed, ready.decision.reason)]
        else:
            lines = [
                whywording.may(name, ready.call.sentence or typed, clicked=bool(asks(ready.decision)), agreed=bool(ready.owed))
            ]
        lines += self._policies_of(ready.call)
        if ready.owed:
            people = await self.approvers.audience(Request(ready.call, case, who, ready.owed))
            lines.append(whywording.would_ask(sorted(people.names.values()), unknown=people.unknown))
        return "\n".join(lines)


def _matters(calls: Sequence[Call]) -> Call | None:
    """The newest change that waits, else that was held or not permitted, else that was made; where nothing was to be changed the
    newest look.
    """
    changes = [call for call in calls if call.effect == "change"]
    waits = [call for call in changes if call.state is CallState.WAITING]
    held = [call for call in changes if call.asked or call.decision == "deny"]
    return next((some[-1] for some in (waits, held, changes, calls) if some), None)

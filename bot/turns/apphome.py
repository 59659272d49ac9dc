"""What one person's Home shows: their cases and what these wait for, and what waits for their answer.

Whose Home it is comes from Slack's signature; nothing of anybody else's cases is read for it, but the calls that this person may
answer. Whether they may is asked again when they click (`bot.approvals.outcome`); here it only decides what is shown.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from bot.approvals.card import card
from bot.cases import spoken, standing
from bot.cases.house import House
from bot.consent import ApprovalState
from bot.domain import Case, CaseState, Event, EventKind, Membership, Principal
from bot.gate import Policies
from bot.homeview import Asked, HomeCase, HomeRows, HomeView, Mine
from bot.turns.forms import Forms
from bot.words import homewording
from tools.contract import Tool

OPEN_SHOWN = 10
FINISHED_SHOWN = 5
CARDS_SHOWN = 5
LOOKED_THROUGH = 200
"""Approvals that wait, of which those are shown that this person may answer."""

Known = dict[tuple[str, ...], Membership]


class AppHome:
    """Puts Home together."""

    def __init__(self, house: House, *, forms: Forms, rows: HomeRows, policies: Policies, tools: Mapping[str, Tool[Any]]) -> None:
        self._house = house
        self._forms = forms
        self._rows = rows
        self._policies = policies
        self._tools = tools

    async def view(self, slack_id: str, team: str) -> HomeView:
        """Raises StoreAway."""
        await self._house.clock.refresh()
        who = await self._house.facts.principal(slack_id, team)
        if refusal := spoken.refusal(who, Event("", "", EventKind.MESSAGE, "")):
            return HomeView(refusal=refusal)
        mine = await self._rows.mine(slack_id, OPEN_SHOWN, FINISHED_SHOWN)
        asked = await self._answerable(who)
        return HomeView(
            name=who.name,
            open=tuple(_open(case, mine) for case in mine.open),
            more_open=max(0, mine.open_count - len(mine.open)),
            with_people=tuple(_with_people(case) for case in mine.with_people),
            finished=tuple(_finished(case) for case in mine.finished),
            requests=self._forms.listed(),
            cards=tuple([await self._card(one) for one in asked[:CARDS_SHOWN]]),
            more_cards=max(0, len(asked) - CARDS_SHOWN),
        )

    async def stirred(self, slack_ids: Sequence[str]) -> dict[str, str]:
        return dict(await self._rows.stirred(slack_ids))

    # ── what waits for this person ───────────────────────────────────────────────────────────────────────────────

    async def _answerable(self, who: Principal) -> list[Asked]:
        """What this person may answer now, or has taken over, oldest first."""
        known: Known = {}
        return [one for one in await self._rows.waiting(LOOKED_THROUGH) if await self._may(who, one, known)]

    async def _may(self, who: Principal, asked: Asked, known: Known) -> bool:
        call, approval = asked.call, asked.approval
        if approval.state is ApprovalState.TAKEN_OVER:
            return approval.taker == who.id
        if who.id in {call.principal, call.beneficiary} or who.slack_id == asked.case.slack_id:
            return False
        if any(vote.by == who.id for vote in approval.votes) or approval.expires <= self._house.clock.now():
            return False
        now = self._house.clock.now()
        roles = dict.fromkeys(role for owed, term in approval.debts if now < term.expires for role in owed.roles(term.tier))
        return any([await self._holds(who, role, asked, known) is Membership.YES for role in roles])

    async def _holds(self, who: Principal, role: str, asked: Asked, known: Known) -> Membership:
        """Each role is looked up once for a Home, and those that depend on the call once for each of whom it is about."""
        call, policies = asked.call, self._policies.current
        owner = str(call.resource.get("owner", ""))
        found = policies.roles.get(role)
        of_the_call = (call.principal, call.beneficiary, owner) if found is None or found.kind == "manager_of" else ()
        key = (role, *of_the_call)
        if key not in known:
            known[key] = await self._house.facts.holds(
                role,
                policies,
                person=who,
                principal=Principal(call.principal, asked.case.slack_id),
                beneficiary=call.beneficiary,
                owner=owner,
                now=self._house.clock.now(),
            )
        return known[key]

    async def _card(self, asked: Asked) -> dict[str, object]:
        case, call = asked.case, asked.call
        names = {}
        one = asked.approval
        people = [case.requester, one.taker, *(vote.by for vote in one.votes), *(asks.by for asks in one.questions)]
        for handle in filter(None, dict.fromkeys(people)):
            person = await self._house.directory.person(handle)
            names[handle] = person.name if person is not None else handle
        requester = Principal(case.requester, case.slack_id, name=names[case.requester])
        return card(asked.approval, call, case, requester=requester, tool=self._tools.get(call.tool), names=names)


# ── one's own cases ──────────────────────────────────────────────────────────────────────────────────────────────────


def _open(case: Case, mine: Mine) -> HomeCase:
    plans = [plan for plan in mine.plans if plan.case == case.id]
    waits = standing.waits_for(case, plans, [one for one in mine.approvals if one[0].case == case.id])
    return dataclasses.replace(_shown(case, homewording.CASE_STATES[case.state]), waits=waits, withdraw=True, person=True)


def _with_people(case: Case) -> HomeCase:
    """What the requester needs no longer is written on the ticket; without one there is nowhere to write it."""
    return dataclasses.replace(_shown(case, homewording.with_ticket(case.ticket)), withdraw=bool(case.ticket))


def _finished(case: Case) -> HomeCase:
    said = homewording.OUTCOMES[case.outcome] if case.outcome is not None else homewording.CASE_STATES[case.state]
    return dataclasses.replace(_shown(case, said), person=case.state is CaseState.RESOLVED)


def _shown(case: Case, state: str) -> HomeCase:
    return HomeCase(case.id, case.title, state, "", case.channel, case.thread)

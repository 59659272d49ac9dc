"""A language model at work on a case's plans: what it is shown, where its calls belong, and how its plans stand when it has ended.

The model never decides how a plan stands. Its calls are in the ledger; the runbook's own conditions and looks say what they came
to, and a last look that the model left out is taken here.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.calls.passage import Pass
from bot.cases import offers, pausing, reports, spoken
from bot.cases.house import House
from bot.domain import Call, CallState, Case, Line, Plan, PlanState, Principal, ToolCall
from bot.execution.origins import CHOSEN
from bot.ports import Closing, ToolSchema, Work
from bot.report import resolution
from bot.runbooks import guides, needs, progress
from bot.runbooks.binding import Bound
from bot.runbooks.unrolling import StepResult
from bot.turns import following
from bot.words import wording
from knowledge.parts import THINGS

WHY = 500
"""Letters of the reason that a model gives for what it does otherwise than its runbook."""
AS_FAR = (PlanState.DONE, PlanState.PARTLY)
"""Ends of a runbook with parts that leave alone what was begun beside it."""
CALLS = 200
"""Calls that are made after a model has ended, at most: looks, and what is left of a plan of which a part did not work."""


class Thinking:
    """The model's side of a turn."""

    def __init__(self, house: House) -> None:
        self._house = house

    # ── before ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def tools(self, principal: Principal) -> list[ToolSchema]:
        """What a model is shown: the tools that the policy could ever permit this requester."""
        house = self._house
        names = await house.facts.offered(house.policies.current, principal, house.clock.now())
        return [tool for tool in house.tools if tool.name in names]

    def about(self, case: Case, principal: Principal) -> dict[str, str]:
        """The requester as data: no address, no number, nothing that the task does not need."""
        return {
            "user": principal.id,
            "first name": principal.name.split(" ")[0] if principal.name else "",
            "writes from": "a direct message" if case.direct else "a channel that others read",
            "time zone": principal.zone,
            "today": f"{self._house.clock.now().astimezone(ZoneInfo(principal.zone)):%A, %d %B %Y}",
        }

    async def guided(self, case: Case, principal: Principal) -> tuple[list[Line], list[Call]]:
        """Write down, once for each plan, what retrieval found for it: the runbook as the plan to follow. The case so far."""
        async with self._house.work() as work:
            for plan in await work.plans(case.id):
                if plan.state.open:
                    bound = self._house.runbooks.get(plan.runbook)
                    text = guides.guide(bound, plan, principal) if bound else await self._nothing_for(plan, principal)
                    await work.say_once(case.id, "guide", text, f"guide:{plan.id}:{plan.runbook}", {"query": plan.words})
            return await work.transcript(case.id), await work.calls(case.id)

    async def _nothing_for(self, plan: Plan, principal: Principal) -> str:
        """What a model reads of a request that no runbook fits."""
        near = await offers.near(self._house, principal, plan.words)
        return guides.nothing([one.title for one in near])

    def unanswered(self, lines: Sequence[Line], done: Sequence[Call]) -> list[ToolCall]:
        """Calls of the model that a crash has left without a result: whatever has begun, and all of its last answer."""
        calls = {call.call: call for call in done}
        last = next((line for line in reversed(lines) if line.role == "call"), None)
        heard = last is not None and any(line.role == "requester" and line.position > last.position for line in lines)
        left = []
        for line in (line for line in lines if line.role == "call" and not line.data.get("runbook")):
            for ask in (ToolCall(one["id"], one["tool"], one["arguments"]) for one in line.data.get("calls", ())):
                begun = ask.id in calls
                # What had not begun when the requester wrote again is for the model to ask for anew, or not; so is what had not
                # when a runbook went on by itself.
                if calls[ask.id].state is CallState.STARTED if begun else line is last and not heard:
                    left.append(ask)
        return left

    async def unsaid(self, case: Case) -> str:
        """The model's last words, where a crash came between them and their post; empty otherwise."""
        async with self._house.work() as work:
            return last_words(await work.transcript(case.id))

    # ── its calls ────────────────────────────────────────────────────────────────────────────────────────────────

    async def placed(self, ask: ToolCall, case: Case, principal: Principal) -> ToolCall:
        """The call with its plan and step; what departs from the runbook is written down."""
        house = self._house
        async with house.work() as work:
            plans, calls = await work.plans(case.id), await work.calls(case.id)
            lines = await work.transcript(case.id)
            words = "\n".join(line.text for line in lines if line.role == "requester")
            known = next((call for call in calls if call.call == ask.id), None)
            if known is not None:
                return dataclasses.replace(ask, plan=known.plan, step=known.step)
            where = following.place(ask, plans, house.runbooks, principal, calls, words)
            if where.departure:
                data = {"departed": ask.id, "tool": ask.tool, "plan": where.plan, "step": where.step, "how": where.departure}
                data["why"] = said_with(ask, lines)
                await work.say_once(case.id, "note", f"{ask.tool}: {where.departure}", f"departed:{ask.id}", data)
        return dataclasses.replace(ask, plan=where.plan, step=where.step)

    async def learnt(self, call: Call, ask: ToolCall, principal: Principal) -> None:
        """What a call makes known: a need by its arguments, and for a plan without a runbook the one that was searched for."""
        house = self._house
        async with house.work() as work:
            plans = await work.plans(call.case)
        for plan in plans:
            bound = house.runbooks.get(plan.runbook)
            fresh = plan
            if plan.id == call.plan and bound is not None:
                fresh = following.learnt(plan, bound, call, await self._read(bound, ask, principal))
            elif call.tool == "search_runbooks" and not plan.runbook and plan.state.open:
                fresh = self._found(plan, call)
            if fresh != plan:
                async with house.work() as work:
                    await work.save_plan(fresh)
                if fresh.runbook != plan.runbook:
                    return  # what else was asked for is another matter

    async def _read(self, bound: Bound, ask: ToolCall, principal: Principal) -> dict[str, Any]:
        """The model's own words for the things and people that its step needs, by need."""
        house = self._house
        read: dict[str, Any] = {}
        one = bound.at(ask.step)
        for name, need in following.needs_of(one, bound) if one is not None else ():
            if name in ask.arguments and bound.runbook.needs[need].source in THINGS:
                got = await needs.answer(
                    bound.runbook.needs[need],
                    str(ask.arguments[name]),
                    principal=principal,
                    directory=house.directory,
                    now=house.clock.now(),
                )
                if isinstance(got, needs.Filled):
                    read[need] = got.value
        return read

    def _found(self, plan: Plan, call: Call) -> Plan:
        shown = (call.result or {}).get("runbooks") or ()
        bound = self._house.runbooks.get(str(shown[0].get("id"))) if shown else None
        if bound is None:
            return plan
        found = dataclasses.replace(plan, runbook=bound.runbook.id, version=bound.runbook.version, title=bound.runbook.title)
        return dataclasses.replace(found, learnt={**plan.learnt, CHOSEN: bound.runbook.id})

    async def answered(self, plan: Plan, principal: Principal) -> Plan:
        """The plan with what it was lacking, where the requester's latest words answer that: for when no model can read them."""
        house = self._house
        bound = house.runbooks.get(plan.runbook)
        lacks = asking(plan, bound) if bound else None
        if bound is None or lacks is None:
            return plan
        async with house.work() as work:
            said = [line.text for line in await work.transcript(plan.case) if line.role == "requester"]
        if len(said) < 2:  # noqa: PLR2004 - the words that opened the plan were read already
            return plan
        got = await needs.answer(
            bound.runbook.needs[lacks.asked],
            said[-1],
            principal=principal,
            directory=house.directory,
            now=house.clock.now(),
            choices=lacks.choices,
        )
        return dataclasses.replace(plan, needs={**plan.needs, lacks.asked: got.value}) if isinstance(got, needs.Filled) else plan

    # ── when it has ended ────────────────────────────────────────────────────────────────────────────────────────

    async def settle(self, case: Case, principal: Principal, turn: Pass, closing: Closing) -> None:
        """Bring every running plan to where its calls and looks say that it stands."""
        house = self._house
        await self._chosen(case, principal)
        names = await house.approvals.voters(case.id)
        for _ in range(CALLS):
            look: ToolCall | None = None
            async with house.work() as work:
                plans, calls = await work.plans(case.id), await work.calls(case.id)
                for plan in plans:
                    waits = any(call.plan == plan.id and call.state is CallState.WAITING for call in calls)
                    if plan.state is not PlanState.RUNNING and (plan.state is not PlanState.WAITING or waits):
                        continue
                    stands = self.stands(plan, calls, principal, closing)
                    if isinstance(stands, Plan):
                        await spoken.stands(work, house, case, stands, principal, names)
                    elif isinstance(stands, datetime):
                        await pausing.pause(work, case, plan, stands)
                    elif look is None:
                        look = stands
                if look is None:
                    await self._show(work, case, principal, calls)
                else:
                    await work.say(case.id, "call", "", _said(look))
            if look is None or turn.superseded:
                return
            await house.executor.execute(look, turn)

    async def without(self, case: Case, principal: Principal, turn: Pass, plans: Sequence[Plan]) -> list[Plan]:
        """The case's plans after all that no model is asked for: looks of those that wait until something is so, and what is left
        of those with parts of which one was held up.
        """
        moved = False
        for plan in plans:
            for _ in range(CALLS):
                bound = self._house.runbooks.get(plan.runbook)
                if bound is None or plan.state is not PlanState.RUNNING or turn.superseded:
                    break
                if not await self._step(bound, plan, case, principal, turn):
                    break
                moved = True
                async with self._house.work() as work:
                    plan = next(one for one in await work.plans(case.id) if one.id == plan.id)  # noqa: PLW2901 - as it is now
        if not moved:
            return list(plans)
        async with self._house.work() as work:
            return await work.plans(case.id)

    async def _step(self, bound: Bound, plan: Plan, case: Case, principal: Principal, turn: Pass) -> bool:
        """Whether the plan has moved without a model: by a call, to sleep, or to its end."""
        house = self._house
        async with house.work() as work:
            calls = await work.calls(case.id)
        results = reports.results(plan, following.fresh(plan, bound, principal, calls))
        goes_alone = self._goes_alone(plan, calls)
        alone = goes_alone and not _besides(plan, calls)
        match progress.advance(bound, plan, principal, results, house.clock.now()):
            case progress.Calls(calls=(ask,)) if alone or _waits(bound, ask, results):
                ask = _numbered(ask, calls)
                async with house.work() as work:
                    if alone:
                        await work.say(case.id, "call", "", _said(ask))
                await house.executor.execute(ask, turn)
            case progress.Pause(until=until):
                async with house.work() as work:
                    await pausing.pause(work, case, plan, until)
            case progress.Wait() if alone:
                async with house.work() as work:
                    await work.save_plan(dataclasses.replace(plan, state=PlanState.WAITING))
            case progress.Ended(state=state, reason=reason) if goes_alone and state not in AS_FAR:  # all that waits ends with it
                names = await house.approvals.voters(case.id)
                async with house.work() as work:
                    await spoken.stands(work, house, case, dataclasses.replace(plan, state=state, reason=reason), principal, names)
            case progress.Ended(state=state, reason=reason) if alone:
                if any(call.plan == plan.id and call.state is CallState.WAITING for call in calls):
                    state, reason = PlanState.WAITING, ""  # a model asked for it out of its order
                async with house.work() as work:
                    await work.save_plan(dataclasses.replace(plan, state=state, reason=reason))
            case _:
                return False
        return True

    def _goes_alone(self, plan: Plan, calls: Sequence[Call]) -> bool:
        """Whether no model is asked to go on with it. What a model's own call that was cut off came to is found out before."""
        bound = self._house.runbooks.get(plan.runbook)
        mine = [call for call in calls if call.plan == plan.id]
        cut_off = any(call.state is CallState.STARTED and not _own(call.call, plan) for call in mine)
        known = bound is not None and asking(plan, bound) is None
        return known and not cut_off and bound is not None and progress.goes_alone(bound, reports.results(plan, mine))

    async def _chosen(self, case: Case, principal: Principal) -> None:
        """Write down what the requester has chosen: a choice is in no call's arguments, so a model's calls do not make it known."""
        async with self._house.work() as work:
            plans = [plan for plan in await work.plans(case.id) if plan.state is PlanState.RUNNING]
        for plan in plans:
            bound = self._house.runbooks.get(plan.runbook)
            lacks = asking(plan, bound) if bound else None
            if bound and lacks and bound.runbook.needs[lacks.asked].source == "choice":
                fresh = await self.answered(plan, principal)
                async with self._house.work() as work:
                    await work.save_plan(fresh)

    async def _show(self, work: Work, case: Case, principal: Principal, calls: Sequence[Call]) -> None:
        """Bring the live view up to date."""
        today = self._house.clock.now().date()
        for post in reports.views(self._house.runbooks, case, principal, await work.plans(case.id), calls, today):
            await work.put(post)

    def stands(self, plan: Plan, calls: Sequence[Call], principal: Principal, closing: Closing) -> Plan | ToolCall | datetime:
        """The plan as it stands now, or the look that is still to be taken, or when it is looked at again.

        After a failure it is every call by which changes are taken back; and once a part was held up, every call of the others.
        """
        bound = self._house.runbooks.get(plan.runbook)
        if bound is None or not bound.steps:
            return unplanned(plan, calls, closing)
        if (asks := asking(plan, bound)) is not None:
            return asks
        waits = any(call.plan == plan.id and call.state is CallState.WAITING for call in calls)
        results = reports.results(plan, following.fresh(plan, bound, principal, calls))
        match progress.advance(bound, plan, principal, results, self._house.clock.now()):
            case progress.Calls(calls=(ask,), alone=True):
                return _numbered(ask, calls)
            case progress.Pause(until=until):
                return until
            case progress.Ended(state=state, reason=reason) if bound.parts and state not in AS_FAR:  # all that waits ends with it
                return dataclasses.replace(plan, state=state, reason=reason)
            case went if waits or isinstance(went, progress.Wait):
                return dataclasses.replace(plan, state=PlanState.WAITING)
            case progress.Calls(calls=(ask,)) if not _changes(bound, ask):
                return _numbered(ask, calls)
            case progress.Ended(state=state, reason=reason):
                return dataclasses.replace(plan, state=state, reason=reason)
            case _ if not closing.asks and (misfit := _refused(plan, calls)):
                return dataclasses.replace(plan, state=PlanState.FAILED, reason=misfit.reason)
            case _:
                return dataclasses.replace(plan, state=PlanState.ASKING, asked="", choices=(), reason="")


def said_with(ask: ToolCall, lines: Sequence[Line]) -> str:
    """What the model has said beside a call, such as why it departs from the runbook; cut to a few lines."""
    asked = (line for line in reversed(lines) if line.role == "call" and any(one["id"] == ask.id for one in line.data["calls"]))
    line = next(asked, None)
    return " ".join(line.text.split())[:WHY] if line is not None else ""


def last_words(lines: Sequence[Line]) -> str:
    """The model's words, where nothing came after them; empty otherwise."""
    last = next((line for line in reversed(lines) if line.role != "note"), None)
    return last.text if last is not None and last.role == "words" else ""


def asking(plan: Plan, bound: Bound) -> Plan | None:
    """The plan waiting for what it still has to know; None when it knows everything."""
    need = next((need for need in bound.runbook.needs.values() if need.name not in plan.needs), None)
    if need is None:
        return None
    return dataclasses.replace(plan, state=PlanState.ASKING, asked=need.name, choices=need.choices, reason=need.ask)


def unplanned(plan: Plan, calls: Sequence[Call], closing: Closing) -> Plan:
    """How a plan without steps ends: by what its changes came to, or by the words alone."""
    latest: dict[tuple[str, object, object], Call] = {}
    for call in calls:
        if call.plan == plan.id and call.effect == "change" and call.state is not CallState.SUPERSEDED:
            latest.pop((call.tool, None, None), None)  # its arguments meant nothing, and now there are others
            latest[call.tool, call.resource.get("kind"), call.resource.get("id")] = call
    states = {call.state for call in latest.values()}
    if CallState.WAITING in states:
        return dataclasses.replace(plan, state=PlanState.WAITING)
    if not latest:
        if not closing.text:
            return dataclasses.replace(plan, state=PlanState.FAILED, reason=wording.MODEL_AWAY)
        state = PlanState.ASKING if closing.asks else PlanState.DONE
        return dataclasses.replace(plan, state=state, asked="", reason="")
    bad = [call for call in latest.values() if not call.state.shown]
    if not bad:
        people = resolution.only_told_people(call.tool for call in latest.values())
        return dataclasses.replace(plan, state=PlanState.HANDED_OVER if people else PlanState.DONE, reason="")
    ends = {
        CallState.DENIED: PlanState.DENIED,
        CallState.EXPIRED: PlanState.EXPIRED,
        CallState.WITHDRAWN: PlanState.WITHDRAWN,
        CallState.HANDED_OVER: PlanState.HANDED_OVER,
        CallState.FROZEN: PlanState.FROZEN,
    }
    return dataclasses.replace(plan, state=ends.get(bad[-1].state, PlanState.FAILED), reason=bad[-1].reason)


def _refused(plan: Plan, calls: Sequence[Call]) -> Call | None:
    """The plan's last call, where it was a change that the system would not have: the model has tried, and says so."""
    mine = [call for call in calls if call.plan == plan.id and call.state is not CallState.SUPERSEDED and call.id not in plan.anew]
    last = mine[-1] if mine else None
    return last if last is not None and last.effect == "change" and last.state is CallState.FAILED else None


def _said(ask: ToolCall) -> dict[str, Any]:
    """A call that the runbook asks for, in the transcript. One that was cut off it asks for again by itself."""
    return {"calls": [{"id": ask.id, "tool": ask.tool, "arguments": dict(ask.arguments)}], "runbook": True}


def _besides(plan: Plan, calls: Sequence[Call]) -> bool:
    """Whether something waits that a model did beside the runbook: that is not over."""
    return any(call.plan == plan.id and call.state is CallState.WAITING and not call.step for call in calls)


def _own(call: str, plan: Plan) -> bool:
    """Whether the runbook itself has asked for it; a model's calls have ids of their own."""
    return call.startswith(f"{plan.id}.")


def _numbered(ask: ToolCall, calls: Sequence[Call]) -> ToolCall:
    """The call under an id of its own, where it was made before; one that was cut off goes on under the same."""
    before = sum(1 for call in calls if call.call.split("~")[0] == ask.id and call.state.final)
    return dataclasses.replace(ask, id=f"{ask.id}~look{before}") if before else ask


def _waits(bound: Bound, ask: ToolCall, results: Mapping[str, StepResult]) -> bool:
    """Whether it is a look that was taken before and waits until something is so."""
    one = bound.at(ask.step)
    return one is not None and one.until is not None and ask.step in results


def _changes(bound: Bound, ask: ToolCall) -> bool:
    one = bound.at(ask.step)
    return one is not None and one.change

"""The end of a turn of one case: what is said of it, what is asked, how the case stands, and whether people go on."""

import dataclasses
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from bot.cases import patience, reports, reviews
from bot.cases.handover import HandOver
from bot.cases.house import House
from bot.cases.spoken import Touched
from bot.domain import Call, CallState, Case, CaseState, Due, Plan, PlanState, Post, PostKind, Principal, Resolution
from bot.ports import Closing
from bot.report import resolution
from bot.runbooks import progress
from bot.turns import citing, following, waits
from bot.words import whywording, wording

GOOD = (Resolution.VERIFIED, Resolution.ANSWERED)
REFUSED = (PlanState.DENIED, PlanState.FROZEN, PlanState.PARTLY)


class Endings:
    """Finishes turns."""

    def __init__(self, house: House, handover: HandOver) -> None:
        self._house = house
        self._handover = handover

    async def finish(self, case_id: str, who: Principal, touched: Touched, closing: Closing) -> None:
        """Say what came of the plans that ended, and write the case's state down: one transaction. `who` asked."""
        house = self._house
        async with house.work() as work:
            case = await work.case(case_id)
            if case is None:
                return
            plans, calls = await work.plans(case.id), await work.calls(case.id)
            reported = list(case.data.get("reported", ()))
            fetched = [c for c in calls if c.tool == "hand_over" and c.state.good and f"fetch:{c.id}" not in reported]
            news = [plan for plan in plans if not plan.state.open and plan.id not in reported]
            lost = [plan for plan in news if plan.state.for_people]
            told = [p for p in news if _is_told(p.state) and not (fetched and _unsolved(p, calls))]
            outcome = resolution.of_case(plans, calls)
            words = citing.cited(closing.text, told, calls) if closing.by_model else ""
            if told:
                sections = [self._section(plan, who, calls, spoken_of=bool(words)) for plan in told]
                if not (lost or fetched) and any(_refused(call, told) for call in calls):
                    sections.append({"text": whywording.refused(case.id)})
                text = words or _by_the_runbook(closing, reports.headline(told, plans))
                feedback = outcome in GOOD and not lost
                post = reports.answer_post(case, touched.thread, touched.key, text, sections, feedback=feedback)
                await work.put(post)
                if feedback:
                    case = dataclasses.replace(case, data={**case.data, "asked": reports.kept(post)})
                await work.say(case.id, "bot", words or " ".join([text, *(str(one["text"]) for one in sections)]).strip())
            facts = await waits.said(work, case, touched, plans, calls, reported, apart=bool(told) or not words)
            if words and not told and not closing.asks:
                facts += [wording.unfinished(plan.title) for plan in plans if plan.state is PlanState.ASKING and plan.runbook]
            if words and not told:
                await work.put(reports.words_post(case, touched.thread, touched.key, words, facts, plans))
                await work.say(case.id, "bot", words)
            if touched.spoke and closing.away and not (told or words or fetched or facts) and _only_waits(plans):
                content = {"text": wording.UNREAD, "case": case.id, "buttons": ["person"]}
                key = f"unread:{touched.key}"
                await work.put(Post(key, PostKind.NOTE, content, channel=case.channel, thread=touched.thread, case=case.id))
                await work.say(case.id, "bot", wording.UNREAD)
            if outcome in GOOD and told:
                at = house.clock.now() + timedelta(days=house.silent_after_days)
                await work.at(Due(f"silent:{case.id}", at, "case_silent", case.conversation, {"case": case.id}))
            await patience.wait_for_word(work, house, case, plans)
            reported += [*(plan.id for plan in news), *(f"fetch:{call.id}" for call in fetched)]
            case = self._stands(case, plans, calls, outcome, news=bool(news))
            await work.save_case(dataclasses.replace(case, data={**case.data, "reported": list(dict.fromkeys(reported))}))
        if fetched:
            ended = [p for p in plans if p.state.open or p.state.for_people or p.state in REFUSED or _unsolved(p, calls)]
            left = [p for p in ended if p.state is not PlanState.WAITING] or ended  # what waits for an answer goes on waiting
            why = str(fetched[-1].arguments.get("reason", ""))
            await self._handover.give(case, touched.thread, why, f"fetch:{fetched[-1].id}", left)
        elif lost:
            why = self._left(lost[0], who, calls) or lost[0].reason or wording.BROKE
            await self._handover.give(case, touched.thread, why, touched.key, lost)

    def _left(self, plan: Plan, who: Principal, calls: Sequence[Call]) -> str:
        """What of a plan with parts is left to do; how each part stands is in the answer and the ticket. Empty for any other."""
        if (bound := self._house.runbooks.get(plan.runbook)) is None:
            return ""
        results = reports.results(plan, following.fresh(plan, bound, who, calls))
        went = progress.advance(bound, plan, who, results, self._house.clock.now())
        return went.left if isinstance(went, progress.Ended) else ""

    def _stands(self, case: Case, plans: Sequence[Plan], calls: Sequence[Call], outcome: Resolution | None, *, news: bool) -> Case:
        """The case with its state and outcome."""
        state = resolution.state_of(outcome, plans) if plans else case.state
        if not news and (case.state is CaseState.HANDED_OVER or case.outcome is Resolution.CONFIRMED):
            state, outcome = case.state, case.outcome
        ticket = case.ticket or next((str((c.result or {}).get("ticket", "")) for c in calls if reviews.hands_over(c)), "")
        return dataclasses.replace(
            case, state=state, outcome=outcome or case.outcome, ticket=ticket, updated=self._house.clock.now()
        )

    def _section(self, plan: Plan, who: Principal, calls: Sequence[Call], *, spoken_of: bool) -> dict[str, Any]:
        """One plan of the answer: what the ledger says, and the runbook's words where no model has found its own."""
        bound = self._house.runbooks.get(plan.runbook)
        if plan.state is PlanState.DONE:
            results = reports.results(plan, calls)
            said = progress.done_text(bound, plan, who, results) if bound else plan.reason
            left = plan.reason if self._house.in_parts(plan) else ""  # not all of it was wanted
            return reports.section(plan, calls, left or ("" if spoken_of else said))
        mine = [one for one in calls if one.plan == plan.id and (one.effect == "change" or one.decision == "deny")]
        refused = next((one for one in reversed(mine) if one.reason == plan.reason), None)
        step = bound.at(refused.step) if bound and refused else None
        what = refused.sentence if refused and refused.effect == "change" else step.title if step else ""
        return reports.section(plan, calls, f"{what}: {plan.reason}" if what else plan.reason)


def _is_told(state: PlanState) -> bool:
    return state.for_people or state in (PlanState.DONE, *REFUSED)


def _refused(call: Call, told: Sequence[Plan]) -> bool:
    """Whether the policy has refused it, in one of these plans."""
    by_policy = call.state is CallState.DENIED and call.decision == "deny" and bool(call.policy_version)
    return by_policy and any(plan.id == call.plan and plan.state in REFUSED for plan in told)


def _only_waits(plans: Sequence[Plan]) -> bool:
    """Whether what is open waits for people, and nothing is asked."""
    going = [plan.state for plan in plans if plan.state.open]
    return bool(going) and all(state.held_up for state in going)


def _unsolved(plan: Plan, calls: Sequence[Call]) -> bool:
    """Whether a plan without a runbook ended in words only."""
    return plan.state is PlanState.DONE and not any(c.plan == plan.id and c.effect == "change" for c in calls) and not plan.runbook


def _by_the_runbook(closing: Closing, headline: str) -> str:
    """What was done without the model is said to be so."""
    if not closing.away:
        return headline
    said = wording.SHARE_USED if closing.away.isupper() else wording.BY_THE_RUNBOOK
    return f"{said} {headline}".strip()

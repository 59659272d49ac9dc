"""A request that takes back what an open plan does, or is about to do: the older plan ends, whatever it still waits for.

"put shop-2 back into rotation" is said while "drain shop-2" waits for somebody's yes, or until nothing runs there. Were both to go
on, the older one would have the last word. What takes back what a runbook says itself (`undo`).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.cases import reports
from bot.cases.house import House
from bot.cases.spoken import Touched
from bot.consent import ApprovalState
from bot.domain import Call, CallState, Case, Plan, PlanState, Post, PostKind, Principal
from bot.errors import ExpressionError
from bot.expressions import Expression
from bot.runbooks.bound import Bound
from bot.runbooks.unrolling import unrolled
from bot.turns.verdicts import Verdicts
from bot.words import wording

Made = tuple[str, Mapping[str, Any]]
"""A tool and its arguments."""


class Opposing:
    """Ends plans whose opposite is asked for."""

    def __init__(self, house: House, verdicts: Verdicts) -> None:
        self._house = house
        self._verdicts = verdicts

    async def ended(self, touched: Touched) -> list[Touched]:
        """The cases of plans that a fresh one of this case has ended."""
        house = self._house
        async with house.work() as work:
            case = await work.case(touched.case)
            plans, begun = await work.plans(touched.case), {call.plan for call in await work.calls(touched.case)}
        running = [plan for plan in plans if plan.state is PlanState.RUNNING and plan.runbook in house.runbooks]
        fresh = [plan for plan in running if plan.id not in begun]
        if case is None or not fresh:
            return []
        who = await house.facts.principal(case.slack_id, case.team)
        async with house.work() as work:
            cases = [one for one in await work.cases_of(case.slack_id) if one.conversation == case.conversation]
            open_ = [(one, plan) for one in cases for plan in await work.plans(one.id) if plan.state.open]
        found = []
        for other, plan in open_:
            later = [one for one in fresh if _number(one) > _number(plan) and one.message != plan.message]
            if plan.runbook in house.runbooks and later and await self._opposed(plan, later, who):
                found.append(Touched(other.id, other.thread_of(plan.id), f"opposed:{plan.id}"))
                await self._end(other, plan, who, case, touched)
        return found

    async def _opposed(self, plan: Plan, later: Sequence[Plan], who: Principal) -> bool:
        async with self._house.work() as work:
            calls = await work.calls(plan.case)
        bounds = self._house.runbooks
        return any(opposite(bounds[plan.runbook], plan, bounds[one.runbook], one, who, calls) for one in later)

    async def _end(self, other: Case, plan: Plan, who: Principal, case: Case, touched: Touched) -> None:
        async with self._house.work() as work:
            calls = [one for one in await work.calls(other.id) if one.plan == plan.id and one.state is CallState.WAITING]
            await self._verdicts.end(work, other, [plan], ApprovalState.SUPERSEDED, PlanState.WITHDRAWN, who)
            said = wording.opposed([(call.sentence, call.approval or call.confirmation) for call in calls], plan.title)
            content = {"text": said, "case": case.id, "buttons": []}
            await work.put(Post(f"opposed:{plan.id}", PostKind.NOTE, content, case.channel, touched.thread, case=case.id))
            await work.say(case.id, "bot", said)


def opposite(bound: Bound, plan: Plan, later_bound: Bound, later: Plan, who: Principal, calls: Sequence[Call]) -> bool:
    """Whether the later plan makes a call by which a step of the earlier one is taken back, or the other way round. Pure."""
    mine, its = list(_steps(bound, plan, who, calls)), list(_steps(later_bound, later, who, ()))
    pairs = [*((back, made) for _, back in mine for made, _ in its), *((made, back) for made, _ in mine for _, back in its)]
    return any(one is not None and one == other for one, other in pairs)


def _steps(bound: Bound, plan: Plan, who: Principal, calls: Sequence[Call]) -> Iterator[tuple[Made | None, Made | None]]:
    """Each change that the plan may make, and what takes it back, as far as their arguments are known."""
    for turn in unrolled(bound, plan, who, reports.results(plan, calls)):
        if turn.bound.change and not turn.left_out:
            undo = turn.bound.undo
            back = _made(undo.tool, undo.args, turn.values) if undo else None
            yield _made(turn.bound.step.tool, turn.bound.args, turn.values), back


def _made(tool: str, args: Mapping[str, Expression], values: Mapping[str, Any]) -> Made | None:
    try:
        return tool, {name: expression.evaluate(values) for name, expression in args.items()}
    except ExpressionError:
        return None


def _number(plan: Plan) -> int:
    return int(plan.id.rpartition("-")[2])

"""What the parts of a turn have in common when they listen and speak: words written down once, notes, questions, refusals."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.cases.house import House
from bot.consent import ApprovalState
from bot.domain import Case, Event, PersonKind, Plan, PlanState, Post, PostKind, Principal
from bot.ports import Found, Work
from bot.runbooks import needs
from bot.words import wording


@dataclass(frozen=True, slots=True)
class Touched:
    """A case that has to go on: answers go to `thread`; `key` names the event that moved it."""

    case: str
    thread: str
    key: str
    approved: tuple[str, ...] = ()
    spoke: bool = False  # the requester has said something that a model should read

    def also(self, later: "Touched") -> "Touched":
        """Both at once: answered where the later one was said."""
        return Touched(
            self.case, later.thread or self.thread, self.key, (*self.approved, *later.approved), self.spoke or later.spoke
        )


async def heard(house: House, event: Event, case: Case, text: str) -> Case:
    """Write the requester's words down, once, and when they were said."""
    async with house.work() as work:
        await work.say_once(case.id, "requester", text, event.key)
        if quoted := str(event.data.get("quoted", {}).get("text", "")):
            await work.say_once(case.id, "other", quoted, f"{event.key}#quoted")
        case = await work.case(case.id) or case
        case = dataclasses.replace(case, data={**case.data, "spoke": house.clock.now().isoformat()})
        await work.save_case(case)
    return case


async def joined(house: House, event: Event, case: Case) -> None:
    """What is said in this thread from now on belongs to the case, unless the thread is another's already."""
    async with house.work() as work:
        if await work.case_in_thread(event.channel, event.thread) is None:
            await work.add_thread(case.id, event.channel, event.thread)


async def note(house: House, event: Event, case: Case | None, text: str, buttons: Sequence[str] = ()) -> None:
    """A line where the event was said."""
    async with house.work() as work:
        await work.put(post(event, case, text, buttons))
        if case is not None:
            await work.say(case.id, "bot", text)


def post(event: Event, case: Case | None, text: str, buttons: Sequence[str] = ()) -> Post:
    """A note as a post, keyed by its event."""
    content = {"text": text, "case": case.id if case else "", "buttons": list(buttons)}
    channel, thread = event.channel or (case.channel if case else ""), event.thread or (case.thread if case else "")
    return Post(f"note:{event.key}", PostKind.NOTE, content, channel=channel, thread=thread, case=case.id if case else "")


def remark(event: Event, case: Case, text: str, buttons: Sequence[str]) -> Post:
    """A note below a remark, with buttons by which it is new, or belongs here; they name the message and hold none of it."""
    noted = post(event, case, text, buttons)
    return dataclasses.replace(noted, content={**noted.content, "said": event.key})


def taken_apart(apart: Mapping[str, str]) -> Post:
    """The same note once its button was pressed. `apart`: {case, said, channel, thread} of the button."""
    content = {"text": wording.TAKEN_APART, "case": "", "buttons": []}
    return Post(f"note:{apart['said']}", PostKind.NOTE, content, apart["channel"], apart["thread"], case=apart["case"])


def refusal(principal: Principal, event: Event) -> str:
    """Why this person gets no tools; empty for a full member in a channel of our own."""
    if event.data.get("foreign") or principal.kind is PersonKind.STRANGER:
        return wording.STRANGER
    if principal.kind is PersonKind.GUEST:
        return wording.GUEST
    if principal.kind is not PersonKind.MEMBER or not principal.id:
        return wording.NOBODY
    return wording.SHARED if event.data.get("shared") else ""


def shown(found: Sequence[Found]) -> list[dict[str, Any]]:
    return [dataclasses.asdict(one) for one in found]


async def words_of(work: Work, case: Case, key: str) -> str:
    """What the requester said in the message of this key; empty where that is gone."""
    lines = await work.transcript(case.id)
    return next((line.text for line in lines if line.role == "requester" and line.data.get("event") == key), "")


async def listed(house: House, plan: Plan) -> Plan:
    """The plan with all that can be chosen as an answer to what it asks, where the question has no choices of its own."""
    if plan.state is not PlanState.ASKING or plan.choices or plan.runbook not in house.runbooks:
        return plan
    need = house.runbooks[plan.runbook].runbook.needs.get(plan.asked)
    return dataclasses.replace(plan, choices=await needs.choices(need, house.directory)) if need else plan


async def ask(work: Work, case: Case, thread: str, plan: Plan) -> None:
    """The question with its choices, and a way out."""
    await work.put(_question(case, thread, plan, {"choices": [list(choice) for choice in plan.choices], "buttons": ["withdraw"]}))
    await work.say(case.id, "bot", plan.reason)


async def taken_as_answer(work: Work, case: Case, event: Event) -> None:
    """Write down, with what it changes, that this event has answered a question: applied again it answers none."""
    await work.say_once(case.id, "note", "answered", f"{event.key}#answered")


async def was_an_answer(work: Work, case: Case, event: Event) -> bool:
    return any(line.data.get("event") == f"{event.key}#answered" for line in await work.transcript(case.id))


async def answered(work: Work, case: Case, thread: str, plan: Plan, answer: str) -> None:
    """The question of this plan says what was answered, and has no buttons any more. What a model asked in its own words stays."""
    question = _question(case, thread, plan, {"choices": [], "answer": answer})
    if await work.was_put(question.key):
        await work.put(question)


def _question(case: Case, thread: str, plan: Plan, more: Mapping[str, Any]) -> Post:
    content = {"text": plan.reason, "plan": plan.id, "need": plan.asked, "case": case.id, **more}
    key = f"ask:{plan.id}:{plan.asked}:{plan.times_asked}"
    return Post(key, PostKind.QUESTION, content, channel=case.channel, thread=thread, case=case.id)


async def runs_again(work: Work, case: Case, plan_id: str) -> None:
    """The plan goes on, since something that it waited for was answered. One that looks again later may wait for people as well."""
    for plan in await work.plans(case.id):
        if plan.id == plan_id and plan.state.held_up:
            await work.save_plan(dataclasses.replace(plan, state=PlanState.RUNNING))


async def stands(work: Work, house: House, case: Case, plan: Plan, who: Principal, names: Mapping[str, str]) -> None:
    """Write down how the plan stands; one that was stopped takes with it what of it still waits. `who` asked; `names` are of those
    who have answered something of the case, by handle.
    """
    if plan.state.stopped:
        await house.approvals.end_all(work, case, {plan.id}, ApprovalState.CANCELLED, who, names)
    await work.save_plan(plan)


async def reported(work: Work, case: Case, plans: Sequence[Plan]) -> None:
    """These plans are told of elsewhere (the hand-over says so); the answer leaves them out."""
    current = await work.case(case.id) or case
    reported = [*current.data.get("reported", ()), *(plan.id for plan in plans)]
    await work.save_case(dataclasses.replace(current, data={**current.data, "reported": reported}))

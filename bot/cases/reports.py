"""What a case shows: the live plan, and the answer at its end. Pure: rows in, content of posts out."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from bot.approvals import naming
from bot.domain import UNDO, Call, CallState, Case, Plan, PlanState, Post, PostKind, Principal
from bot.execution.origins import ASSUMED
from bot.runbooks import needs, progress
from bot.runbooks.progress import Bound
from bot.runbooks.unrolling import StepResult
from bot.words import clickwording, wording

TITLES = {
    PlanState.RUNNING: "Working on it",
    PlanState.ASKING: "One question first",
    PlanState.WAITING: "Waiting for a person",
    PlanState.PAUSED: "Waiting until it is so",
    PlanState.DONE: "Done",
    PlanState.PARTLY: "Partly done",
    PlanState.WITHDRAWN: "Withdrawn",
    PlanState.DENIED: "Not allowed",
    PlanState.EXPIRED: "Expired",
    PlanState.FROZEN: "Frozen",
    PlanState.FAILED: "Not solved",
    PlanState.HANDED_OVER: "Handed over",
    PlanState.ABANDONED: "Closed without an answer",
}

WAITING_FOR_YOU = "Waiting for your click"


def plan_post(
    case: Case,
    thread: str,
    plans: Sequence[Plan],
    tasks: Mapping[str, Sequence[Mapping[str, Any]]],
    *,
    own_click: bool = False,
    about: Mapping[str, Mapping[str, str]] | None = None,
    assumed: Mapping[str, Sequence[str]] | None = None,
) -> Post:
    """The live view of the plans that one message opened; putting it again changes the message that stands.

    `own_click`: what waits waits for the requester's own click. `about`, by runbook: {link, review}, where there is any.
    `assumed`, by plan: what was taken because the words said nothing of it, each in a sentence.
    """
    opened_by = plans[0].opened_by
    waiting = [plan.id for plan in plans if plan.state.held_up]
    states = {plan.state for plan in plans}
    for state in (
        PlanState.RUNNING,
        PlanState.ASKING,
        PlanState.WAITING,
        PlanState.PAUSED,
        PlanState.FAILED,
        PlanState.HANDED_OVER,
        PlanState.PARTLY,
    ):
        if state in states:
            break
    else:
        state = plans[0].state if len(states) == 1 else PlanState.DONE
    content = {
        "title": WAITING_FOR_YOU if state is PlanState.WAITING and own_click else TITLES[state],
        "plans": [
            {
                "title": plan.title,
                "runbook": plan.runbook,
                "state": str(plan.state),
                "tasks": [dict(task) for task in tasks.get(plan.id, ())],
                **({"assumed": list((assumed or {})[plan.id])} if (assumed or {}).get(plan.id) else {}),
                **(about or {}).get(plan.runbook, {}),
            }
            for plan in plans
        ],
        "waiting": waiting,
        "case": case.id,
    }
    return Post(f"plan:{case.id}:{opened_by}", PostKind.PLAN, content, channel=case.channel, thread=thread, case=case.id)


def section(plan: Plan, calls: Sequence[Call], text: str) -> dict[str, Any]:
    """One plan in the answer: what was changed, and what was verified and how."""
    mine = [call for call in calls if call.plan == plan.id and call.effect == "change" and call.state.shown]
    back = {call.step for call in mine if call.step.endswith(UNDO)}
    changes = [call for call in mine if not back & {call.step, call.step + UNDO}]  # what was taken back is told with the reason
    return {
        "title": plan.title,
        "state": str(plan.state),
        "text": text,
        "changed": [call.summary for call in changes if (call.result or {}).get("changed", True)],
        "unchanged": [call.summary for call in changes if not (call.result or {}).get("changed", True)],
        "verified": [
            f"{naming.told(call.check['observed'], call)} ({call.check['how']})"
            for call in changes
            if call.check and call.check.get("held")
        ],
    }


def answer_post(
    case: Case, thread: str, key: str, text: str, sections: Sequence[Mapping[str, Any]], *, feedback: bool, person: bool = True
) -> Post:
    """What the requester reads at the end, with the way to a person and the reference."""
    content = {
        "text": text,
        "sections": [dict(one) for one in sections],
        "feedback": feedback,
        "asks": wording.DID_IT_FIX if any(one.get("changed") for one in sections) else wording.DID_IT_HELP,
        "person": person,
        "case": case.id,
        "reference": case.id,
    }
    return Post(answer_key(case, key), PostKind.ANSWER, content, channel=case.channel, thread=thread, case=case.id)


def kept(post: Post) -> dict[str, Any]:
    """An answer as the case remembers it, so that its buttons can go once they were pressed."""
    return {"key": post.key, "content": dict(post.content), "thread": post.thread}


def answered(case: Case) -> Post | None:
    """The answer that asked whether it helped, without asking any more; None when none asks."""
    asked = case.data.get("asked")
    if not asked:
        return None
    content = {**asked["content"], "feedback": False, "person": False}
    return Post(asked["key"], PostKind.ANSWER, content, channel=case.channel, thread=asked["thread"], case=case.id)


def answer_key(case: Case, key: str) -> str:
    """The key of what is said at the end of a turn; `key` names the event that moved the case."""
    return f"answer:{case.id}:{key}"


def words_post(case: Case, thread: str, key: str, text: str, facts: Sequence[str], plans: Sequence[Plan]) -> Post:
    """A model's words where nothing has ended: what waits is said beside them, as the ledger has it."""
    open_ = any(plan.state.open for plan in plans)
    buttons = ["withdraw", "person"] if open_ else ["person"]
    content = {"text": text, "facts": list(facts), "case": case.id, "buttons": buttons}
    return Post(answer_key(case, key), PostKind.NOTE, content, channel=case.channel, thread=thread, case=case.id)


_STOOD = {
    PlanState.RUNNING: "at work",
    PlanState.ASKING: "the requester was asked something",
    PlanState.WAITING: "waiting for somebody's yes",
    PlanState.PAUSED: "waiting to look again",
    PlanState.DONE: "done",
    PlanState.PARTLY: "done in part",
    PlanState.WITHDRAWN: "taken back by the requester",
    PlanState.DENIED: "not allowed",
    PlanState.EXPIRED: "nobody answered in time",
    PlanState.FROZEN: "stopped by a freeze",
    PlanState.FAILED: "not done",
    PlanState.HANDED_OVER: "handed over",
    PlanState.ABANDONED: "given up, since the requester did not answer",
}


def learned(
    case: Case, who: str, plans: Sequence[Plan], calls: Sequence[Call], words: Sequence[str], notes: Mapping[str, str] | None = None
) -> str:
    """Everything that a person needs who takes the case over, as plain text. `who`: the requester by name; `notes`: what a runbook
    has for them, by its id.
    """
    lines = [f"Case {case.id}, asked by {who} in Slack.", "", "In the requester's words:"]
    lines += [f"  {line}" for word in words for line in word.splitlines()] or ["  (none)"]
    for plan in plans:
        what = f"By the runbook “{plan.title}”" if plan.runbook else f"Without a runbook, “{plan.title}”"
        lines += ["", f"{what}: {_STOOD[plan.state]}."]
        if plan.needs:
            lines.append("  known: " + ", ".join(f"{name} = {_short(value)}" for name, value in plan.needs.items()))
        if plan.reason:
            lines.append(f"  {plan.reason}")
        for call in calls:
            if call.plan == plan.id:
                what = call.sentence or call.tool
                found = naming.told(call.check.get("observed", ""), call) if call.check else call.reason or call.summary
                lines.append(f"  {call.id} {what}: {call.state}" + (f": {found}" if found else ""))
                lines += [f"    needed because, as they said: {call.purpose}"] if call.purpose else []
    for title, note in {plan.title: (notes or {}).get(plan.runbook) for plan in plans}.items():
        lines += ["", f"For you, from the runbook “{title}”:", note] if note else []
    return "\n".join(lines)


def views(
    runbooks_: Mapping[str, Bound], case: Case, who: Principal, plans: Sequence[Plan], calls: Sequence[Call], today: date
) -> list[Post]:
    """The live views of a case: one message for the plans that one event opened. Answers without steps need none. `who` asked."""
    posts = []
    for opened_by in dict.fromkeys(plan.opened_by for plan in plans):
        group = [plan for plan in plans if plan.opened_by == opened_by]
        tasks = {plan.id: _tasks(runbooks_.get(plan.runbook), plan, who, calls) for plan in group}
        group = [plan for plan in group if tasks[plan.id]]
        if not group:
            continue
        ids = {plan.id for plan in group}
        own = any(call.own_click and call.plan in ids for call in calls)
        about = {plan.runbook: _about(runbooks_[plan.runbook], today) for plan in group if plan.runbook in runbooks_}
        thread = case.thread_of(group[0].id)
        assumed = {plan.id: _assumed(runbooks_[plan.runbook], plan) for plan in group if plan.runbook in runbooks_}
        posts.append(plan_post(case, thread, group, tasks, own_click=own, about=about, assumed=assumed))
    return posts


def _about(bound: Bound, today: date) -> dict[str, str]:
    """Where the runbook is read, and that its review is overdue."""
    due = bound.runbook.review_due
    review = wording.review_overdue(due) if due < today else ""
    return {name: said for name, said in (("link", bound.link), ("review", review)) if said}


def _assumed(bound: Bound, plan: Plan) -> list[str]:
    """What still holds of what was assumed: what the requester has said since is theirs."""
    known, assumed = bound.runbook.needs, plan.learnt.get(ASSUMED, {})
    held = [(known[name], value) for name, value in assumed.items() if name in known and plan.needs.get(name) == value]
    return [wording.assumed(need.ask, needs.said(need, value)) for need, value in held if needs.worth_saying(need)]


def _tasks(bound: Bound | None, plan: Plan, who: Principal, calls: Sequence[Call]) -> list[dict[str, Any]]:
    """The runbook's steps, then what a model did besides: a departure is shown as one."""
    steps = progress.tasks(bound, plan, who, results(plan, calls)) if bound else []
    besides = [call for call in calls if call.plan == plan.id and not call.step and not call.state.gave_way]
    how = "not in the runbook" if steps else ""
    return [
        *steps,
        *(
            {
                "id": call.id,
                "title": call.sentence or call.tool.replace("_", " ").capitalize(),
                "state": "complete" if call.state.good else str(call.state),
                "detail": " · ".join(
                    part for part in (how, clickwording.WAITS_FOR_CLICK if call.own_click else call.reason) if part
                ),
            }
            for call in besides
        ),
    ]


def headline(told: Sequence[Plan], plans: Sequence[Plan]) -> str:
    """The first line of an answer."""
    if all(plan.state is PlanState.DONE for plan in told):
        return "" if not any(plan.state.open for plan in plans) else "One part is done:"
    if any(plan.state is PlanState.DENIED for plan in told):
        return "I couldn't do this:" if len(told) == 1 else "Here is how it went:"
    return "I couldn't finish this:" if len(told) == 1 else "Here is how it went:"


def results(plan: Plan, calls: Sequence[Call]) -> dict[str, StepResult]:
    """Step → what came of its latest call; one that gave way, or is asked for anew, does not count."""
    found: dict[str, StepResult] = {}
    for call in calls:
        if call.plan == plan.id and not call.state.gave_way and call.id not in plan.anew:
            reason = clickwording.WAITS_FOR_CLICK if call.own_click else call.reason
            since = found[call.step].since if call.step in found else call.created
            unclicked = call.state is CallState.EXPIRED and bool(call.confirmation) and not call.approval
            found[call.step] = StepResult(
                call.state, call.result, reason, call.summary, since, call.finished, bool(call.asked), unclicked
            )
    return found


def _short(value: Any) -> str:
    if isinstance(value, Mapping):
        return str(value.get("label") or value.get("id") or value)
    return str(value)

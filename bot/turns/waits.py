"""What the requester reads of what waits for people: one message for all that began to wait together, which follows the answers."""

import re
from collections.abc import Sequence

from bot.cases.spoken import Touched
from bot.domain import Call, CallState, Case, Plan, Post, PostKind
from bot.ports import Work
from bot.words import askwording, clickwording, wording

_APART = re.compile(r"wait:([^:]+):apart(?::([^:]+))?")
"""A mark among what a case has reported: an approval that stands in a message of its own, or in that of another."""


async def said(
    work: Work, case: Case, touched: Touched, plans: Sequence[Plan], calls: Sequence[Call], reported: list[str], *, apart: bool
) -> list[str]:
    """What waits since this turn, a sentence each, for the words that are said anyway; `apart`: it stands in a message of its own.

    Each is said once: `reported` is added to. Messages of earlier turns say what has become of what they are about.
    """
    before, facts, fresh = _messages(reported), [], []
    for call in calls:
        mark = f"wait:{call.approval}"
        if call.state is not CallState.WAITING or mark in reported or not any(plan.id == call.plan for plan in plans):
            continue
        if call.own_click:  # its message stands there already
            if f"click:{call.confirmation}" not in reported:
                reported.append(f"click:{call.confirmation}")
                facts.append(clickwording.waits_for_click(call.confirmation, call.sentence))
            continue
        approval = await work.approval(call.approval)
        if approval is not None:
            reported.append(mark)
            fresh.append(approval.id)
            facts.append(wording.waiting(approval.id, call.sentence, askwording.needed(approval)))
    for first, approvals in before.items():
        thread = next((case.thread_of(call.plan) for call in calls if call.approval == first), case.thread)
        await _put(work, case, thread, approvals, calls)
    if apart and fresh:
        reported += [f"wait:{one}:apart:{fresh[0]}" for one in fresh]
        await work.say(case.id, "bot", await _put(work, case, touched.thread, fresh, calls))
    return facts


def _messages(reported: Sequence[str]) -> dict[str, list[str]]:
    """The approvals of each message, by the first of them."""
    found: dict[str, list[str]] = {}
    for match in filter(None, map(_APART.fullmatch, reported)):
        found.setdefault(match[2] or match[1], []).append(match[1])
    return found


async def _put(work: Work, case: Case, thread: str, approvals: Sequence[str], calls: Sequence[Call]) -> str:
    """Let the message say how they stand; its text."""
    lines: list[wording.Wait] = []
    for name in approvals:
        approval = await work.approval(name)
        call = next((one for one in calls if approval is not None and one.id == approval.call), None)
        if approval is not None and call is not None:
            state = call.state if call.approval == name else CallState.SUPERSEDED  # people were asked anew about it
            lines.append(wording.Wait(name, call.sentence, askwording.needed(approval), state))
    text = wording.waits(lines, case.id)
    open_ = any(one.state is CallState.WAITING for one in lines)
    content = {"text": text, **({"case": case.id, "buttons": ["withdraw", "person"]} if open_ else {})}
    key = f"note:{case.id}:wait:{approvals[0]}"
    await work.put(Post(key, PostKind.NOTE, content, channel=case.channel, thread=thread, case=case.id))
    return text

"""Somebody looks afterwards at what was done: a ticket for the reviewers, opened by Deskhand itself through the one door.

The time for it is written down with the change and comes at once; the ticket's call is named by the change and the policy, so it is
opened once, whatever crashes and however many processes there are.
"""

import dataclasses
from datetime import timedelta

import structlog

from bot.calls import ledger
from bot.calls.afterwards import REVIEW
from bot.calls.passage import Pass
from bot.cases.house import House
from bot.domain import SYSTEM, Call, CallState, Case, Due, Event, Post, PostKind, ToolCall
from bot.obligations import Review
from bot.words import afterwording

log = structlog.get_logger(__name__)

AGAIN = timedelta(minutes=15)
TRIES = 96
"""A day of them; then the channel for cards is told, so that it does not go unseen."""
TITLE, TEXT = 200, 20_000
"""Letters that a ticket takes (`tools.tickets`)."""


def hands_over(call: Call) -> bool:
    """Whether a call opened a ticket with which people take the case over; a review leaves the case as it is."""
    return call.tool == "create_ticket" and not call.call.startswith(REVIEW)


async def come(house: House, case: Case, event: Event) -> None:
    """Open the ticket of one review, and say so where the case is spoken about; later again while that is not possible."""
    async with house.work() as work:
        done = await work.call(str(event.data["call"]))
    review = next(
        (one for one in (done.after if done else ()) if isinstance(one, Review) and one.policy == event.data["policy"]), None
    )
    if done is None or done.finished is None or review is None:
        return
    by, tries = done.finished + review.within, int(event.data["tries"])
    ask = ToolCall(
        f"{REVIEW}{done.id}:{review.policy}" + (f"~{tries}" if tries else ""),
        "create_ticket",
        {
            "user": done.principal,
            "title": afterwording.review_title(review, done.sentence)[:TITLE],
            "text": afterwording.review_text(done, review, by)[:TEXT],
        },
    )
    call = await house.executor.execute(ask, Pass(dataclasses.replace(case, slack_id=""), SYSTEM))
    post: Post | None = None
    if call.state is CallState.VERIFIED:
        text = afterwording.to_be_reviewed(done.sentence, str((call.result or {}).get("ticket", "")), review, by)
        thread = case.thread_of(done.plan)
        post = Post(f"{REVIEW}{done.id}:{review.policy}", PostKind.NOTE, {"text": text}, case.channel, thread, case=case.id)
    elif call.state in ledger.HAPPENED or tries >= TRIES:
        log.error("a review may have no ticket", case=case.id, call=done.id, policy=review.policy, state=str(call.state))
        text = afterwording.not_reviewed(done, review)
        post = Post(f"{REVIEW}{done.id}:{review.policy}", PostKind.NOTE, {"text": text}, house.oncall_channel, case=case.id)
    async with house.work() as work:
        if post is None:
            again = {**event.data, "tries": tries + 1}
            again.pop("what", None)
            key = f"{REVIEW}{done.id}:{review.policy}"
            await work.at(Due(key, house.clock.now() + AGAIN, "review", case.conversation, again))
        else:
            await work.put(post)
            await work.say_once(case.id, "bot", str(post.content["text"]), post.key)

"""A question that nobody answers: waited for, given up once and said so, taken up where it stood."""

import asyncio
from datetime import timedelta

import sqlalchemy as sa

from tests.office import Office


async def asked(office: Office) -> str:
    ts = office.say("ana", "I need access to an application")
    await office.hears("ana", "Which application is it?")
    await office.until(lambda: _waited_for(office), "the time at which it is given up")
    return ts


async def _waited_for(office: Office) -> bool:
    """It is written down at the end of the turn that asks."""
    return bool((await office.trail())["due"])


async def test_a_question_without_an_answer_is_given_up_once(office: Office) -> None:
    """Six days are not enough; after seven the case is closed as abandoned and the requester is told how to go on, once."""
    await asked(office)
    await office.company.clock.turn(timedelta(days=6))
    await office.case_is(state="waiting")
    await office.company.clock.turn(timedelta(days=2))
    await office.hears("ana", "I've closed this for now")
    trail = await office.case_is(state="closed", outcome="abandoned")

    assert trail["plans"][0]["state"] == "abandoned"
    await office.company.clock.turn(timedelta(days=20))
    posts = [post for post in (await office.trail())["posts"] if post["key"].startswith("abandoned:")]
    assert len(posts) == 1
    assert trail["due"] == []


async def test_an_answer_after_all_goes_on_where_it_stood(office: Office) -> None:
    """In words in the thread: the plan asks no more, and the case is at work once more."""
    ts = await asked(office)
    await office.company.clock.turn(timedelta(days=8))
    await office.case_is(outcome="abandoned")
    office.say("ana", "figma", thread=ts)
    await office.hears("ana", "needs a person's yes")

    trail = await office.trail()
    assert (len(await office.cases()), trail["plans"][0]["needs"]["app"]["id"]) == (1, "figma")
    assert [one["state"] for one in trail["states"]].count("reopened") == 1


async def test_words_meanwhile_begin_the_waiting_anew(office: Office) -> None:
    """Somebody who says something on the sixth day is not given up on the eighth."""
    ts = await asked(office)
    await office.company.clock.turn(timedelta(days=6))
    office.say("ana", "let me think about which one it is called", thread=ts)
    await office.hears("ana", "Which application is it?")
    await office.company.clock.turn(timedelta(days=2))
    await asyncio.sleep(2.5)  # the sweeper has looked twice
    trail = await office.case_is(state="waiting")
    assert trail["plans"][0]["state"] == "asking"


async def test_what_was_answered_is_not_given_up(office: Office) -> None:
    """The time is off once nothing is asked: an approval that waits is none of its business."""
    ts = await asked(office)
    office.say("ana", "figma", thread=ts)
    await office.hears("ana", "needs a person's yes")
    assert [one["what"] for one in (await office.trail())["due"] if one["what"] == "case_abandoned"] == []


async def test_a_time_that_comes_too_early_is_set_anew(office: Office) -> None:
    """The end of the waiting was not moved when the requester spoke: their last words count, and the case stays as it is."""
    await asked(office)
    async with office.store.session() as session:
        await session.execute(sa.text("UPDATE due SET at = at - interval '30 days' WHERE what = 'case_abandoned'"))

    async def anew() -> bool:
        due = [one for one in (await office.trail())["due"] if one["what"] == "case_abandoned"]
        return bool(due) and due[0]["at"] > office.company.clock.now().isoformat()

    await office.until(anew, "another time")
    trail = await office.case_is(state="waiting")
    assert trail["plans"][0]["state"] == "asking"

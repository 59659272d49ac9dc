"""A turn that fails again and again is given up: the person hears it with a reference, people take over, and the next word is answered."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import sqlalchemy as sa
import structlog

from tests.office import Office
from tests.openai_double import Failure, OpenAIDouble


@contextlib.asynccontextmanager
async def without(office: Office, table: str) -> AsyncIterator[None]:
    """A table is out of reach, and nobody has to wait for the next attempt at what fails for it."""

    async def say(text: str) -> None:
        async with office.engine.begin() as connection:
            await connection.execute(sa.text(text))

    async def hurry() -> None:
        while True:
            await say("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo' AND scheduled_at > now()")
            await asyncio.sleep(0.2)

    await say(f"ALTER TABLE {table} RENAME TO away")
    with structlog.testing.capture_logs():  # drawing each failure on a terminal takes longer than the failures
        hurrying = asyncio.create_task(hurry())
        try:
            yield
        finally:
            hurrying.cancel()
            await say(f"ALTER TABLE away RENAME TO {table}")


async def test_where_not_even_people_can_take_over_a_word_is_said(office: Office) -> None:
    """Nothing can be read of the case: a word with a reference, no exception's; later the same request is answered."""
    async with without(office, "transcript"):
        office.say("ana", "hi, I'm locked out of my account after the weekend")
        heard = await office.hears("ana", "went wrong")
    assert "transcript" not in heard
    assert "C-1" in heard
    office.say("ana", "hi, I'm locked out of my account after the weekend")
    await office.hears("ana", "Did that fix it?")
    assert await office.status("ana") == "ACTIVE"


async def test_a_case_that_breaks_down_goes_to_people(thinking: Office) -> None:
    """What the model cost cannot be written down: a ticket, a page, and a word to the requester; nothing is done twice."""
    async with without(thinking, "model_call"):
        thinking.say("ana", "hi, I'm locked out of my account after the weekend")
        heard = await thinking.hears("ana", "ticket")
    await thinking.case_is(state="handed_over")
    assert "model_call" not in heard
    assert len(await thinking.journal("create_ticket")) == 1
    assert len(await thinking.journal("unlock_account")) <= 1


async def test_what_a_model_makes_nothing_of_is_not_met_with_silence(thinking: Office, double: OpenAIDouble) -> None:
    """The requester writes while a call waits, and the model's answers are of no use: they hear so, and it waits on."""
    thinking.say("ana", "could I get figma until friday?")
    await thinking.hears("ana", "this waits")
    double.fail(Failure.BAD_JSON, times=9)
    thinking.say("ana", "hm, mia said that it is for the big campaign")
    await thinking.hears("ana", "make anything of that")
    assert (await thinking.trail())["approvals"][0]["state"] == "waiting"

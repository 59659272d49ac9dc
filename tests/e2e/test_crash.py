"""kill -9 at the worst moments, then a start: one effect, one answer, nothing stuck. Slack stays up meanwhile, as it does."""

import asyncio
import itertools
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.playground import Member, Server, Workspace, serve
from bot.playground.workspace import BOT_USER
from tests.dying import PLACES
from tests.e2e.conftest import model_at
from tests.e2e.stories import exceptions
from tests.good_model import GoodModel
from tests.office import words
from tests.openai_double import Failure, OpenAIDouble, opened_double
from tests.programs import Program, postgres_on, program

LOCKED = "hi, I'm locked out of my account"
REQUESTS = 4
"""Requests of a model in this story."""


@pytest.fixture
def bot(started_folder: Path) -> AsyncIterator[Program]:
    with program(started_folder) as made:
        yield made


@pytest.fixture
async def slack(bot: Program) -> AsyncIterator[Server]:
    """A Slack outside of the bot's process, which the bot reaches by two tokens and a URL."""
    people = (await asyncio.to_thread(bot.asked, "company"))["people"]
    members = [
        Member(one["slack_id"], one["handle"], one["name"], kind="guest" if one["kind"] == "guest" else "member") for one in people
    ]
    server = await serve(Workspace(members), retries=(0.3, 1.0, 3.0, 5.0, 5.0))
    bot.environment |= {
        "SLACK_BOT_TOKEN": "xoxb-playground",
        "SLACK_APP_TOKEN": "xapp-playground",
        "SLACK_API_URL": f"{server.url}/api/",
    }
    yield server
    await server.stop()


def said(slack: Server, who: str) -> list[str]:
    member = slack.workspace.member(who)
    assert member is not None
    return [words(one) for one in slack.workspace.direct(member.slack_id).messages if one["user"] == BOT_USER]


def writes(slack: Server, who: str, text: str) -> None:
    member = slack.workspace.member(who)
    assert member is not None
    slack.workspace.say(member, slack.workspace.direct(member.slack_id), text)


async def until_said(slack: Server, bot: Program, who: str, text: str) -> None:
    for _ in range(600):
        if any(text in one for one in said(slack, who)):
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{who} never heard {text!r} but {said(slack, who)}; the bot said:\n{bot.said.read_text()[-2000:]}")


async def killed_and_started_again(bot: Program, slack: Server, place: str) -> None:
    """The story: an employee is locked out, the bot dies at this place, and after a start the work is done once and said once."""
    bot.environment["DIE_AT"] = place
    await asyncio.to_thread(bot.start, module="tests.dying")
    writes(slack, "ana", LOCKED)
    assert bot.process is not None
    assert await asyncio.to_thread(bot.process.wait, 30) == -signal.SIGKILL, "it did not die where it should"

    await asyncio.to_thread(bot.start)
    await until_said(slack, bot, "ana", "Did that fix it?")
    await asyncio.sleep(1.0)
    assert sum("Did that fix it?" in one for one in said(slack, "ana")) == 1
    assert len(said(slack, "ana")) == 3, "the plan, the answer, and once what is recorded"
    assert sum("Before we begin" in one for one in said(slack, "ana")) == 1
    journal = (await asyncio.to_thread(bot.asked, "company"))["journal"]
    assert [one["tool"] for one in journal] == ["unlock_account"]
    case = (await asyncio.to_thread(bot.asked, "cases"))[0]
    trail = await asyncio.to_thread(bot.asked, "case", case["id"])
    assert [call["state"] for call in trail["calls"] if call["tool"] == "unlock_account"] == ["verified"]
    assert (trail["state"], trail["outcome"]) == ("resolved", "verified")


@pytest.fixture(params=["by the runbooks", pytest.param("by a model", marks=pytest.mark.long)])
async def double(request: pytest.FixtureRequest, bot: Program) -> AsyncIterator[OpenAIDouble | None]:
    """Without a model, then with one that stays up while the bot is killed."""
    if request.param == "by the runbooks":
        yield None
        return
    async with opened_double(GoodModel()) as double:
        bot.environment |= model_at(double)
        yield double
        assert double.refused == []


@pytest.mark.parametrize("place", PLACES)
async def test_killed_anywhere_there_is_one_effect_and_one_answer(
    bot: Program, slack: Server, double: OpenAIDouble | None, place: str
) -> None:
    """Whatever was cut off is found out, not done again blindly and not said twice."""
    await killed_and_started_again(bot, slack, place)
    if double is not None:
        assert "that is done, and I have looked again" in said(slack, "ana")[-1]


def failing() -> list[Any]:
    """Each request of the story with each failure, the places in turn."""
    turn = itertools.cycle(PLACES)
    made = []
    for after, how in itertools.product(range(REQUESTS), Failure):
        label = f"{how.name.lower().replace('_', ' ')}, request {after + 1}"
        made.append(pytest.param(next(turn), after, how, id=label))
    return made


@pytest.mark.long
@pytest.mark.parametrize(("place", "after", "how"), failing())
async def test_killed_with_a_model_that_fails_there_is_one_effect_and_one_answer(
    bot: Program, slack: Server, place: str, after: int, how: Failure
) -> None:
    """Before the kill or after the start, whatever that request comes to."""
    async with opened_double(GoodModel()) as double:
        bot.environment |= model_at(double) | {"OPENAI_TIMEOUT": "2"}
        double.fail(how, after=after)
        await killed_and_started_again(bot, slack, place)

        assert double.failed, "it has not come to the failure"
        assert double.refused == []
        assert exceptions("\n".join(said(slack, "ana"))) == []


async def test_a_models_last_words_survive(bot: Program, slack: Server) -> None:
    """Killed between the model's words and their post: they are posted once, and the model is not asked again."""
    async with opened_double(GoodModel()) as double:
        bot.environment |= model_at(double) | {"DIE_AT": "between record and report"}
        await asyncio.to_thread(bot.start, module="tests.dying")
        writes(slack, "ana", LOCKED)
        assert bot.process is not None
        assert await asyncio.to_thread(bot.process.wait, 30) == -signal.SIGKILL
        asked = len(double.requests)

        await asyncio.to_thread(bot.start)
        await until_said(slack, bot, "ana", "that is done, and I have looked again")
        assert len(double.requests) == asked
        assert sum("Did that fix it?" in one for one in said(slack, "ana")) == 1


async def test_killed_while_an_approval_waits_the_old_card_still_works(bot: Program, slack: Server) -> None:
    """Waiting costs nothing and survives; SIGTERM then ends the bot and its PostgreSQL."""
    await asyncio.to_thread(bot.start)
    writes(slack, "ana", "could I get figma until friday?")
    await until_said(slack, bot, "omar", "Please decide")
    await asyncio.to_thread(bot.end, signal.SIGKILL)

    await asyncio.to_thread(bot.start)
    omar = slack.workspace.member("omar")
    assert omar is not None
    channel = slack.workspace.direct(omar.slack_id)
    card = next(one for one in reversed(channel.messages) if "Please decide" in words(one))
    element = next(e for block in card["blocks"] for e in block.get("elements", ()) if e.get("action_id") == "approve")
    assert await slack.interactions.click(omar, channel, card["ts"], "approve", value=element["value"]) == ""
    await until_said(slack, bot, "ana", "Gave Ana Almeida access to Figma")

    journal = (await asyncio.to_thread(bot.asked, "company"))["journal"]
    assert [one["tool"] for one in journal] == ["grant_access"]
    assert await asyncio.to_thread(bot.end) == 0
    assert postgres_on(bot.folder) == []

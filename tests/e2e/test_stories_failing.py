"""Every story with a model that fails: at each of its points, in every way that is known, once or for good.

The end is the story's own, since where no model answers the runbooks go on. A check lets every sixteenth point of the stories fail in one way,
with every way in its turn; `make long` tries all of them at each.
"""

import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.playground.workspace import BOT_USER
from tests.e2e import stories
from tests.e2e.conftest import model_at
from tests.good_model import GoodModel
from tests.office import Office, opened_office, words
from tests.openai_double import Failure, opened_double

SLOW = {Failure.HANG, Failure.STALL, Failure.ENDLESS, Failure.COMMENTS}
"""Failures that only a time-out ends."""
LASTING = [Failure.QUOTA, Failure.ERROR, Failure.BAD_JSON, Failure.REFUSAL, Failure.UNKNOWN_TOOL]
"""One of each meaning: left alone at once, after some attempts, asked once more, not asked again, and stopped by a limit."""
GOOD = 99
POINTS = [(story, after) for story, requests in stories.REQUESTS.items() for after in range(requests)]


def once() -> Iterator[Any]:
    """Each point and failure; for a check the failures in turn, one at every sixteenth point."""
    turn = itertools.cycle(Failure)
    for number, (story, after) in enumerate(POINTS):
        chosen = next(turn) if number % 16 == 0 else None
        for how in Failure:
            yield case(story, after, how, check=how is chosen)


def for_good() -> Iterator[Any]:
    """Each point and lasting failure; for a check one of them for each story, in turn."""
    for number, story in enumerate(stories.REQUESTS):
        chosen = (number % stories.REQUESTS[story], LASTING[number % len(LASTING)])
        for after, how in itertools.product(range(stories.REQUESTS[story]), LASTING):
            yield case(story, after, how, check=(after, how) == chosen)


def case(story: stories.Story, after: int, how: Failure, *, check: bool) -> Any:
    label = f"{stories.name(story)}, request {after + 1}, {how.name.lower().replace('_', ' ')}"
    return pytest.param(story, after, how, id=label, marks=[] if check else [pytest.mark.long])


@pytest.mark.parametrize(("story", "after", "how"), list(once()))
async def test_a_story_ends_the_same_when_the_model_fails_once(
    database: str, tmp_path: Path, story: stories.Story, after: int, how: Failure
) -> None:
    """Whatever that one request comes to."""
    await goes_on(story, database, tmp_path, how, after=after, times=1)


@pytest.mark.parametrize(("story", "after", "how"), list(for_good()))
async def test_a_story_ends_the_same_when_the_model_fails_for_good(
    database: str, tmp_path: Path, story: stories.Story, after: int, how: Failure
) -> None:
    """From that request on nothing of use comes any more."""
    await goes_on(story, database, tmp_path, how, after=after, times=GOOD)


@pytest.mark.long
@pytest.mark.parametrize("story", stories.REQUESTS, ids=stories.name)
async def test_the_points_are_all_that_there_are(database: str, tmp_path: Path, story: stories.Story) -> None:
    """A model that is well answers as many requests as the table of the stories says."""
    async with opened_double(GoodModel()) as double, opened_office(database, tmp_path, **model_at(double)) as office:
        await story(office)
        assert len(double.requests) == stories.REQUESTS[story]


async def goes_on(story: stories.Story, database: str, folder: Path, how: Failure, *, after: int, times: int) -> None:
    """The story comes to its end, nothing was done twice, and nobody has read an exception."""
    settings = {"OPENAI_TIMEOUT": "1"} if how in SLOW else {}
    async with (
        opened_double(GoodModel()) as double,
        opened_office(database, folder, **model_at(double), **settings) as office,
    ):
        double.fail(how, times=times, after=after)
        await story(office)

        await office.until(lambda: double.failed, "the failure to come")
        assert double.refused == []
        assert stories.exceptions(seen(office)) == []
        assert {tool: times for tool, times in (await done(office)).items() if times > 1} == {}


def seen(office: Office) -> str:
    """All that the bot has shown to anybody, wherever it stands."""
    posts = [one for channel in office.server.workspace.channels.values() for one in channel.messages if one["user"] == BOT_USER]
    return "\n".join(map(words, [*posts, *office.server.workspace.homes.values(), *office.server.workspace.views.values()]))


async def done(office: Office) -> Counter[str]:
    """How often each tool has changed something in the company."""
    return Counter(str(one["tool"]) for one in (await office.books())["journal"])

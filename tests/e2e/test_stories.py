"""The stories that the first release is about, each through real Slack protocol, gate, ledger and database."""

import pytest

from tests.e2e import stories
from tests.office import Office

ANY_WAY = [stories.locked_out, stories.denied]
"""Told over HTTP as well."""


@pytest.mark.parametrize("story", ANY_WAY, ids=stories.name)
async def test_a_story_goes_as_it_is_told_any_way(any_way: Office, story: stories.Story) -> None:
    """By the runbooks, by a model, and by a model where Slack posts to the bot."""
    await story(any_way)


@pytest.mark.parametrize("story", [one for one in stories.REQUESTS if one not in ANY_WAY], ids=stories.name)
async def test_a_story_goes_as_it_is_told(either: Office, story: stories.Story) -> None:
    """By the runbooks, and by a model."""
    await story(either)

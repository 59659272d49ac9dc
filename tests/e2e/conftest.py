"""An office for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.office import Office, opened_office


@pytest.fixture
async def office(database: str, tmp_path: Path) -> AsyncIterator[Office]:
    """The embedded company with the bot at work in its Slack."""
    async with opened_office(database, tmp_path) as office:
        yield office


@pytest.fixture(params=["socket", "http"])
async def either_office(request: pytest.FixtureRequest, database: str, tmp_path: Path) -> AsyncIterator[Office]:
    """The same, once over Socket Mode and once over HTTP."""
    async with opened_office(database, tmp_path, BOT_TRANSPORT=request.param) as office:
        yield office

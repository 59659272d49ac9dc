"""An office for each test: by the runbooks alone, or with a scripted model that plans."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.good_model import GoodModel
from tests.office import Office, opened_office
from tests.openai_double import OpenAIDouble, opened_double


@pytest.fixture
async def office(database: str, tmp_path: Path) -> AsyncIterator[Office]:
    """The embedded company with the bot at work in its Slack."""
    async with opened_office(database, tmp_path) as office:
        yield office


@pytest.fixture
async def double() -> AsyncIterator[OpenAIDouble]:
    """An OpenAI-compatible server with the scripted good model behind it, as strict as OpenAI."""
    async with opened_double(GoodModel()) as double:
        yield double


@pytest.fixture
async def thinking(database: str, tmp_path: Path, double: OpenAIDouble) -> AsyncIterator[Office]:
    """The same office with that model."""
    async with opened_office(database, tmp_path, **model_at(double)) as office:
        yield office


@pytest.fixture(params=["by the runbooks", "by a model"])
async def either(request: pytest.FixtureRequest, database: str, tmp_path: Path) -> AsyncIterator[Office]:
    """An office without a model, then one with it: what is promised holds in both."""
    async with contextlib.AsyncExitStack() as stack:
        settings = {}
        if request.param == "by a model":
            double = await stack.enter_async_context(opened_double(GoodModel()))
            settings = model_at(double)
        yield await stack.enter_async_context(opened_office(database, tmp_path, **settings))
        if settings:
            assert double.refused == []
            assert double.requests


def model_at(double: OpenAIDouble) -> dict[str, str]:
    """The settings that name this server."""
    return {"OPENAI_API_KEY": "sk-double", "OPENAI_BASE_URL": double.url, "OPENAI_MODEL": double.model}

"""An office for each test: by the runbooks alone, or with a scripted model that plans."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.good_model import GoodModel
from tests.office import Office, opened_office
from tests.openai_double import OpenAIDouble, opened_double


@pytest.fixture
def database(company_database: str) -> str:
    """Each story has a company from the start."""
    return company_database


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


BY_RUNBOOKS, BY_A_MODEL, OVER_HTTP = "by the runbooks", "by a model", "by a model, over http"


@pytest.fixture(params=[BY_RUNBOOKS, BY_A_MODEL])
async def either(request: pytest.FixtureRequest, database: str, tmp_path: Path) -> AsyncIterator[Office]:
    """An office without a model, then one with it: what is promised holds in both."""
    async with _opened(request.param, database, tmp_path) as office:
        yield office


@pytest.fixture(params=[BY_RUNBOOKS, BY_A_MODEL, OVER_HTTP])
async def any_way(request: pytest.FixtureRequest, database: str, tmp_path: Path) -> AsyncIterator[Office]:
    """Likewise, and once where Slack posts to the bot instead of being dialled."""
    async with _opened(request.param, database, tmp_path) as office:
        yield office


@pytest.fixture(params=["socket", "http"])
async def either_office(request: pytest.FixtureRequest, database: str, tmp_path: Path) -> AsyncIterator[Office]:
    """An office without a model, over Socket Mode and over HTTP."""
    async with opened_office(database, tmp_path, BOT_TRANSPORT=request.param) as office:
        yield office


@contextlib.asynccontextmanager
async def _opened(how: str, database: str, folder: Path) -> AsyncIterator[Office]:
    if how == BY_RUNBOOKS:
        async with opened_office(database, folder) as office:
            yield office
        return
    settings = {"BOT_TRANSPORT": "http"} if how == OVER_HTTP else {}
    async with opened_double(GoodModel()) as double, opened_office(database, folder, **model_at(double), **settings) as office:
        yield office
        assert double.refused == []
        assert double.requests


def model_at(double: OpenAIDouble) -> dict[str, str]:
    """The settings that name this server."""
    return {"OPENAI_API_KEY": "sk-double", "OPENAI_BASE_URL": double.url, "OPENAI_MODEL": double.model}
